"""BFCL's problems come out of its package, and the project's own ones have the same form."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import ProblemSetError
from servecheck.grading.tool_calls.bfcl_verdict import exact_verdict, their_verdict
from servecheck.problems.bfcl import CATEGORIES, TRIGGER, Bfcl, BfclStarter, category_of
from servecheck.problems.published_wheel import PublishedWheel

from suites.selftest.tool_problems import described

QUESTION = [[{"role": "user", "content": "Do it."}]]


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedWheel:
    """With three problems of each category, answered where those of BFCL are."""
    path = tmp_path / "bfcl.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for category in CATEGORIES:
            lines = [
                {"id": f"{category}_{n}", "question": QUESTION, "function": [described({"x": "integer"})]}
                for n in range(3)
            ]
            archive.writestr(f"bfcl_eval/data/BFCL_v4_{category}.json", _lines(lines))
            if not category.endswith("relevance"):
                answers = [{"id": line["id"], "ground_truth": [{"f.g": {"x": [n]}}]} for n, line in enumerate(lines)]
                archive.writestr(f"bfcl_eval/data/possible_answer/BFCL_v4_{category}.json", _lines(answers))
        archive.writestr("bfcl_eval/__init__.py", "raise SystemExit('nobody runs this')")
    monkeypatch.setenv("BFCL_TEST_PATH", str(path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PublishedWheel("BFCL", "bfcl==1", "bfcl.whl", digest, "BFCL_TEST_PATH")


def _lines(found: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(one) + "\n" for one in found)


def test_every_category_is_there_in_its_order(wheel):
    found = Bfcl(wheel=wheel)

    assert list(map(category_of, found.task_ids)) == [category for category in CATEGORIES for _ in range(3)]
    assert found.sha256 == wheel.sha256


def test_a_problem_has_its_tools_and_what_is_accepted(wheel):
    found = Bfcl(wheel=wheel)["multiple_2"]

    assert (found.expected, found.accepted) == ("calls", (("f.g", {"x": [2]}),))
    assert found.messages == ({"role": "user", "content": "Do it."},)
    (tool,) = found.tools
    assert tool["function"]["name"] == "f_g"
    assert (found.category, found.language) == ("multiple", "python")


@pytest.mark.parametrize(
    ("task_id", "expected", "language"),
    [
        ("irrelevance_0", "no call", "python"),
        ("live_irrelevance_0", "no call", "python"),
        ("live_relevance_0", "a call", "python"),
        ("simple_java_0", "calls", "java"),
        ("simple_javascript_0", "calls", "javascript"),
    ],
)
def test_what_solves_a_problem_is_its_categorys(wheel, task_id, expected, language):
    found = Bfcl(wheel=wheel)[task_id]

    assert (found.expected, found.language) == (expected, language)


def test_some_categories_are_a_set_of_their_own(wheel):
    found = Bfcl("trigger", TRIGGER, wheel=wheel)

    assert {category_of(task_id) for task_id in found.task_ids} == set(TRIGGER)
    assert found.sha256 != Bfcl(wheel=wheel).sha256


def test_a_choice_is_always_the_same_and_has_of_each_category(wheel):
    one, other = Bfcl("few", most=13, wheel=wheel), Bfcl("few", most=13, wheel=wheel)

    assert one.task_ids == other.task_ids
    assert list(map(category_of, one.task_ids)) == list(CATEGORIES)
    assert one.sha256 != Bfcl("few", most=26, wheel=wheel).sha256


def test_a_problem_that_is_not_there_is_a_key_error(wheel):
    with pytest.raises(KeyError):
        Bfcl(wheel=wheel)["multiple_9"]


def test_the_starter_needs_no_download_and_has_of_each_category():
    found = BfclStarter()

    assert {category_of(task_id) for task_id in found.task_ids} == set(CATEGORIES)
    few = BfclStarter("starter", TRIGGER)
    assert list(few.task_ids) == [one for one in found.task_ids if category_of(one) in TRIGGER]


def test_what_the_starter_knows_to_be_right_is_so_to_the_letter():
    found = BfclStarter()

    for task_id in found.task_ids:
        one = found[task_id]
        assert their_verdict(one.right_calls, one) == exact_verdict(one.right_calls, one) == "", task_id
        assert their_verdict(one.wrong_calls, one) != "", task_id


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "starter.jsonl"
    path.write_text('{"id": "multiple_0", "question": [[]], "function": [{"name": "f"}]}\n')

    with pytest.raises(ProblemSetError, match="bfcl-starter, multiple_0: it is damaged"):
        BfclStarter(path=path)["multiple_0"]
    path.write_text("{}\n")
    with pytest.raises(ProblemSetError, match="a line of BFCL's data has no id"):
        _ = BfclStarter(path=path).task_ids
