"""A run is held to the newest published score; what there is to say where there is none, or no score, is said."""

from __future__ import annotations

from servecheck.gates.against_published import AgainstPublished
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.measured import Measured

GATE = AgainstPublished()


def test_what_is_counted_of_several_samples_is_called_by_the_metrics_name() -> None:
    found = GATE.decide(Measured(metric="accuracy", margin=5.0, samples={"a": (2, 1), "b": (2, 2)}))

    assert found is not None
    assert found.headline.startswith("NO REFERENCE: mean accuracy 75.0 % of 2 problems; no published score can be")
    assert "--record-reference" in found.headline


def test_no_published_score_is_said_with_the_score_measured() -> None:
    found = GATE.decide(Measured(metric="pass@1", margin=5.0, samples={"a": (1, 1), "b": (1, 0)}))

    assert found is not None
    assert found.verdict is GateVerdict.NO_REFERENCE
    assert found.headline.startswith("NO REFERENCE: 1 of 2 solved (50.0 %); no published score can be compared")


def test_where_there_is_no_score_it_says_why() -> None:
    missing = Decision(GateVerdict.INVALID, "INVALID: 2 of 44 missing")

    assert GATE.decide(Measured(no_score=missing)) == missing


def test_its_test_has_the_suites_own_name() -> None:
    assert GATE.test_name("humaneval") == "humaneval"
