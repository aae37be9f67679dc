"""The bare command is run on every core, and no other is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from servecheck.plugin import every_core

BARE = {"numprocesses": None, "tx": [], "keyword": "", "markexpr": "not slow"}
NO_SERVER = {"profile": None, "base_url": None, "replies": None, "run_dir": None}
FOUND, NAMED = pytest.Config.ArgsSource.TESTPATHS, pytest.Config.ArgsSource.ARGS


def _asked(source: pytest.Config.ArgsSource = FOUND, **changes: Any) -> Any:
    """A command's configuration when pytest-xdist reads it."""
    config: Any = SimpleNamespace(
        option=SimpleNamespace(**{**BARE, **NO_SERVER, **changes}),
        args_source=source,
        getini={"addopts": ["-ra", "-m", "not slow"]}.get,
        stash=pytest.Stash(),
    )
    steps = every_core.pytest_cmdline_main(config)
    next(steps)
    return config


def _workers(**changes: Any) -> Any:
    return _asked(**changes).option.numprocesses


def _workers_of(config: Any, cores: int) -> Any:
    """What becomes of ``-n auto`` on so many cores."""
    steps = every_core.pytest_xdist_auto_num_workers(config)
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(cores)
    return end.value.value


def test_the_bare_command_has_three_workers_for_two_cores(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    config = _asked()

    assert config.option.numprocesses == "auto"
    assert [_workers_of(config, cores) for cores in (1, 2, 3, 16)] == [2, 3, 5, 24]


def test_a_number_in_the_environment_stands(monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "2")

    assert _workers_of(_asked(), 2) == 2


def test_whoever_asks_for_auto_has_a_worker_a_core(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)

    assert _workers_of(_asked(numprocesses="auto"), 2) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"markexpr": "humaneval"},
        {"markexpr": "slow"},
        {"keyword": "test_owner"},
        {"profile": "reference"},
        {"base_url": "http://host/v1"},
        {"replies": "samples.jsonl"},
        {"run_dir": "run"},
        {"source": NAMED},
        {"tx": ["popen"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_command_that_says_more_is_left_as_it_is(changes):
    assert _workers(**changes) is None


@pytest.mark.parametrize("number", [0, 1, 3])
def test_whoever_says_how_many_has_so_many(number):
    assert _workers(numprocesses=number) == number


def test_a_worker_makes_none_itself():
    config: Any = SimpleNamespace(option=SimpleNamespace(**BARE, **NO_SERVER), args_source=FOUND, workerinput={})

    next(every_core.pytest_cmdline_main(config))

    assert config.option.numprocesses is None
