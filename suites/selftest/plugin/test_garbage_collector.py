"""The garbage collector rests while a command starts, and has less to look through from then on."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from servecheck.plugin.garbage_collector import RestingCollector


@pytest.fixture(autouse=True)
def enabled_again() -> Iterator[None]:
    yield
    gc.enable()


def test_it_works_while_tests_run_and_leaves_alone_what_was_there_when_they_began() -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000  # pytest's modules alone are more


def test_it_rests_until_tests_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)  # else all that earlier tests left would stay
    resting = RestingCollector()
    before = gc.isenabled()

    resting.pytest_runtestloop()

    assert (before, gc.isenabled()) == (False, True)


def test_it_works_again_after_a_command_in_which_no_test_began() -> None:
    resting = RestingCollector()

    resting.pytest_unconfigure()

    assert gc.isenabled()


def test_one_that_was_switched_off_stays_so() -> None:
    gc.disable()
    resting = RestingCollector()

    resting.pytest_unconfigure()

    assert not gc.isenabled()
