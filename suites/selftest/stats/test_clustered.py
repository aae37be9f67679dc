"""The error of a share whose parts come in clusters is that of the clusters."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest
from servecheck.stats.clustered import clustered_share, mean_of
from servecheck.stats.intervals import clopper_pearson


def test_of_clusters_of_one_it_is_the_usual_standard_error():
    found = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0]

    share = clustered_share(found, [1] * 8)

    assert share.value == 5 / 8
    assert share.standard_error == pytest.approx(math.sqrt(5 / 8 * 3 / 8 / 7))


def test_parts_that_are_alike_add_nothing():
    one, ten = clustered_share([1, 0, 1, 0], [1] * 4), clustered_share([10, 0, 10, 0], [10] * 4)

    assert ten.standard_error == pytest.approx(one.standard_error)


def test_of_one_cluster_nothing_is_known():
    share = clustered_share([3], [4])

    assert math.isnan(share.standard_error)
    assert (share.interval.low, share.interval.high) == (0.0, 1.0)


def test_where_all_is_found_it_is_no_certainty():
    interval = clustered_share([2, 1, 3], [2, 1, 3]).interval

    assert interval == clopper_pearson(3, 3)
    assert interval.low < 0.5


def test_of_nothing_there_is_no_share():
    with pytest.raises(ValueError, match="no share of nothing"):
        clustered_share([], [])


def test_the_mean_of_a_share_with_itself_is_that_share_and_with_its_opposite_is_certain():
    found = [1.0, 0.0, 1.0, 1.0]
    share, opposite = clustered_share(found, [1] * 4), clustered_share([1 - one for one in found], [1] * 4)

    assert mean_of([share, share]).standard_error == pytest.approx(share.standard_error)
    assert mean_of([share, opposite]).value == 0.5
    assert mean_of([share, opposite]).standard_error == pytest.approx(0.0)


def test_95_of_100_intervals_have_the_truth():
    draw = random.Random(20_261_130)
    has = []
    for _ in range(400):
        sizes = [draw.randint(1, 3) for _ in range(120)]
        easy = [draw.random() < 0.7 for _ in sizes]  # whole prompts are easy or hard: all follow, or half do
        found = [sum(one or draw.random() < 0.5 for _ in range(size)) for one, size in zip(easy, sizes, strict=True)]
        interval = clustered_share(found, sizes).interval
        has.append(interval.low <= 0.85 <= interval.high)

    assert 0.92 <= fmean(has) <= 0.98
