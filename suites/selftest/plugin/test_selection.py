"""The owner learns the selected cases, from the items here or from a worker's file."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.case import Case
from servecheck.plugin.plan import PLANS
from servecheck.plugin.selection import read_selected, selected, selection_of, write_selected

CASES = [Case("Starter/3", 0), Case("Starter/1", 1)]


def _item(test: str, *, file: str = "test_a.py", **params: object) -> SimpleNamespace:
    nodeid = f"{file}::{test}[{'-'.join(map(str, params.values()))}]"
    callspec = SimpleNamespace(params=params)
    return SimpleNamespace(name=test, originalname=test, nodeid=nodeid, path=Path("/tests") / file, callspec=callspec)


ITEMS = [
    _item("test_humaneval", case=CASES[0]),
    SimpleNamespace(name="test_plain", originalname="test_plain", path=Path("/tests/test_a.py")),
    _item("test_other", case="not a case of this plan"),
    _item("test_humaneval", case=CASES[1]),
]


def test_only_tests_that_take_a_case_count_in_their_order():
    assert selection_of(selected(ITEMS)) == {"humaneval": CASES}


def test_a_test_that_is_there_twice_is_one_case():
    assert selection_of(selected([*ITEMS, *ITEMS])) == {"humaneval": CASES}


def test_two_functions_of_one_name_would_overwrite_each_others_verdicts():
    other = _item("test_humaneval", file="test_b.py", case=CASES[0])

    with pytest.raises(
        UsageError, match=r"test_a\.py.* and test_b\.py.* both judge Starter/3 for the suite 'humaneval'"
    ):
        selection_of(selected([*ITEMS, other]))


def test_a_function_that_judges_a_case_in_several_ways_has_no_one_verdict_on_it():
    ways = [_item("test_humaneval", case=CASES[0], way=way) for way in ("strict", "lax")]

    with pytest.raises(UsageError, match="no parameters beside case"):
        selection_of(selected(ways))


def test_what_a_worker_writes_the_owner_reads(tmp_path):
    stash = pytest.Stash()
    stash[PLANS] = (SimpleNamespace(board=tmp_path / "board"),)
    session = SimpleNamespace(items=ITEMS, config=SimpleNamespace(stash=stash))

    write_selected(session, "gw1")

    assert read_selected(tmp_path / "board", "gw1") == selected(ITEMS)
