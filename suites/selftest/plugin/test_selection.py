"""The owner learns the selected cases, from the items here or from a worker's file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.case import Case
from servecheck.plugin.plans import PLANS
from servecheck.plugin.selection import chooses_cases, read_selected, selected, write_selected
from servecheck.plugin.throughput_owner import SpeedOwner
from servecheck.runs.selection import Selected, check_not_excused, left_out, selection_of

CASES = [Case("Starter/3", 0), Case("Starter/1", 1)]


def _item(test: str, *, file: str = "test_a.py", excused: str = "", **params: object) -> SimpleNamespace:
    nodeid = f"{file}::{test}[{'-'.join(map(str, params.values()))}]"
    callspec = SimpleNamespace(params=params)
    return SimpleNamespace(
        name=test,
        originalname=test,
        nodeid=nodeid,
        path=Path("/tests") / file,
        callspec=callspec,
        get_closest_marker=lambda name: name if name == excused else None,
    )


ITEMS = [
    _item("test_humaneval", case=CASES[0]),
    SimpleNamespace(name="test_plain", originalname="test_plain", path=Path("/tests/test_a.py")),
    _item("test_other", case="not a case of this plan"),
    _item("test_humaneval", case=CASES[1]),
]


def test_only_tests_that_take_a_case_count_in_their_order():
    assert selection_of(selected(ITEMS)) == {"humaneval": CASES}


@pytest.mark.parametrize("marker", ["xfail", "skip", "skipif"])
def test_a_marker_that_would_excuse_a_case_is_found_and_refused(marker):
    [one] = selected([_item("test_humaneval", case=CASES[0], excused=marker)])

    assert one.excused == marker
    with pytest.raises(UsageError, match=rf"\[Case.*\] is marked {marker}, and no case of a suite is excused"):
        check_not_excused(one.test, one.excused)


class TestLeftOut:
    PLANS = (SimpleNamespace(number=0, suites=("humaneval",)), SimpleNamespace(number=1, suites=("mbpp",)))
    TESTS = (Selected("humaneval", "Starter/1", 0, "t"), Selected("humaneval", "Starter/1", 0, "t", number=1))

    def test_a_suite_that_was_named_and_has_no_case_would_have_no_gate_and_is_refused(self):
        with pytest.raises(UsageError, match=r"no test of the suite mbpp takes a case, so it would have no gate"):
            left_out(self.TESTS, cast(Any, self.PLANS), {"humaneval", "mbpp"}, chosen=False)

    def test_where_cases_were_chosen_it_is_told(self):
        assert left_out(self.TESTS, cast(Any, self.PLANS), {"humaneval", "mbpp"}, chosen=True) == ["mbpp"]

    def test_one_that_nobody_named_may_have_none(self):
        assert left_out(self.TESTS, cast(Any, self.PLANS), {"humaneval"}, chosen=False) == []

    @pytest.mark.parametrize(
        ("given", "chosen"),
        [
            ({}, False),
            ({"keyword": "Starter"}, True),
            ({"deselect": ["a::b"]}, True),
            ({"lf": True}, True),
            ({"args": ["suites/humaneval/test_humaneval.py::test_humaneval"]}, True),
        ],
    )
    def test_cases_are_chosen_by_pytests_own_options(self, given, chosen):
        option = SimpleNamespace(keyword="", deselect=None, lf=False, stepwise=False)
        args = given.pop("args", ["suites"])
        option.__dict__.update(given)

        assert chooses_cases(cast(Any, SimpleNamespace(option=option, args=args))) is chosen


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
    stash[PLANS] = (SimpleNamespace(readiness_socket=tmp_path / "readiness"),)
    session = SimpleNamespace(items=ITEMS, config=SimpleNamespace(stash=stash))

    write_selected(session, "gw1")

    assert read_selected(tmp_path / "readiness", "gw1") == selected(ITEMS)


class Marked:
    """A test with these markers and fixtures."""

    nodeid = "suites/throughput/test_throughput.py::test_throughput"

    def __init__(self, *markers: str, fixturenames: Sequence[str] = ("replayed", "speed_run")) -> None:
        self._markers, self.fixturenames = markers, fixturenames

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self._markers else None


@pytest.mark.parametrize("marker", ["xfail", "skip", "skipif"])
def test_a_measured_load_is_excused_by_no_marker_before_a_server_is_started(marker: str) -> None:
    owner: Any = SpeedOwner(cast(Any, None), cast(Any, SimpleNamespace(measure=lambda: None)))

    with pytest.raises(pytest.UsageError, match=f"test_throughput is marked {marker}, and no case of a suite is"):
        owner.pytest_collection_finish(SimpleNamespace(items=[Marked("throughput", marker)]))


def test_a_test_that_measures_nothing_may_be_marked_as_it_likes() -> None:
    owner: Any = SpeedOwner(cast(Any, None), cast(Any, SimpleNamespace(measure=lambda: None)))

    owner.pytest_collection_finish(SimpleNamespace(items=[Marked("skip", fixturenames=()), Marked("throughput")]))
