"""How calls are counted, and summed."""

from __future__ import annotations

from servecheck.evaluation.call_counts import CallCounts, summed


def test_what_fits_is_the_rest():
    assert CallCounts(made=10, invalid_json=1, unknown_name=2, unfit=3, unchecked=1, refused=2).fitting == 4


def test_counts_are_summed_each_by_itself():
    assert summed([CallCounts(3, 1, 1, 0, 0, 1), CallCounts(2, 0, 0, 1, 1)]) == CallCounts(5, 1, 1, 1, 1, 1)
    assert summed([]) == CallCounts()
