"""What is solved costs all the tokens that were spent, on what is not solved too."""

from __future__ import annotations

from servecheck.evaluation.token_cost import TokenCost, token_cost

from suites.selftest.records import record


def test_tokens_of_all_replies_count_for_what_is_solved() -> None:
    found = token_cost([record(tokens=1000), record(tokens=500), record(solved=False, tokens=3000)])

    assert found == TokenCost(4500, 3, 2)
    assert found.each_solved == 2250
    assert str(found) == "4,500 in 3 replies, 1,500 each, 2,250 for each that is solved"


def test_where_nothing_is_solved_nothing_is_divided() -> None:
    assert str(token_cost([record(solved=False, tokens=10)])) == "10 in 1 replies, 10 each, none solved"


def test_replies_whose_tokens_were_not_counted_are_no_replies_without_any() -> None:
    assert token_cost([record(tokens=10), record()]) == TokenCost(10, 1, 1)
    assert token_cost([record()]) is None
