"""Problems that are reported wrong count as all others do, and are told apart."""

from __future__ import annotations

from servecheck.evaluation.record import Record
from servecheck.grading.reported import told_as_reported, without_reported

REPORTED = {"a": "it is interactive"}


def record(task_id: str, score: float) -> Record:
    return Record(suite="s", task_id=task_id, sample=0, score=score, kind="solved" if score else "wrong_answer")


def test_an_unsolved_ones_reason_says_so() -> None:
    assert told_as_reported("a", REPORTED) == " [its answer is reported wrong: it is interactive]"
    assert told_as_reported("b", REPORTED) == ""


def test_the_share_of_the_others_stands_beside() -> None:
    (figure,) = without_reported([record("a", 0), record("b", 1), record("c", 0), record("d", 1)], REPORTED)

    assert (figure.name, round(figure.percent or 0, 1)) == ("less those reported wrong", 66.7)
    assert figure.words == "2 of 3; left out 1 whose answer is reported wrong, of which 0 are solved"


def test_there_is_none_where_no_reported_one_was_asked_or_no_other() -> None:
    assert without_reported([record("b", 1)], REPORTED) == []
    assert without_reported([record("a", 1)], REPORTED) == []
