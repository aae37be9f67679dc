"""lm-eval's verdicts through a real sandbox: what its filter keeps, what its test accepts, and what cannot cheat it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.code.humaneval_check import Asserted
from servecheck.grading.code.lm_eval import grade_lm_eval, lm_eval_program
from servecheck.problems import load_problem_set
from servecheck.problems.code import CodeProblem
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend

PROBLEM = CodeProblem(
    task_id="Own/1",
    prompt='def half(x):\n    """Half of x."""\n',
    entry_point="half",
    canonical_solution="    return x / 2\n",
    base_input_json="[]",
    plus_input_json="[]",
    atol=0,
    test="\n\ndef check(candidate):\n    assert candidate(3) == 1.5\n    assert candidate(4) == 2\n",
)
Grade = Callable[..., Verdict]


def problem_with(
    *assertions: str, solution: str = PROBLEM.canonical_solution, prompt: str = PROBLEM.prompt
) -> CodeProblem:
    lines = "".join(f"    {line}\n" for line in assertions)
    return replace(PROBLEM, prompt=prompt, canonical_solution=solution, test=f"def check(candidate):\n{lines}")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture
def grade(sandbox: Sandbox) -> Grade:
    def graded(reply: str, problem: CodeProblem = PROBLEM) -> Verdict:
        return grade_lm_eval(lm_eval_program("reply", reply, problem), problem, Asserted(), sandbox)

    return graded


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("    return x / 2\n", "    return x / 2\n"),
        ("    return x / 2\n```\nDone.", "    return x / 2\n"),
        ("```python\n    return x / 2\n```", ""),
        ("Sure:\n```python\n    return x / 2\n```", "Sure:\n"),
        ("````", ""),
        ("`` ` ```", "`` ` "),
        ("", ""),
        ("~~~\nreturn", "~~~\nreturn"),
    ],
)
def test_the_program_is_the_prompt_and_the_reply_up_to_its_first_fence(reply: str, kept: str) -> None:
    assert lm_eval_program("reply", reply, PROBLEM).code == PROBLEM.prompt + kept


def test_what_the_filter_did_is_said() -> None:
    first = lm_eval_program("reply", "```python\nx\n```", PROBLEM)
    later = lm_eval_program("reply", "    pass\n```", PROBLEM)
    none = lm_eval_program("reply", "    pass\n", PROBLEM)

    dropped = "everything after the first fence, which stands at character 0, so nothing is left of the reply"
    assert (first.source, first.dropped) == ("the prompt, then the reply up to its first fence", (dropped,))
    assert later.dropped == ("everything after the first fence, which stands at character 9, so 9 characters are left",)
    assert (none.source, none.dropped) == ("the prompt, then the reply", ())


def test_a_given_solution_is_run_as_it_is() -> None:
    assert lm_eval_program("solution", "```", PROBLEM).code == "```"


@pytest.mark.parametrize(
    "reply",
    [
        "    return x / 2",
        "    return x * 0.5\n\nprint(half(2))\n",
        "    return x \\\n / 2 \\",
        "\ndef half(x):\n    return x / 2\n",
        "    return x / 2\nif __name__ == '__main__':\n    raise ValueError\n",
    ],
)
def test_a_right_program_is_solved(reply: str, grade: Grade) -> None:
    assert grade(reply).solved


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("```python\n    return x / 2\n```", "wrong answer at test input 0: half(3) gave None, against assert "),
        ("Sure, here it is:\n    return x / 2", "exception while loading: SyntaxError"),
        ("    return 1.5", "wrong answer at test input 1: half(4) gave 1.5, against assert candidate(4) == 2"),
        ("    return 1 / (x - 4)", "exception at test input 1: half(4): ZeroDivisionError: division by zero"),
        ("    return x / 2\ndel half", "exception while loading: KeyError: 'half'"),
        ("    return x / 2 + 1e-9", "wrong answer at test input 0: half(3) gave 1.500000001, against assert "),
        ("    return (x / 2 for _ in 'a')", "wrong answer at test input 0: half(3): a value of type generator"),
    ],
)
def test_a_wrong_program_is_told_where(reply: str, reason: str, grade: Grade) -> None:
    assert grade(reply).reason.startswith(reason)


def test_assertions_compare_as_they_say_and_not_as_evalplus_does(grade: Grade) -> None:
    near = problem_with("assert abs(candidate(3) - 1.5) < 1e-6")
    true = problem_with("assert candidate(3)", "assert not candidate(0)")
    alike = problem_with("assert tuple(candidate(3)) == tuple([3, 3])", solution="    return [x, x]\n")
    named = problem_with("assert half(3) == candidate(3)")

    assert grade("    return x / 2 + 1e-9", near).solved
    assert not grade("    return x / 2 + 1e-5", near).solved
    assert grade("    return 'yes' * x", true).solved
    assert grade("    return (x, x)", alike).solved
    assert grade("    return 7", named).solved


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("float('inf')", "float('inf')"),
        ("-(10 ** 5000)", "-(10 ** 5000)"),
        ("{'b': [(1, None)], 2: {3}}", "{2: {3}, 'b': [(1, None)]}"),
        ("'\\ud800\\n\"'", "'\\ud800\\n\"'"),
        ("b'\\x00'", "b'\\x00'"),
        ("complex(0, 1)", "1j"),
        ("__import__('numpy').float64(0.1)", "0.1"),
        ("__import__('numpy').float32(0.1)", "0.1"),
        ("__import__('numpy').str_('ab')", "'ab'"),
        ("__import__('numpy').bool_(True)", "True"),
        ("__import__('numpy').array([[3]])", "[[3]]"),
        ("__import__('decimal').Decimal('1.5')", "1.5"),
        ("__import__('fractions').Fraction(3, 2)", "1.5"),
        ("__import__('fractions').Fraction(10 ** 5000)", "10 ** 5000"),
        ("__import__('collections').Counter('aa')", "{'a': 2}"),
        ("frozenset({(1, frozenset())})", "{(1, frozenset())}"),
    ],
)
def test_a_result_reaches_the_assertion_as_the_value_that_it_was(value: str, expected: str, grade: Grade) -> None:
    problem = problem_with(f"assert candidate(0) == {expected}", solution=f"    return {expected}\n")

    assert grade(f"    return {value}", problem).solved


@pytest.mark.parametrize("value", ["float('nan')", "[float('nan')]", "__import__('numpy').array([1, 2])", "[[3, 4]]"])
def test_a_comparison_that_is_false_or_has_no_truth_value_is_unsolved(value: str, grade: Grade) -> None:
    problem = problem_with("assert candidate(0) == [1, 2]", solution="    return [1, 2]\n")

    assert not grade(f"    return {value}", problem).solved


def test_arguments_arrive_in_the_order_and_of_the_types_that_the_test_gives_them(grade: Grade) -> None:
    problem = problem_with(
        "assert candidate({'b': 1, 'a': 2, 5: 3}) == ['b', 'a', 5]",
        "assert candidate((1, 2)) == [1, 2]",
        solution="    return list(x)\n",
    )

    assert grade("    assert type(x) in (dict, tuple)\n    return [*x]", problem).solved


def test_inputs_that_the_test_draws_are_the_same_for_every_program(grade: Grade) -> None:
    problem = replace(
        problem_with(solution="    return -x\n"),
        test="import random\ndef check(candidate):\n    for _ in range(5):\n        x = random.randint(0, 9)\n"
        "        assert candidate(x) == -x\n",
    )

    assert grade("    return 0 - x", problem).solved
    assert grade("    return x", problem).reason == grade("    return x + 0", problem).reason


@pytest.mark.parametrize(
    "reply",
    [
        "    import os; os._exit(0)",
        "    raise SystemExit(0)",
        "    class Right:\n        def __eq__(self, other):\n            return True\n    return Right()",
        "    class Right(float):\n        def __eq__(self, other):\n            return True\n    return Right()",
        "    import builtins\n    builtins.AssertionError = Exception\n    return 0",
        "    global check\n    check = lambda candidate: None\n    return 0",
        "    import sys\n    frame = sys._getframe()\n    while frame:\n        frame.f_globals['check'] = print\n"
        "        frame = frame.f_back\n    return 0",
    ],
)
def test_a_program_that_cheats_the_metric_is_unsolved(reply: str, grade: Grade) -> None:
    assert not grade(reply).solved


@pytest.mark.slow
def test_three_seconds_are_for_the_whole_program(grade: Grade) -> None:
    problem = problem_with("assert candidate(1) == 1", "assert candidate(2) == 2", solution="    return x\n")
    spin = (
        "    from time import process_time as now\n    end = now() + 1.8\n    while now() < end: pass\n    return x\n"
    )

    verdict = grade(spin, problem)

    assert verdict.kind == "timeout"
    assert "at test input 1" in verdict.reason


@pytest.mark.slow
def test_a_comparison_that_never_ends_is_the_programs_failure(grade: Grade) -> None:
    problem = problem_with("assert pow(3, candidate(0)) % 2 == 1", solution="    return 2\n")

    assert not grade("    return 10 ** 12", problem).solved


@pytest.mark.parametrize("value", ["'x' * 300000", "['x' * 200000] * 3"])
def test_a_result_far_longer_than_any_expected_is_wrong_unread(value: str, grade: Grade) -> None:
    assert "far more than any expected" in grade(f"    return {value}").reason


def test_nesting_deeper_than_any_expected_is_wrong(grade: Grade) -> None:
    deep = "    value = 0\n    for _ in range(80): value = [value]\n    return value"

    assert grade(deep).reason == "wrong answer: a value nested too deep"


def test_a_problem_without_a_test_cannot_be_scored(grade: Grade) -> None:
    with pytest.raises(ProblemSetError, match=r"Own/1 has no test of its own.*choose --problems"):
        grade("    return 1", replace(PROBLEM, test=""))


def test_a_test_that_the_problems_own_solution_fails_is_a_damaged_file(grade: Grade) -> None:
    with pytest.raises(ProblemSetError, match=r"fails its own test at 'assert candidate\(1\) == 7' \(AssertionError\)"):
        grade("    return 1", problem_with("assert candidate(1) == 7"))


def test_every_starter_problem_is_solved_by_its_solution_and_not_by_the_bare_prompt(sandbox: Sandbox) -> None:
    asserted, starter = Asserted(), load_problem_set("starter")

    for task_id in starter.task_ids[::6]:
        problem = starter[task_id]
        right, bare = (
            grade_lm_eval(lm_eval_program("reply", reply, problem), problem, asserted, sandbox)
            for reply in (problem.canonical_solution, "```python\n" + problem.canonical_solution)
        )
        assert right.solved, (task_id, right.reason)
        assert not bare.solved, task_id
