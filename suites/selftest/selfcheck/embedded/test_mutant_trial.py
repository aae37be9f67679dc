"""When a result is wrong beyond doubt, and what ends a program that does not."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from servecheck.grading.code.equality import FLOAT_ATOL, equal
from servecheck.selfcheck.embedded.mutant_trial import _forked, shown_wrong

EXACT: list[tuple[Any, Any]] = [
    (1, 2),
    ([1], (1,)),
    ([1], [1, 1]),
    ("a", "b"),
    (None, 0),
    ({1}, {1, 2}),
    ([[1]], [[1, 1]]),
]
FAR: list[tuple[Any, Any]] = [
    (1.0, 1.01),
    (1, 2),
    (2, 1.5),
    (None, 1.0),
    ([1.0, 2.0], [1.0, 2.1]),
    (10**400, 2 * 10**400),
    (float("inf"), 1.0),
    ([("a", 1.0)], [("a", 2.0)]),
]
NEAR: list[tuple[Any, Any]] = [
    (1.0, 1.0 + 1e-5),
    (10**9, 10**9 + 1),
    (1, 1.0),
    (float("nan"), 1.0),
    ([[1.0]], [[1.0, 1.0]]),
    ("a", "b"),
]


@pytest.mark.parametrize(("got", "wanted"), EXACT)
def test_without_floats_any_difference_counts(got: Any, wanted: Any) -> None:
    assert shown_wrong(got, wanted, 0.0, exact=True)
    assert not equal(got, wanted, 0.0)


@pytest.mark.parametrize(("got", "wanted"), FAR)
def test_with_floats_a_difference_that_no_tolerance_excuses_counts(got: Any, wanted: Any) -> None:
    assert shown_wrong(got, wanted, 0.0, exact=False)
    assert not equal(got, wanted, 0.0)
    assert not equal(got, wanted, FLOAT_ATOL)


@pytest.mark.parametrize(("got", "wanted"), NEAR)
def test_with_floats_a_difference_that_may_be_excused_does_not_count(got: Any, wanted: Any) -> None:
    assert not shown_wrong(got, wanted, 0.0, exact=False)


def test_the_problems_own_tolerance_counts_a_hundredfold() -> None:
    assert not shown_wrong(1.0, 1.5, 0.01, exact=False)
    assert not shown_wrong(1, 2, 0.01, exact=False)
    assert shown_wrong(1.0, 2.5, 0.01, exact=False)


@pytest.mark.parametrize("exact", [True, False])
def test_equal_values_are_never_wrong(exact: bool) -> None:
    for value in (1, 1.5, "a", [1, 2.0], None, {"a": [1]}, float("inf")):
        assert not shown_wrong(value, value, 0.0, exact=exact)


DONE = 42


def works() -> int:
    """Take 0.3 seconds of a CPU."""
    while time.process_time() < 0.3:  # it has used none before, being forked
        pass
    return DONE


def sleeps() -> int:
    time.sleep(3600)
    return DONE


@contextmanager
def busy_machine() -> Iterator[None]:
    """What runs now shares one CPU with five others that never stop."""
    parent, before = os.getpid(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    others = []
    try:
        for _ in range(5):
            pid = os.fork()
            if pid == 0:
                while os.getppid() == parent:
                    pass
                os._exit(0)
            others.append(pid)
        yield
    finally:
        os.sched_setaffinity(0, before)
        for pid in others:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


@pytest.mark.slow
def test_on_a_busy_machine_a_program_has_as_much_of_a_cpu_as_on_an_idle_one() -> None:
    with busy_machine():
        assert _forked(works, cpu_s=5.0, idle_s=0.2) == DONE


def test_what_waits_for_anything_else_is_ended() -> None:
    assert _forked(sleeps, cpu_s=5.0, idle_s=0.2) != DONE


def test_what_uses_too_much_of_a_cpu_is_ended() -> None:
    assert _forked(works, cpu_s=0.1) == -signal.SIGPROF
