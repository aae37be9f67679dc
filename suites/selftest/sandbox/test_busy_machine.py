"""A busy machine changes no verdict: what the measurement calls a difference, and a small round of it."""

import os

import pytest

from suites.selftest.sandbox.busy_machine import Graded, Program, differences, main

_RIGHT = Graded(("pass", "pass"), "solved", "", 0.5)
_WRONG = Graded(("pass", "fail"), "wrong_answer", "gave 1", 0.5)
_LATE = Graded(("pass", "fail"), "timeout", "more wall time", 0.5)


def compared(name: str, idle: Graded, busy: Graded) -> list[str]:
    return differences([Program(name, "HumanEval/0", "")], [idle], [busy])


def test_the_same_verdicts_are_no_difference() -> None:
    assert compared("sample", _WRONG, _WRONG) == []
    assert compared("own solution", _RIGHT, _RIGHT) == []


@pytest.mark.parametrize("busy", [_RIGHT, _LATE])
def test_any_other_verdict_is_one(busy: Graded) -> None:
    assert len(compared("sample", _WRONG, busy)) == 1


def test_a_sample_near_its_limit_may_differ_and_an_own_solution_may_not() -> None:
    near = Graded(("pass", "pass"), "solved", "", 2.9)

    assert compared("sample", near, _LATE) == []
    assert compared("own solution", near, _LATE)


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.docker
@pytest.mark.skipif(
    "HUMANEVAL_OVERRIDE_PATH" not in os.environ, reason="HUMANEVAL_OVERRIDE_PATH does not name the data"
)
def test_ten_loops_a_cpu_change_no_verdict_of_slow_programs() -> None:
    loops = 10 * len(os.sched_getaffinity(0))

    assert main(["--rounds=1", f"--loops={loops}", "--tasks=HumanEval/130,HumanEval/15"]) == 0
