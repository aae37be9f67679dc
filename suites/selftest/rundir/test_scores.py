"""Scores are taken from records alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.record import Record
from servecheck.evaluation.verdict import NOT_ASKED
from servecheck.rundir.scores import Score, deciding, doubts_of, scores
from servecheck.stats.intervals import Interval, clopper_pearson

from suites.selftest.records import ALONE, BOTH, record


def _record(task_id: str, *, base: bool, plus: bool, spoilt: bool = False) -> Record:
    return record(task_id, 0, base and plus and not spoilt, base=base, plus=plus, spoilt=spoilt)


def scored(records: Sequence[Record]) -> tuple[Score, ...]:
    return scores(records, BOTH if all(one.parts for one in records) and records else ALONE)


def test_base_and_plus_are_counted_apart():
    records = [
        _record("a", base=True, plus=True),
        _record("b", base=True, plus=False),
        _record("c", base=False, plus=False),
        _record("d", base=False, plus=True),
    ]

    base, plus = scored(records)

    assert (base.metric, base.solved, base.samples, base.problems, base.rate) == ("pass@1 base", 2, 4, 4, 0.5)
    assert (plus.metric, plus.solved, plus.samples, plus.problems, plus.rate) == ("pass@1 plus", 1, 4, 4, 0.25)


def test_plus_needs_base_too_as_in_evalplus():
    base, plus = scored([_record("a", base=False, plus=True)])

    assert (base.solved, plus.solved) == (0, 0)


def test_a_spoilt_reply_counts_neither_on_base_nor_on_plus():
    base, plus = scored([_record("a", base=True, plus=True, spoilt=True), _record("b", base=True, plus=True)])

    assert (base.solved, plus.solved) == (1, 1)


def test_a_suite_without_parts_has_one_metric():
    (score,) = scored([record("a", solved=True), record("b", solved=False)])

    assert (score.metric, score.solved, score.samples, score.rate) == ("pass@1", 1, 2, 0.5)


def test_the_score_that_decides_is_of_one_sample_and_of_the_first_metric():
    ten = [_record("a", base=True, plus=number == 0) for number in range(10)]

    assert deciding(scored(ten)).metric == "pass@1 plus"
    assert deciding(()) is None


def test_a_metric_is_called_what_its_grader_calls_it():
    (score,) = scores(10 * [record("a")], [Metric("accuracy")])

    assert (score.metric, score.rate) == ("accuracy", 1.0)


def test_the_rate_is_the_mean_over_problems_and_not_over_samples():
    records = [_record("a", base=True, plus=True)] + 3 * [_record("b", base=False, plus=False)]

    base, _ = scored(records)

    assert (base.solved, base.samples, base.problems, base.rate) == (1, 4, 2, 0.5)


def test_pass_at_10_is_there_where_every_problem_has_ten_samples():
    ten = [_record("a", base=True, plus=number == 0) for number in range(10)]

    even = scored([*ten, *(replace(row, task_id="b") for row in ten)])
    uneven = scored([*ten, *(replace(row, task_id="b") for row in ten[:9])])

    assert [(score.metric, score.k) for score in even] == [
        ("pass@1 base", 1),
        ("pass@1 plus", 1),
        ("pass@10 base", 10),
        ("pass@10 plus", 10),
    ]
    assert (even[1].rate, even[3].rate) == (pytest.approx(0.1), 1.0)
    assert [score.metric for score in uneven] == ["pass@1 base", "pass@1 plus"]


def test_several_samples_have_an_interval_by_problem_and_one_of_each_has_none():
    several = [record(task_id, solved=True) for task_id in "abab"]

    (score,) = scored(several)

    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == (pytest.approx(0.025**0.5), 1.0)
    assert scored(several[:2])[0].interval is None


def test_a_score_in_words():
    _, plus = scored([_record("a", base=True, plus=True), _record("b", base=True, plus=False)])

    assert str(plus) == "pass@1 plus  1/2  50.0 %"


def test_pass_at_10_in_words_has_no_count_since_it_is_of_no_sample():
    *_, at_ten = scored([record("a", solved=number < 5) for number in range(10)])

    assert str(at_ten) == "pass@10  100.0 %"


def test_what_could_not_be_asked_is_counted_nowhere():
    told = {"a": True, "b": False}
    records = [record(name, solved=one, base=one, plus=one) for name, one in told.items()]
    records.append(record("c", solved=False, base=False, plus=False, kind=NOT_ASKED))

    assert str(scored(records)[-1]) == "pass@1 plus  1/2  50.0 %"
    assert scored(records[2:]) == ()


def test_no_record_has_no_score():
    with pytest.raises(ValueError, match="no problems"):
        scored([])


@pytest.mark.parametrize(
    ("tasks", "n", "solved_of"),
    [
        ("ab", "2", "1/2"),
        ("aabb", "2 x 2", "2/4"),
        ("abbb", "4 samples of 2 problems", "1/4 samples of 2 problems"),
    ],
)
def test_samples_are_counted_as_they_are(tasks: str, n: str, solved_of: str) -> None:
    (score,) = (
        one
        for one in scored([_record(task, base=task == "a", plus=task == "a") for task in tasks])
        if one.metric == "pass@1 plus"
    )

    assert (score.n, score.solved_of, score.rate) == (n, solved_of, 0.5)


def test_where_verdicts_are_doubted_the_interval_reaches_over_both_outcomes():
    sure = [record(f"T/{number}", solved=number < 80) for number in range(100)]
    doubted = [replace(one, doubted=70 <= number < 85) for number, one in enumerate(sure)]

    [plain], [wide] = scores(sure, ALONE), scores(doubted, ALONE)

    assert (plain.solved, plain.interval) == (wide.solved, None) == (80, None)
    least, most = clopper_pearson(70, 100), clopper_pearson(85, 100)
    assert wide.interval == Interval(least.low, most.high)


def test_doubts_are_counted_by_problem_to_either_side():
    rows = [record("T/0", sample, solved=sample == 0, doubted=sample < 2) for sample in range(3)]

    assert doubts_of([*rows, record("T/1")]) == {"T/0": (1, 1)}
