"""What a metric counts of a verdict."""

from __future__ import annotations

import pytest
from servecheck.evaluation.metric import Metric

from suites.selftest.records import record


@pytest.mark.parametrize(
    ("verdict", "whole", "base"),
    [
        (record(base=True, plus=True), True, True),
        (record(solved=False, base=True, plus=False), False, True),
        (record(solved=False, base=True, plus=True, spoilt=True), False, False),
        (record(), True, False),
    ],
    ids=["both parts", "base alone", "spoilt", "without parts"],
)
def test_a_part_counts_where_it_is_there_and_nothing_spoils_the_reply(verdict, whole, base):
    assert Metric("all").counts(verdict) is whole
    assert Metric("pass@1 base", "base").counts(verdict) is base
