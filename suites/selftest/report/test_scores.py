"""Scores are taken from records alone."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.report.scores import base_solved, plus_solved, scores


def _record(task_id: str, *, base: bool, plus: bool) -> dict[str, Any]:
    kinds = {True: "solved", False: "wrong_answer"}
    return {
        "task_id": task_id,
        "solved": base and plus,
        "base": {"kind": kinds[base]},
        "plus": {"kind": kinds[plus]},
    }


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
    assert not plus_solved(record)


def test_the_rate_is_the_mean_over_problems_and_not_over_samples():
    records = [_record("a", base=True, plus=True)] + 3 * [_record("b", base=False, plus=False)]

    base, _ = scores(records)

    assert (base.solved, base.samples, base.problems, base.rate) == (1, 4, 2, 0.5)


def test_a_score_in_words():
    _, plus = scores([_record("a", base=True, plus=True), _record("b", base=True, plus=False)])

    assert str(plus) == "pass@1 plus  1/2  50.0 %"


def test_no_record_has_no_score():
    with pytest.raises(ValueError, match="no problems"):
        scores([])
