"""What every selftest needs of the process that it runs in."""

from __future__ import annotations

import signal
from collections.abc import Generator

import pytest

from suites.hypothesis_profiles import quick_unless_chosen


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    with quick_unless_chosen():
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def signals() -> None:
    """No signal is ignored: a shell's background job has SIGINT and SIGQUIT so, and hands it on to what tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the environment stands between a test and its server: no proxy, and no key."""
    for scheme in ("http", "https", "all", "no"):
        for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
