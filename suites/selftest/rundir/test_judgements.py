"""A judge's answers are kept by the question that they answer, whole, and an earlier run's can be taken over."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.errors import InfraError
from servecheck.evaluation.judging import JudgeQuestion
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.rundir.judgements import FOLDER, JudgementStore

QUESTION = JudgeQuestion("Is it right?")
AGAIN = JudgeQuestion("Is it right?", 1)
OTHER = JudgeQuestion("Is it wrong?")


def reply(content: str) -> Reply:
    return Reply(content, None, "stop", "judge", Usage(9, 9), Timings(1.0, None, 0.5), "00")


def test_an_answer_is_that_to_its_question_and_to_no_other(tmp_path: Path):
    store = JudgementStore(tmp_path)
    store.keep(QUESTION, reply("yes"))
    store.keep(AGAIN, reply("no"))

    assert [store.reply(one).content for one in (QUESTION, AGAIN)] == ["yes", "no"]
    assert store.missing([QUESTION, OTHER, AGAIN, OTHER]) == [OTHER]
    with pytest.raises(InfraError, match="the judge's answer is not there"):
        store.reply(OTHER)


def test_a_damaged_one_is_none(tmp_path: Path):
    store = JudgementStore(tmp_path)
    store.keep(QUESTION, reply("yes"))
    [path] = (tmp_path / FOLDER).iterdir()
    path.write_text("{")

    assert store.missing([QUESTION]) == [QUESTION]
    with pytest.raises(InfraError, match="is damaged"):
        store.reply(QUESTION)


def test_one_that_leads_elsewhere_is_not_read(tmp_path: Path):
    store = JudgementStore(tmp_path)
    store.keep(QUESTION, reply("yes"))
    [path] = (tmp_path / FOLDER).iterdir()
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InfraError, match="no file of its own"):
        store.reply(QUESTION)


def test_those_of_an_earlier_run_are_taken_over(tmp_path: Path):
    before, now = JudgementStore(tmp_path / "a"), JudgementStore(tmp_path / "b")
    before.keep(QUESTION, reply("yes"))

    now.take_over(tmp_path / "none")
    now.take_over(tmp_path / "a")

    assert now.missing([QUESTION, AGAIN]) == [AGAIN]
    assert now.reply(QUESTION).content == "yes"
