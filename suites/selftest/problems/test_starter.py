"""The starter problems: sound programs, inputs that tell right from wrong, and every kind of result.

The programs are the project's own, so they run in this process. Results compare as EvalPlus compares them: ``==``,
else within a tolerance, which is the problem's ``atol`` or 1e-6 where a float or a flat list of floats is expected.
"""

from __future__ import annotations

import copy
import doctest
import hashlib
import json
import math
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.problem import ProblemSet
from servecheck.problems.code import CodeProblem
from servecheck.problems.starter import STARTER_FILE, Starter, Starter32

WRONG_FILE = Path(__file__).with_name("starter_wrong.jsonl")
FIELDS = [
    "task_id",
    "prompt",
    "entry_point",
    "canonical_solution",
    "base_input",
    "plus_input",
    "atol",
    "contract",
    "test",
]
STARTER: ProblemSet = Starter()

every_problem = pytest.mark.parametrize("task_id", STARTER.task_ids)


def entry_point(problem: CodeProblem, body: str) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"__name__": "builtins"}
    exec(compile(problem.prompt + body, problem.task_id, "exec"), namespace)
    function: Callable[..., Any] = namespace[problem.entry_point]
    return function


@cache
def raw_fields() -> dict[str, dict[str, Any]]:
    return {fields["task_id"]: fields for fields in map(json.loads, STARTER_FILE.read_text().splitlines())}


@cache
def wrong_bodies() -> dict[str, str]:
    return {fields["task_id"]: fields["body"] for fields in map(json.loads, WRONG_FILE.read_text().splitlines())}


@cache
def expected(task_id: str) -> tuple[list[Any], list[Any]]:
    """The canonical results for the base and for the plus inputs."""
    problem = STARTER[task_id]
    function = entry_point(problem, problem.canonical_solution)
    return [function(*given) for given in problem.base_input], [function(*given) for given in problem.plus_input]


def floats_only(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float)


def near(left: Any, right: Any, atol: float) -> bool:
    if isinstance(right, list | tuple):
        return (
            type(left) is type(right)
            and len(left) == len(right)
            and all(near(a, b, atol) for a, b in zip(left, right, strict=True))
        )
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return numbers and math.isclose(left, right, rel_tol=1e-7, abs_tol=atol)


def agree(found: Any, wanted: Any, atol: float) -> bool:
    tolerance = atol or (1e-6 if floats_only(wanted) else 0.0)
    return bool(found == wanted) or (tolerance > 0 and near(found, wanted, tolerance))


def test_the_set_is_44_problems_under_one_version() -> None:
    assert (STARTER.name, STARTER.version) == ("starter", "1")
    assert list(STARTER.task_ids) == [f"Starter/{i}" for i in range(44)]


def test_the_digest_is_that_of_the_file() -> None:
    assert STARTER.sha256 == hashlib.sha256(STARTER_FILE.read_bytes()).hexdigest()


def test_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        STARTER["Starter/44"]


def test_ids_are_had_without_parsing_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "starter.jsonl"
    path.write_text('{"task_id": "Starter/0", not JSON at all\n')

    problems = Starter(path)

    assert list(problems.task_ids) == ["Starter/0"]
    with pytest.raises(ProblemSetError, match="Starter/0: not JSON"):
        problems["Starter/0"]


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    problems = Starter(tmp_path / "gone.jsonl")

    with pytest.raises(ProblemSetError, match=r"gone\.jsonl, .* restore the file from the repository"):
        _ = problems.task_ids


def test_entry_points_are_unique() -> None:
    names = [STARTER[task_id].entry_point for task_id in STARTER.task_ids]

    assert len(set(names)) == 44


def test_the_file_is_plain_ascii_and_under_350_kilobytes() -> None:
    raw = STARTER_FILE.read_bytes()

    assert raw.isascii()
    assert len(raw) < 350_000


@every_problem
def test_a_problem_has_the_fields_and_the_layout_of_evalplus(task_id: str) -> None:
    fields = raw_fields()[task_id]

    assert set(fields) == set(FIELDS)
    assert fields["prompt"].endswith('\n    """\n')
    assert f"\ndef {fields['entry_point']}(" in "\n" + fields["prompt"]
    assert fields["canonical_solution"].endswith("\n")
    lines = fields["canonical_solution"].splitlines()
    assert all(line.startswith("    ") for line in lines if line)


@every_problem
def test_inputs_are_many_and_distinct(task_id: str) -> None:
    problem = STARTER[task_id]
    texts = [json.dumps(given) for given in problem.base_input + problem.plus_input]

    assert len(problem.base_input) >= 5
    assert len(problem.plus_input) >= 50
    assert len(set(texts)) == len(texts)


@every_problem
def test_the_canonical_program_gives_the_results_that_its_docstring_shows(task_id: str) -> None:
    problem = STARTER[task_id]
    function = entry_point(problem, problem.canonical_solution)
    shown = doctest.DocTestParser().get_doctest(
        function.__doc__ or "", {problem.entry_point: function}, task_id, None, None
    )
    report: list[str] = []

    result = doctest.DocTestRunner(verbose=False).run(shown, out=report.append)

    assert result.attempted >= 1
    assert not result.failed, "".join(report)


@every_problem
def test_the_canonical_program_leaves_its_inputs_as_they_are(task_id: str) -> None:
    problem = STARTER[task_id]
    function = entry_point(problem, problem.canonical_solution)

    for given in problem.base_input + problem.plus_input:
        before = copy.deepcopy(given)
        function(*given)
        assert given == before


@every_problem
def test_the_canonical_program_takes_under_0_3_seconds_for_all_inputs(task_id: str) -> None:
    problem = STARTER[task_id]
    function = entry_point(problem, problem.canonical_solution)
    inputs = problem.base_input + problem.plus_input

    start = time.process_time()
    for given in inputs:
        function(*given)

    assert time.process_time() - start < 0.3


@every_problem
def test_the_test_field_accepts_the_canonical_program(task_id: str) -> None:
    problem = STARTER[task_id]
    namespace: dict[str, Any] = {}
    exec(raw_fields()[task_id]["test"], namespace)

    namespace["check"](entry_point(problem, problem.canonical_solution))


@every_problem
def test_the_test_field_rejects_a_program_without_result(task_id: str) -> None:
    namespace: dict[str, Any] = {}
    exec(raw_fields()[task_id]["test"], namespace)

    with pytest.raises(AssertionError):
        namespace["check"](lambda *_: None)


def test_there_is_one_wrong_body_a_problem() -> None:
    assert list(wrong_bodies()) == list(STARTER.task_ids)


@every_problem
def test_the_wrong_body_passes_every_base_input(task_id: str) -> None:
    problem = STARTER[task_id]
    wrong = entry_point(problem, wrong_bodies()[task_id])

    for given, wanted in zip(problem.base_input, expected(task_id)[0], strict=True):
        assert agree(wrong(*copy.deepcopy(given)), wanted, problem.atol), given


@every_problem
def test_the_wrong_body_gives_a_wrong_result_for_a_plus_input(task_id: str) -> None:
    problem = STARTER[task_id]
    wrong = entry_point(problem, wrong_bodies()[task_id])

    def verdicts() -> Iterator[bool]:
        for given, wanted in zip(problem.plus_input, expected(task_id)[1], strict=True):
            yield agree(wrong(*copy.deepcopy(given)), wanted, problem.atol)

    assert not all(verdicts())


def test_results_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "import pickle, sys; from servecheck.problems.starter import Starter; results = []\n"
        "for problem in map(Starter().__getitem__, Starter().task_ids):\n"
        "    names = {}; exec(problem.canonical_program, names); function = names[problem.entry_point]\n"
        "    results.append([function(*given) for given in problem.base_input + problem.plus_input])\n"
        "sys.stdout.buffer.write(pickle.dumps(results))\n"
    )

    first, second = (
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    )

    assert pickle.loads(first) == pickle.loads(second)


KINDS: dict[str, Callable[[Any, float], bool]] = {
    "float under EvalPlus's own rule": lambda value, atol: isinstance(value, float) and atol == 0,
    "list of floats under EvalPlus's own rule": lambda v, atol: isinstance(v, list) and floats_only(v) and atol == 0,
    "list of floats with a tolerance given": lambda v, atol: isinstance(v, list) and floats_only(v) and atol > 0,
    "list of tuples of floats": lambda v, atol: (
        atol > 0 and isinstance(v, list) and v != [] and isinstance(v[0], tuple) and floats_only(v[0])
    ),
    "nested list": lambda v, _: isinstance(v, list) and v != [] and isinstance(v[0], list),
    "list of tuples": lambda v, _: isinstance(v, list) and v != [] and isinstance(v[0], tuple),
    "list of strings": lambda v, _: isinstance(v, list) and v != [] and isinstance(v[0], str),
    "list of bools": lambda v, _: isinstance(v, list) and v != [] and isinstance(v[0], bool),
    "empty list": lambda v, _: v == [],
    "tuple": lambda v, _: isinstance(v, tuple),
    "set": lambda v, _: isinstance(v, set),
    "set of frozensets": lambda v, _: isinstance(v, set) and bool(v) and all(isinstance(item, frozenset) for item in v),
    "frozenset": lambda v, _: isinstance(v, frozenset),
    "dictionary with integer keys": lambda v, _: isinstance(v, dict) and any(isinstance(key, int) for key in v),
    "nested dictionary": lambda v, _: isinstance(v, dict) and any(isinstance(item, dict) for item in v.values()),
    "None": lambda v, _: v is None,
    "integer beyond 64 bits": lambda v, _: isinstance(v, int) and abs(v) >= 2**64,
    "negative integer": lambda v, _: isinstance(v, int) and v < 0,
    "True": lambda v, _: v is True,
    "False": lambda v, _: v is False,
    "string beyond ASCII": lambda v, _: isinstance(v, str) and not v.isascii(),
    "empty string": lambda v, _: v == "",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_result_occurs(kind: str) -> None:
    holds = KINDS[kind]
    found = (
        task_id
        for task_id in STARTER.task_ids
        for results in expected(task_id)
        for value in results
        if holds(value, STARTER[task_id].atol)
    )

    assert next(found, None) is not None, f"no problem gives: {kind}"


def test_the_32_are_those_with_the_shortest_solutions() -> None:
    solutions = {task_id: len(STARTER[task_id].canonical_solution) for task_id in STARTER.task_ids}
    subset = Starter32()

    assert len(subset.task_ids) == 32
    assert [task_id for task_id in STARTER.task_ids if task_id in subset.task_ids] == list(subset.task_ids)
    assert max(solutions.pop(task_id) for task_id in subset.task_ids) < min(solutions.values())


def test_the_32_are_the_same_problems_as_in_the_whole_set() -> None:
    assert all(Starter32()[task_id] == STARTER[task_id] for task_id in Starter32().task_ids)


@pytest.mark.parametrize("task_id", ["Starter/11", "Starter/44"])
def test_the_other_problems_are_not_in_the_subset(task_id: str) -> None:
    with pytest.raises(KeyError):
        Starter32()[task_id]


def test_the_digest_of_the_32_is_that_of_their_lines_alone(tmp_path: Path) -> None:
    lines = STARTER_FILE.read_text().splitlines(keepends=True)
    among, outside = (tmp_path / name for name in ("among.jsonl", "outside.jsonl"))
    among.write_text("".join(line.replace("24", "25") if '"Starter/0"' in line else line for line in lines))
    outside.write_text("".join(line.replace("24", "25") if '"Starter/11"' in line else line for line in lines))
    subset = [line for line in lines if json.loads(line)["task_id"] in Starter32().task_ids]

    assert Starter32().sha256 == hashlib.sha256("".join(subset).encode()).hexdigest()
    assert Starter32(among).sha256 != Starter32().sha256 == Starter32(outside).sha256
