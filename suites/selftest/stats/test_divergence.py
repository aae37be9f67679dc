"""Two distributions are as far apart as their listed tokens say, and never further for what is not listed."""

from __future__ import annotations

import math

import pytest
from servecheck.stats.divergence import MOST, agree, gap, nats_apart, text_divergence

RECORDED = {"the": -0.5, "a": -1.5, "an": -2.5}


def test_the_same_distribution_is_not_apart():
    assert nats_apart(RECORDED, RECORDED) == 0
    assert agree(RECORDED, RECORDED)


def test_differences_are_meaned_over_the_recorded_tokens():
    assert nats_apart(RECORDED, {"the": -0.8, "a": -1.2, "an": -2.5, "this": -0.1}) == pytest.approx(0.2)


def test_a_token_that_is_not_listed_now_is_at_most_as_likely_as_the_least_listed_one():
    assert nats_apart(RECORDED, {"the": -0.5, "some": -2.0}) == pytest.approx((0 + 0.5 + 0) / 3)


@pytest.mark.parametrize("listed", [1, 2, 3])
def test_a_server_that_lists_fewer_tokens_shows_no_more_of_a_change(listed):
    now = {"the": -0.9, "a": -1.9, "an": -3.1}

    assert nats_apart(RECORDED, dict(list(now.items())[:listed])) <= nats_apart(RECORDED, now)


def test_no_more_than_the_most_likely_recorded_tokens_count():
    recorded = {str(place): -float(place) for place in range(2 * MOST)}
    now = recorded | {str(place): -99.0 for place in range(MOST, 2 * MOST)}

    assert nats_apart(recorded, now) == 0


def test_of_tied_tokens_each_is_a_first_choice():
    assert agree({"a": -1.0, "b": -1.0}, {"b": -0.9, "a": -1.1})
    assert not agree({"a": -1.0, "b": -1.1}, {"b": -0.9, "a": -1.1})


def test_the_gap_of_a_token_is_from_the_first_choice():
    assert gap(RECORDED, "the") == 0
    assert gap(RECORDED, "a") == 1
    assert gap(RECORDED, "never seen") == 2


def test_a_token_that_is_not_listed_has_no_more_than_the_listed_ones_leave_over():
    sure = {"the": -0.01}

    assert gap(sure, "never seen") > 4
    assert nats_apart({"the": -0.01, "a": -4.7}, {"some": -0.01}) > 2
    assert gap({"the": 0.0, "a": 0.0}, "never seen") > 6  # of a server whose figures are no probabilities


def test_each_place_of_a_text_counts_alike():
    found = text_divergence([RECORDED, RECORDED], [RECORDED, {"a": -0.5, "the": -1.5, "an": -2.5}])

    assert found.nats == pytest.approx(1 / 3)
    assert found.agreement == 0.5
    assert found.places == 2


@pytest.mark.parametrize(
    ("recorded", "now"),
    [([], []), ([RECORDED], []), ([RECORDED], [{}]), ([{}], [RECORDED]), ([RECORDED], [{"the": math.nan}])],
)
def test_places_that_cannot_be_compared_are_refused(recorded, now):
    with pytest.raises(ValueError, match="place"):
        text_divergence(recorded, now)
