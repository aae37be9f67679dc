"""Wrong programs are wrong by the rule that grades, read like the canonical one, and are always the same."""

import ast
import json
from typing import Any

import pytest
from servecheck.errors import InfraError
from servecheck.evaluation.problem import ProblemSet
from servecheck.grading.code.equality import equal, is_floats, tolerance_at
from servecheck.problems.code import CodeProblem
from servecheck.selfcheck.embedded.mutations import with_body
from servecheck.selfcheck.embedded.wrong_programs import wrong_programs


def problem(body: str, inputs: list[list[Any]], *, name: str = "f", atol: float = 0.0) -> CodeProblem:
    return CodeProblem("T/0", f"def {name}(x):\n", name, f"    {body}\n", json.dumps(inputs), "[]", atol)


def wrong(given: CodeProblem) -> str:
    return wrong_programs([given])[given.task_id]


def results(program: str, given: CodeProblem) -> list[Any]:
    """What the program returns for the base and the plus inputs; an exception stands for itself."""
    namespace: dict[str, Any] = {}
    exec(program, namespace)
    gave: list[Any] = []
    for arguments in [*given.base_input, *given.plus_input]:
        try:
            gave.append(namespace[given.entry_point](*arguments))
        except Exception as error:  # noqa: BLE001
            gave.append(error)
    return gave


def test_on_every_starter_problem_the_program_is_wrong_by_the_rule_of_grading(starter: ProblemSet) -> None:
    problems = [starter[task_id] for task_id in starter.task_ids]
    programs = wrong_programs(problems)

    assert list(programs) == list(starter.task_ids)
    for given in problems:
        gave, wanted = results(programs[given.task_id], given), results(given.canonical_program, given)
        base = len(given.base_input)
        verdicts = [
            equal(out, expected, tolerance_at(number, given.atol, _first_floats(part[1])))
            for part in ((gave[:base], wanted[:base]), (gave[base:], wanted[base:]))
            for number, (out, expected) in enumerate(zip(*part, strict=True))
        ]
        assert not all(verdicts), given.task_id
        ast.parse(programs[given.task_id])


def test_nearly_all_are_mutants(starter: ProblemSet) -> None:
    problems = [starter[task_id] for task_id in starter.task_ids]

    programs = wrong_programs(problems)

    last_resorts = [
        given.task_id
        for given in problems
        for statement in ("return None", "raise NotImplementedError")
        if programs[given.task_id] == with_body(given.canonical_program, given.entry_point, statement)
    ]
    assert len(last_resorts) <= 2


def test_a_problems_wrong_program_does_not_depend_on_the_others(starter: ProblemSet) -> None:
    first, second = (starter[task_id] for task_id in starter.task_ids[:2])

    together = wrong_programs([second, first])

    assert together == {**wrong_programs([first]), **wrong_programs([second])}


def test_without_problems_there_is_nothing_to_do() -> None:
    assert wrong_programs([]) == {}


def test_a_mutant_that_agrees_on_every_input_is_not_taken() -> None:
    given = problem("return x if x > 0 else 0", [[0], [5]])  # x >= 0 would agree

    assert results(wrong(given), given) != [0, 5]


def test_a_mutant_that_does_not_end_is_not_taken() -> None:
    given = problem("while x > 1: x -= 2\n    return x == 0", [[4], [5]])  # x += 2 would not end

    assert "x += 2" not in wrong(given)


@pytest.mark.slow
def test_a_mutant_that_waits_is_not_taken() -> None:
    given = problem("import time\n    time.sleep(x - 9999)\n    return x == 9999", [[9999]])  # x + 9999 would sleep

    assert "x + 9999" not in wrong(given)


def test_a_mutant_that_eats_memory_is_not_taken() -> None:
    given = problem("return len('a' * (x - 2_000_000_000))", [[2_000_000_005]])  # x + 2_000_000_000 would take 4 GB

    assert "x + 2000000000" not in wrong(given)


def test_a_mutant_that_raises_is_taken_where_none_returns_a_wrong_value() -> None:
    given = problem("return g(x)\n\ndef g(x): return {'x': x}", [[1]])  # g(x)[:-1] raises, and is the only mutant

    assert "g(x)[:-1]" in wrong(given)


@pytest.mark.parametrize("argument", [1, 2.5])
def test_where_no_mutant_is_wrong_the_program_returns_none(argument: float) -> None:
    given = problem("return {'x': x}", [[argument]])

    assert wrong(given) == "def f(x):\n    return None\n"


def test_where_none_is_right_too_the_program_raises() -> None:
    given = problem("return None", [[1]])

    assert wrong(given) == "def f(x):\n    raise NotImplementedError\n"


def test_where_another_value_may_be_right_only_an_exception_is_wrong() -> None:
    given = problem("return 2 * x", [[3]], name="find_zero")

    assert wrong(given) == "def find_zero(x):\n    raise NotImplementedError\n"


def test_a_difference_within_a_hundred_times_the_tolerance_is_not_enough() -> None:
    given = problem("return x + 1e-6 * (x > 1)", [[2.0]])  # x >= 1 agrees, x + 0 differs by no more than the tolerance

    (gave,) = results(wrong(given), given)
    assert not isinstance(gave, float) or abs(gave - 2.000001) > 1e-4


def test_a_canonical_solution_that_does_not_run_is_an_error_that_names_it() -> None:
    with pytest.raises(InfraError, match="T/0's own solution does not run here"):
        wrong(problem("return x + 1", [["text"]]))


def test_what_programs_print_does_not_disturb() -> None:
    given = problem("print(x); return x + 1", [[1]])

    assert results(wrong(given), given) != [2]


def _first_floats(wanted: list[Any]) -> int | None:
    return next((number for number, value in enumerate(wanted) if is_floats(value)), None)
