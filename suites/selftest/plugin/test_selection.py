"""The owner learns the selected cases, from the items here or from a worker's file."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from fixtures.plugin.plan import PLAN, Case
from fixtures.plugin.selection import read_selection, selection_of, write_selection

CASES = [Case("Starter/3", 0), Case("Starter/1", 1)]


def _item(test: str, **params: object) -> SimpleNamespace:
    return SimpleNamespace(name=test, originalname=test, callspec=SimpleNamespace(params=params))


ITEMS = [
    _item("test_humaneval", case=CASES[0]),
    SimpleNamespace(name="test_plain", originalname="test_plain"),
    _item("test_other", case="not a case of this plan"),
    _item("test_humaneval", case=CASES[1]),
]


def test_only_tests_that_take_a_case_count_in_their_order():
    assert selection_of(ITEMS) == {"humaneval": CASES}


def test_a_test_that_is_there_twice_is_one_case():
    assert selection_of([*ITEMS, *ITEMS]) == {"humaneval": CASES}


def test_what_a_worker_writes_the_owner_reads(tmp_path):
    stash = pytest.Stash()
    stash[PLAN] = SimpleNamespace(board=tmp_path / "board")
    session = SimpleNamespace(items=ITEMS, config=SimpleNamespace(stash=stash))

    write_selection(session, "gw1")

    assert read_selection(tmp_path / "board", "gw1") == {"humaneval": CASES}
