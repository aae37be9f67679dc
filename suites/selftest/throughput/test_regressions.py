"""Runs that are 10 % slower are called so, and runs with no change or 3 % are not, measured and not simulated.

A quarter of the program's runs, with room for their chance: the program itself holds the shares.
"""

from __future__ import annotations

import pytest

from suites.selftest.throughput.regressions import counted, order


def test_slow_runs_are_spread_among_the_others():
    assert [*order({"A/A": 4, "slow": 2})] == ["A/A", "slow", "A/A", "A/A", "slow", "A/A"]


@pytest.mark.slow
@pytest.mark.serial
def test_what_is_called_slower_on_a_scripted_server():
    found = counted({"A/A": 50, "10 % slower": 13, "3 % slower": 12})

    print(f"called slower: {dict(found)}")
    assert found["A/A"] <= 5
    assert found["3 % slower"] <= 3
    assert found["10 % slower"] >= 10
