"""MBPP+ v0.2.0, read from the file that MBPP_OVERRIDE_PATH names, and its inputs as its functions take them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.mbpp import MBPP_PLUS, REBUILDS, MbppPlus

needs_file = pytest.mark.skipif(
    not os.environ.get("MBPP_OVERRIDE_PATH"),
    reason="needs MBPP_OVERRIDE_PATH to name MbppPlus-v0.2.0.jsonl.gz: tests fetch nothing",
)

_TUPLES = "2 116 132 143 222 261 273 394 399 421 424 429 470 560 579 596 616 630 726 740 744 809"
_LISTS_OF_TUPLES = "63 64 70 94 120 237 272 299 400 409 417 438 473 614 780"


def cases(numbers: str, arguments: list[Any], rebuilt: list[Any]) -> list[tuple[str, list[Any], list[Any]]]:
    return [(f"Mbpp/{number}", arguments, rebuilt) for number in numbers.split()]


@pytest.mark.parametrize(
    ("task_id", "arguments", "rebuilt"),
    [
        *cases(_TUPLES, [[1, [2]], []], [(1, [2]), ()]),
        *cases(_LISTS_OF_TUPLES, [[[1, 2], []]], [[(1, 2), ()]]),
        *cases("75 413 444 753", [[[1], [2]], [3]], [[(1,), (2,)], [3]]),
        *cases("250 405 446 617 720 763 808", [[1, [2]], [3]], [(1, [2]), [3]]),
        *cases("307", [["a", []], 1, [50]], [("a", []), 1, [50]]),
        *cases("106 750", [[1], [2]], [[1], (2,)]),
        *cases("115", [[[1, 1], [], 5, {}]], [[{1}, {}, {}, {}]]),
        *cases("124", ["-0.0", "1j"], [-0.0, 1j]),
        *cases("252", ["(1-2j)"], [1 - 2j]),
        *cases("259 401 445", [[[1], [2, 3]], []], [((1,), (2, 3)), ()]),
        *cases("278", [[1, [2, [3]]]], [(1, (2, [3]))]),
        *cases("580 615 791", [[1, [2, [3]]], 4], [(1, (2, (3,))), 4]),
        *cases("722", [{"a": [1.5, 2]}, 3, 4], [{"a": (1.5, 2)}, 3, 4]),
    ],
)
def test_a_rule_makes_what_the_function_takes(task_id: str, arguments: list[Any], rebuilt: list[Any]) -> None:
    got = REBUILDS[task_id](arguments)

    assert repr(got) == repr(rebuilt)


def test_no_other_task_has_a_rule() -> None:
    assert len(REBUILDS) == 22 + 15 + 4 + 7 + 1 + 2 + 1 + 1 + 1 + 3 + 1 + 3 + 1


@needs_file
def test_the_ids_are_the_378_in_the_published_order() -> None:
    ids = MbppPlus().task_ids

    assert (len(ids), ids[0], ids[-1]) == (378, "Mbpp/2", "Mbpp/809")


@needs_file
def test_the_inputs_are_the_published_ones() -> None:
    problems = MbppPlus()

    # facts of the release: counts over all tasks, and how many tasks have a tolerance of their own
    every = [problems[task_id] for task_id in problems.task_ids]
    assert sum(len(problem.base_input) for problem in every) == 1174
    assert sum(len(problem.plus_input) for problem in every) == 39_841
    assert [problem.atol for problem in every if problem.atol] == [1e-4] * 13
    assert {problem.dataset for problem in every} == {"mbpp"}


@needs_file
def test_the_one_task_without_added_inputs_has_none() -> None:
    problems = MbppPlus()

    assert [task_id for task_id in problems.task_ids if not problems[task_id].plus_input] == ["Mbpp/793"]


@needs_file
def test_a_problem_carries_its_program_and_its_inputs_as_they_are_taken() -> None:
    problem = MbppPlus()["Mbpp/2"]

    namespace: dict[str, Any] = {}
    exec(problem.canonical_program, namespace)
    assert problem.base_input[0] == [(3, 4, 5, 6), (5, 7, 4, 10)]
    assert set(namespace[problem.entry_point](*problem.base_input[0])) == {4, 5}


def test_naming_the_set_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBPP_OVERRIDE_PATH", str(tmp_path / "none"))

    problems = MbppPlus()

    assert (problems.name, problems.version) == ("mbpp-plus", "v0.2.0")
    assert problems.sha256 == MBPP_PLUS.sha256
    with pytest.raises(ProblemSetError, match="MBPP_OVERRIDE_PATH"):
        _ = problems.task_ids


def test_another_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "MbppPlus.jsonl"
    copy.write_text('{"task_id": "Mbpp/2", "prompt": ""}\n')
    monkeypatch.setenv("MBPP_OVERRIDE_PATH", str(copy))

    with pytest.raises(ProblemSetError, match=r"is not MBPP\+ v0\.2\.0: it holds other problems"):
        _ = MbppPlus().task_ids
