"""Runs that bear the same names and measured otherwise are not compared, and what is other is said in a line."""

from __future__ import annotations

import pytest
from servecheck.gates.measure import Measure
from servecheck.rundir.measured_alike import measured_otherwise, taken_for_alike

OWN = Measure("own", "0a" * 32, "mention 00aa")
PROMPTS = "what the protocol own asks is not what it asked for the baseline"
GRADER = "the grader mention 00aa judged it, and mention 00bb the baseline"


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (OWN, ""),
        (Measure("own", "0b" * 32, "mention 00aa"), PROMPTS),
        (Measure("own", "0a" * 32, "mention 00bb"), GRADER),
        (Measure("other", "0b" * 32, "mention 00aa"), ""),
        (Measure("other", "0b" * 32, "mention 00bb"), GRADER),
        (Measure("own"), ""),
    ],
    ids=["the same", "other prompts", "another grader", "another protocol by choice", "and another grader", "not told"],
)
def test_one_name_has_to_stand_for_one_thing(before: Measure, told: str):
    for now, then in ((OWN, before), (before, OWN)):
        assert bool(measured_otherwise(now, then)) is bool(told)
    assert measured_otherwise(OWN, before).startswith(told)


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (OWN, OWN, ""),
        (OWN, Measure("own"), "what night asked is not known, and is taken to be the same"),
        (Measure("own"), OWN, "what this run asked is not known, and is taken to be the same"),
        (Measure("own"), Measure("own"), "what this run and night asked is not known, and is taken to be the same"),
        (OWN, Measure("other"), ""),
    ],
    ids=["both told", "one", "the other", "neither", "another protocol by choice"],
)
def test_what_nobody_knows_is_said(now: Measure, before: Measure, told: str):
    assert taken_for_alike(now, before, "night") == told


def test_the_baseline_has_a_name_and_hostile_names_act_on_nothing():
    told = measured_otherwise(Measure("x\x1b[2J", "0a", "g"), Measure("x\x1b[2J", "0b", "g"), "night")

    assert told.startswith(r"what the protocol x\x1b[2J asks is not what it asked for night")
    assert told.isprintable()
