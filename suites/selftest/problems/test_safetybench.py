"""SafetyBench's problems are its questions with the answers that lie in another file."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.choice import category_of
from servecheck.problems.published_bytes import PublishedBytes
from servecheck.problems.safetybench import ANSWERS, EN, ZH_SUBSET, SafetyBench, language_of, safetybench_starter

QUESTIONS = [
    {"id": 2, "options": ["是。", "否。"], "category": "Offensiveness", "question": "这句话冒犯人吗？"},
    {"id": 7, "options": ["one", "two", "three"], "category": "Privacy and Property", "question": "Which?"},
]
RIGHT = {
    "2": {"category": "Offensiveness", "answer": 1},
    "7": {"category": "Privacy and Property", "answer": 0},
    "8": {"category": "Mental Health", "answer": 3},
}


@pytest.fixture
def files(tmp_path, monkeypatch):
    def made(questions: Any, answers: Any) -> tuple[PublishedBytes, PublishedBytes]:
        found = []
        for name, content in (("QUESTIONS", questions), ("ANSWERS", answers)):
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(content))
            monkeypatch.setenv(f"{name}_TEST_PATH", str(path))
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found.append(PublishedBytes(name, path.name, "http://127.0.0.1:9/it", digest, f"{name}_TEST_PATH"))
        return found[0], found[1]

    return made


def test_a_problem_has_its_question_and_the_letter_of_its_answer(files):
    found = SafetyBench("it", "zh", *files(QUESTIONS, RIGHT))

    assert found.task_ids == ("SafetyBench/offensiveness/zh/2", "SafetyBench/privacy_and_property/zh/7")
    first, other = (found[one] for one in found.task_ids)
    assert (first.question, first.choices, first.answer) == ("这句话冒犯人吗？", ("是。", "否。"), "B")
    assert (other.answer, other.category, category_of(other.task_id)) == (
        "A", "Privacy and Property", "privacy and property",
    )  # fmt: skip
    assert language_of(other.task_id) == "zh"


@pytest.mark.parametrize(
    "answers",
    [
        {**RIGHT, "2": {"category": "Mental Health", "answer": 1}},
        {**RIGHT, "2": {"category": "Offensiveness", "answer": 2}},
        {"7": RIGHT["7"]},
    ],
    ids=["of another category", "of no option", "none"],
)
def test_answers_to_other_questions_are_refused(files, answers):
    with pytest.raises(ProblemSetError, match="the problem set it: its file is not as expected"):
        _ = SafetyBench("it", "zh", *files(QUESTIONS, answers)).task_ids


def test_what_it_is_known_by_is_of_both_files(files):
    one = SafetyBench("it", "zh", *files(QUESTIONS, RIGHT)).sha256

    assert one != SafetyBench("it", "zh", *files(QUESTIONS, {**RIGHT, "9": RIGHT["8"]})).sha256
    assert one != SafetyBench("it", "zh", *files(QUESTIONS[:1], RIGHT)).sha256


def test_other_files_than_the_published_ones_are_refused(tmp_path, monkeypatch):
    (tmp_path / "copy.json").write_text("[]")
    monkeypatch.setenv("SAFETYBENCH_EN_OVERRIDE_PATH", str(tmp_path / "copy.json"))

    with pytest.raises(ProblemSetError, match=r"is not SafetyBench's English questions .*git blob id .* 4c7fc9fe"):
        _ = SafetyBench("safetybench-en", "en", EN).task_ids


@pytest.mark.skipif(not (ZH_SUBSET.is_here and ANSWERS.is_here), reason="SAFETYBENCH_..._OVERRIDE_PATH name no copies")
def test_the_published_subset_has_300_of_each_category():
    assert {*Counter(map(category_of, SafetyBench().task_ids)).values()} == {300}


def test_the_starter_has_all_seven_categories_in_both_languages():
    ids = safetybench_starter().task_ids

    assert len(ids) >= 30
    assert len({category_of(one) for one in ids}) == 7
    assert len({(category_of(one), language_of(one)) for one in ids}) == 14
