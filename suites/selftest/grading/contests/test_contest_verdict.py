"""A program passes all tests of its problem or none of it counts, and what it failed at is told in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.verdict import PartVerdict
from servecheck.grading.contests.contest_verdict import contest_verdict
from servecheck.problems.contests import ContestProblem
from servecheck.sandbox.pool import Sandbox

from suites.selftest.grading.contests.contest_programs import problem

DOUBLE = problem("double", ("[1, 2]\n3", "[3, 6]"), ("[]\n0", "[]"))
SUM = problem("", ("2\n1 2\n", "3\n"), ("1\n-5\n", "-5\n"))
Judge = Callable[..., PartVerdict]


@pytest.fixture
def judge(contest_sandbox: Sandbox) -> Judge:
    def judged(program: str, asked: ContestProblem, limit_s: float = 6.0) -> PartVerdict:
        return contest_verdict(program, asked, contest_sandbox, limit_s)

    return judged


@pytest.mark.parametrize(
    "program",
    [
        "n = int(input())\nprint(sum(map(int, input().split())))\n",
        "import sys\nn, *nums = map(int, sys.stdin.read().split())\nprint(sum(nums))\nsys.exit()\n",
        "from sys import stdin\nstdin.readline()\nprint(sum(map(int, stdin.readline().split())))\n",
        "def main():\n    input()\n    print(sum(map(int, input().split())))\nif __name__ == '__main__':\n    main()\n",
    ],
)
def test_a_program_that_reads_standard_input_is_given_it_test_by_test(judge: Judge, program: str) -> None:
    assert judge(program, SUM) == PartVerdict("solved")


@pytest.mark.parametrize(
    "program",
    [
        "class Solution:\n    def double(self, nums: List[int], k: int):\n        return [k * x for x in nums]\n",
        "def double(nums, k):\n    return tuple(k * x for x in nums)\n",
    ],
)
def test_a_function_is_called_with_the_lines_of_each_test(judge: Judge, program: str) -> None:
    assert judge(program, DOUBLE) == PartVerdict("solved")


def test_a_wrong_line_is_told_with_the_one_expected(judge: Judge) -> None:
    found = judge("n = int(input())\nprint(max(map(int, input().split())))\n", SUM)

    assert found == PartVerdict(
        "wrong_answer", "wrong answer at test 0: standard input('2\\n1 2\\n') wrote '2' in line 1, expected '3'", 0
    )


def test_a_wrong_value_is_told_with_the_one_expected(judge: Judge) -> None:
    found = judge("def double(nums, k):\n    return nums or None\n", problem("double", ("[]\n0", "[]")))

    assert found.reason == "wrong answer at test 0: double([], 0) gave None, expected []"


@pytest.mark.parametrize(
    ("program", "asked", "kind", "told"),
    [
        ("raise ValueError('x')\n", SUM, "exception", "at test input 0: standard input('2\\n1 2\\n'): ValueError: x"),
        ("def double(nums, k):\n    return nums[5]\n", DOUBLE, "exception", "double([1, 2], 3): IndexError"),
        ("Here it is:", SUM, "exception", "while loading: SyntaxError"),
        ("x = 1\n", DOUBLE, "exception", "while loading: AttributeError"),
        ("def double(nums, k):\n    exit()\n", DOUBLE, "exception", "SystemExit"),
        ("def double(nums, k):\n    return (x for x in nums)\n", DOUBLE, "wrong_answer", "a value of type generator"),
        ("for line in sys.stdin:\n    print(line)\n", SUM, "exception", "TypeError"),
    ],
)
def test_what_ends_a_program_is_told(judge: Judge, program: str, asked: ContestProblem, kind: str, told: str) -> None:
    found = judge(program, asked)

    assert found.kind == kind
    assert told in found.reason
    assert found.reason.isprintable()


@pytest.mark.slow
def test_a_test_has_its_time_and_the_ones_before_it_have_had_theirs(judge: Judge) -> None:
    found = judge("n = int(input())\nwhile n == 1:\n    pass\nprint(sum(map(int, input().split())))\n", SUM, 0.2)

    assert (found.kind, found.failing_input) == ("timeout", 1)


def test_what_a_program_prints_is_no_terminals_to_obey(judge: Judge) -> None:
    found = judge("print('\\x1b[2J' + '\\u202e' * 3)\n", SUM)

    assert found.reason.isprintable()
    assert "\\x1b[2J" in found.reason


def test_a_long_answer_is_compared_whole(judge: Judge) -> None:
    numbers = "\n".join(map(str, range(3_000)))
    asked = problem("", ("", numbers))

    assert judge("for n in range(3_000):\n    print(f'{n}.0 ')\n", asked) == PartVerdict("solved")
    assert "line 3000, expected '2999'" in judge("for n in range(2_999):\n    print(n)\nprint(0)\n", asked).reason


def test_a_value_that_is_far_too_long_is_not_read(judge: Judge) -> None:
    found = judge("def double(nums, k):\n    return [1] * 10_000\n", DOUBLE)

    assert "far more than the one expected" in found.reason


@pytest.mark.slow
def test_a_program_that_ends_its_process_has_not_answered(judge: Judge) -> None:
    assert "ended the process" in judge("import os\nos._exit(0)\n", SUM).reason


@pytest.mark.slow
def test_a_forged_record_that_is_no_text_is_no_answer(judge: Judge) -> None:
    forged = "import os, struct\nos.write(3, struct.pack('>cI', b'V', 4) + b'[[]]')\nprint(3)\n"

    assert judge(forged, problem("", ("", "[[]]"))).kind == "wrong_answer"


def test_a_test_that_expects_what_is_no_json_is_the_problem_sets_fault(judge: Judge) -> None:
    with pytest.raises(ProblemSetError, match="expects what is no JSON: oops"):
        judge("def double(nums, k):\n    return 1\n", problem("double", ("[]\n0", "oops")))
