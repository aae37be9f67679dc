"""Runs that are 10 % slower are called so, and runs with no change or 3 % are not, measured and not simulated."""

from __future__ import annotations

import pytest

from suites.selftest.throughput.regressions import LEAST_CALLED, MOST_CALLED, counted, order


def test_slow_runs_are_spread_among_the_others():
    assert [*order({"A/A": 4, "slow": 2})] == ["A/A", "slow", "A/A", "A/A", "slow", "A/A"]


@pytest.mark.slow
def test_what_is_called_slower_on_a_scripted_server():
    bars = MOST_CALLED | LEAST_CALLED

    found = counted({kind: count for kind, (count, _) in bars.items()})

    print(f"called slower: {dict(found)}")
    assert {kind for kind, (_, bar) in MOST_CALLED.items() if found[kind] > bar} == set()
    assert {kind for kind, (_, bar) in LEAST_CALLED.items() if found[kind] < bar} == set()
