"""IFEval's prompts are the published ones, whole; the starter's are of every kind, each with a reply."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.problem import Answered
from servecheck.problems.ifeval import IFEVAL, Ifeval, IfevalStarter
from servecheck.problems.instruction_kinds import (
    KINDS,
    ForbiddenWords,
    KeywordExistence,
    KeywordFrequency,
    SectionCount,
)
from servecheck.problems.published_bytes import PublishedBytes

LINE = b'{"key": 7, "prompt": "Say a.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}\n'
needs_data = pytest.mark.skipif(
    "IFEVAL_OVERRIDE_PATH" not in os.environ, reason="IFEVAL_OVERRIDE_PATH names no copy of IFEval"
)


def published(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ifeval:
    (tmp_path / "copy.jsonl").write_bytes(content)
    monkeypatch.setenv("SOME_OVERRIDE_PATH", str(tmp_path / "copy.jsonl"))
    digest = hashlib.sha256(content).hexdigest()
    return Ifeval(PublishedBytes("Prompts v1", "prompts.jsonl", "http://127.0.0.1:9/", digest, "SOME_OVERRIDE_PATH"))


def test_the_starter_has_problems_of_every_kind_and_each_knows_a_reply():
    starter = IfevalStarter()
    problems = [starter[task_id] for task_id in starter.task_ids]

    assert len(problems) >= 30
    assert starter.task_ids[:2] == ("Instructions/1", "Instructions/2")
    assert {kind for problem in problems for kind, _ in problem.instructions} == set(KINDS)
    assert all(isinstance(problem, Answered) for problem in problems)


def test_no_prompt_of_the_starter_is_within_another():
    """The embedded server tells by its text which one it is asked."""
    starter = IfevalStarter()
    prompts = [starter[task_id].prompt for task_id in starter.task_ids]

    assert [one for one in prompts for other in prompts if one is not other and one in other] == []


def test_ids_are_the_published_keys(tmp_path, monkeypatch):
    problems = published(LINE, tmp_path, monkeypatch)

    assert problems.task_ids == ("IFEval/7",)
    assert problems["IFEval/7"].prompt == "Say a."


def test_a_key_that_comes_twice_is_named(tmp_path, monkeypatch):
    with pytest.raises(ProblemSetError, match="ifeval, line 2: IFEval/7 comes a second time"):
        _ = published(LINE + LINE, tmp_path, monkeypatch).task_ids


def test_a_copy_of_other_prompts_is_refused_with_the_digest_that_it_has_and_the_one_to_have(tmp_path, monkeypatch):
    (tmp_path / "copy.jsonl").write_bytes(LINE)
    monkeypatch.setenv("IFEVAL_OVERRIDE_PATH", str(tmp_path / "copy.jsonl"))

    with pytest.raises(ProblemSetError, match=f"is not IFEval as it lies at .*, expected {IFEVAL.sha256}[.] "):
        _ = Ifeval().task_ids


def test_a_starter_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ProblemSetError, match="the problem set ifeval-starter cannot be read"):
        _ = IfevalStarter(tmp_path / "none.jsonl").sha256


@needs_data
def test_the_published_set_has_541_prompts_with_834_instructions_of_25_kinds():
    problems = Ifeval()
    kinds = Counter(kind for task_id in problems.task_ids for kind, _ in problems[task_id].instructions)

    assert (len(problems.task_ids), kinds.total()) == (541, 834)
    assert set(kinds) == set(KINDS)
    assert (problems.task_ids[0], problems.task_ids[-1]) == ("IFEval/1000", "IFEval/3757")


@needs_data
def test_no_published_keyword_is_read_otherwise_as_a_regular_expression():
    problems = Ifeval()
    texts: list[str] = []
    for task_id in problems.task_ids:
        for _, instruction in problems[task_id].instructions:
            match instruction:
                case KeywordExistence(keywords) | ForbiddenWords(keywords):
                    texts += keywords
                case KeywordFrequency(keyword) | SectionCount(keyword):
                    texts.append(keyword.strip())

    assert texts
    assert [text for text in texts if not text.replace(" ", "").replace("-", "").isalnum()] == []
