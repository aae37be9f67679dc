"""A part of a set stands for the whole."""

from __future__ import annotations

from servecheck.problems.spread import spread

IDS = [f"big/{number}" for number in range(90)] + [f"small/{number}" for number in range(10)] + ["tiny/0"]


def category_of(task_id: str) -> str:
    return task_id.split("/")[0]


def test_each_category_has_its_share_and_one_at_least():
    counts = [category_of(one) for one in spread(IDS, category_of, 20)]

    assert {one: counts.count(one) for one in counts} == {"big": 18, "small": 2, "tiny": 1}


def test_the_same_are_chosen_in_whatever_order_they_come():
    assert {*spread(IDS, category_of, 20)} == {*spread(reversed(IDS), category_of, 20)}


def test_the_fewer_are_among_the_more():
    assert {*spread(IDS, category_of, 20)} < {*spread(IDS, category_of, 40)}
