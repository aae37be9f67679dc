"""Scores are taken from records alone."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.report.scores import base_solved, scores, solved


def _record(task_id: str, *, base: bool, plus: bool, spoilt: bool = False) -> dict[str, Any]:
    kinds = {True: "solved", False: "wrong_answer"}
    return {
        "task_id": task_id,
        "solved": base and plus and not spoilt,
        "base": {"kind": kinds[base]},
        "plus": {"kind": kinds[plus]},
        "spoilt": spoilt,
    }


def _judged(task_id: str, *, solved: bool) -> dict[str, Any]:
    """A suite's own yes or no, which has no parts."""
    return {"task_id": task_id, "solved": solved, "base": None, "plus": None}


def test_base_and_plus_are_counted_apart():
    records = [
        _record("a", base=True, plus=True),
        _record("b", base=True, plus=False),
        _record("c", base=False, plus=False),
        _record("d", base=False, plus=True),
    ]

    base, plus = scores(records)

    assert (base.metric, base.solved, base.samples, base.problems, base.rate) == ("pass@1 base", 2, 4, 4, 0.5)
    assert (plus.metric, plus.solved, plus.samples, plus.problems, plus.rate) == ("pass@1 plus", 1, 4, 4, 0.25)


def test_plus_needs_base_too_as_in_evalplus():
    record = _record("a", base=False, plus=True)

    assert not base_solved(record)
    assert not solved(record)
    assert scores([record])[1].solved == 0


def test_a_spoilt_reply_counts_neither_on_base_nor_on_plus():
    base, plus = scores([_record("a", base=True, plus=True, spoilt=True), _record("b", base=True, plus=True)])

    assert (base.solved, plus.solved) == (1, 1)


def test_a_suite_without_parts_has_one_metric():
    (score,) = scores([_judged("a", solved=True), _judged("b", solved=False)])

    assert (score.metric, score.solved, score.samples, score.rate) == ("pass@1", 1, 2, 0.5)


def test_one_record_without_parts_leaves_the_common_metric_alone():
    (score,) = scores([_record("a", base=True, plus=False), _judged("b", solved=True)])

    assert (score.metric, score.solved) == ("pass@1", 1)


def test_the_rate_is_the_mean_over_problems_and_not_over_samples():
    records = [_record("a", base=True, plus=True)] + 3 * [_record("b", base=False, plus=False)]

    base, _ = scores(records)

    assert (base.solved, base.samples, base.problems, base.rate) == (1, 4, 2, 0.5)


def test_pass_at_10_is_there_where_every_problem_has_ten_samples():
    ten = [_record("a", base=True, plus=number == 0) for number in range(10)]

    even = scores([*ten, *({**row, "task_id": "b"} for row in ten)])
    uneven = scores([*ten, *({**row, "task_id": "b"} for row in ten[:9])])

    assert [(score.metric, score.k) for score in even] == [
        ("pass@1 base", 1),
        ("pass@1 plus", 1),
        ("pass@10 base", 10),
        ("pass@10 plus", 10),
    ]
    assert (even[1].rate, even[3].rate) == (pytest.approx(0.1), 1.0)
    assert [score.metric for score in uneven] == ["pass@1 base", "pass@1 plus"]


def test_several_samples_have_an_interval_by_problem_and_one_of_each_has_none():
    several = [_judged(task_id, solved=True) for task_id in "abab"]

    (score,) = scores(several)

    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == (pytest.approx(0.025**0.5), 1.0)
    assert scores(several[:2])[0].interval is None


def test_a_score_in_words():
    _, plus = scores([_record("a", base=True, plus=True), _record("b", base=True, plus=False)])

    assert str(plus) == "pass@1 plus  1/2  50.0 %"


def test_pass_at_10_in_words_has_no_count_since_it_is_of_no_sample():
    *_, at_ten = scores([_judged("a", solved=number < 5) for number in range(10)])

    assert str(at_ten) == "pass@10  100.0 %"


def test_no_record_has_no_score():
    with pytest.raises(ValueError, match="no problems"):
        scores([])


def _row(task_id: str, solved: bool) -> dict[str, Any]:
    part = {"kind": "solved" if solved else "wrong_answer"}
    return {"task_id": task_id, "solved": solved, "spoilt": False, "base": part, "plus": part}


@pytest.mark.parametrize(
    ("tasks", "n", "solved_of"),
    [
        ("ab", "2", "1/2"),
        ("aabb", "2 x 2", "2/4"),
        ("abbb", "4 samples of 2 problems", "1/4 samples of 2 problems"),
    ],
)
def test_samples_are_counted_as_they_are(tasks: str, n: str, solved_of: str) -> None:
    (score,) = (one for one in scores([_row(task, task == "a") for task in tasks]) if one.metric == "pass@1 plus")

    assert (score.n, score.solved_of, score.rate) == (n, solved_of, 0.5)
