"""A gate that turns on verdicts which the judge does not stand by is INCONCLUSIVE, to either side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.gates.against_run import AgainstRun
from servecheck.gates.decision import GateVerdict
from servecheck.gates.doubted import decided_either_way
from servecheck.gates.measured import Measured
from servecheck.gates.pairs import held

N = 200
GATE = AgainstRun()


def measured(solved: int, lost: int = 0, won: int = 0) -> Measured:
    """A run that solves so many of 200 problems, compared with one that solves 150; of its verdicts so many solved and
    so many unsolved are doubted."""
    now = {f"p/{number}": (1, int(number < solved)) for number in range(N)}
    before = {f"p/{number}": (1, int(number < 150)) for number in range(N)}
    doubts = {f"p/{number}": (1, 0) for number in range(solved - lost, solved)}
    doubts |= {f"p/{number}": (0, 1) for number in range(solved, solved + won)}
    [one] = held([(now, 5.0)], before, against="before")
    return Measured(metric="accuracy", margin=5.0, samples=now, held_to=one, doubts=doubts)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (measured(150), GateVerdict.PASS),
        (measured(150, lost=1, won=1), GateVerdict.PASS),
        (measured(150, lost=20), GateVerdict.INCONCLUSIVE),
        (measured(120), GateVerdict.FAIL),
        (measured(120, lost=5, won=5), GateVerdict.FAIL),
        (measured(120, won=30), GateVerdict.INCONCLUSIVE),
    ],
    ids=["passes", "passes whichever", "would not pass", "fails", "fails whichever", "would not fail"],
)
def test_it_decides_where_the_doubted_verdicts_change_nothing(found, verdict):
    decision = decided_either_way(GATE, found)

    assert decision is not None
    assert decision.verdict is verdict


def test_what_it_turns_on_is_said_with_what_to_do():
    decision = decided_either_way(GATE, measured(150, lost=20))

    assert decision is not None
    assert decision.headline.startswith("INCONCLUSIVE: it turns on 20 verdicts that the judge does not stand by; as")
    assert "name a judge that contradicts itself less" in decision.details[-1]


def test_where_nothing_turns_on_them_that_is_said():
    decision = decided_either_way(GATE, measured(150, lost=1))

    assert decision is not None
    assert decision.details[-1] == (
        "judge: it does not stand by 1 of its verdicts, and this holds whichever way they come out"
    )


def test_where_no_verdict_is_doubted_the_gate_decides_alone():
    found = measured(150)

    assert decided_either_way(GATE, found) == GATE.decide(found)
    assert decided_either_way(GATE, replace(found, held_to=None)) is None
