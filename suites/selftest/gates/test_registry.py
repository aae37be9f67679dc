"""Every gate is found by its file, in one order, and what was decided stays."""

from __future__ import annotations

import pytest
from servecheck.gates import points, registry
from servecheck.gates.against_published import AgainstPublished
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.measured import Measured, MeasuredSpeed
from servecheck.gates.pairs import held
from servecheck.gates.registry import decided, gates, rows

SOLVED = {f"T/{number}": (1, 1) for number in range(60)}


@pytest.fixture
def anew():
    gates.cache_clear()
    yield
    gates.cache_clear()


def test_they_are_told_in_one_order_the_suites_own_question_before_the_others():
    assert list(gates()) == [
        "points", "published", "delivery", "fingerprint", "paired", "agreement", "length", "origin", "acceptance",
        "speed-up", "quality", "log-probability", "regression", "baseline", "baseline-agreement",
    ]  # fmt: skip


def test_the_gate_that_has_to_pass_is_the_first_of_these_that_decides():
    weighty = sorted((gate for gate in gates().values() if gate.authority), key=lambda gate: -gate.authority)

    assert [gate.name for gate in weighty] == [
        "fingerprint", "delivery", "agreement", "baseline-agreement", "paired", "baseline", "published",
    ]  # fmt: skip


def test_two_gates_of_one_name_are_a_mistake(anew, monkeypatch):
    monkeypatch.setattr(points, "GATES", (AgainstPublished(),))

    with pytest.raises(ValueError, match="two gates have one name"):
        registry.gates()


def test_what_was_decided_stays_where_more_is_known_later():
    first = decided(Measured(metric="pass@1", margin=5.0, samples=SOLVED))
    first["published"] = Decision(GateVerdict.INVALID, "INVALID: as it was decided")
    (other,) = held([(SOLVED, 5.0)], SOLVED, against="May")

    later = decided(Measured(metric="pass@1", margin=5.0, samples=SOLVED, held_to=other), first)

    assert list(later) == ["published", "baseline"]
    assert later["published"] == first["published"]
    assert later["baseline"].verdict is GateVerdict.PASS


def test_nothing_measured_is_nothing_decided():
    assert decided(Measured()) == {}


def test_a_gate_that_is_not_known_here_is_drawn_by_what_any_has():
    figures = {"against": "a pupil", "estimate_points": -2.0, "margin_points": 5.0}

    (row,) = rows({"of another version": Decision(GateVerdict.FAIL, "FAIL: x", (), figures)})

    assert (row.name, row.reference, row.difference, row.margin) == ("of another version", "a pupil", -2.0, 5.0)


@pytest.mark.parametrize(
    ("speed", "headline"),
    [
        (MeasuredSpeed(points=4), "PASS: all 4 points count"),
        (
            MeasuredSpeed(points=4, marks=[["slow", "late"], ["late"]]),
            "INVALID: 2 of 4 points do not count: slow; late",
        ),
        (MeasuredSpeed(points=4, unfinished="it was ended"), "INVALID: not measured to the end: it was ended"),
    ],
)
def test_points_of_a_load_count_or_make_it_invalid(speed, headline):
    found = decided(Measured(speed=speed))

    assert {name: gate.headline for name, gate in found.items()} == {"points": headline}


def test_quality_beside_a_speed_up_is_decided_in_pairs_and_invalid_where_there_is_none():
    (pairs,) = held([(SOLVED, 5.0)], SOLVED, against="speculative decoding off")

    assert decided(Measured(speed=MeasuredSpeed(quality=pairs)))["quality"].verdict is GateVerdict.PASS
    assert decided(Measured(speed=MeasuredSpeed(quality="not graded")))["quality"].headline == "INVALID: not graded"
