"""Each length is held in pairs to the shortest one of the same run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from servecheck.gates.as_at_shortest import MARGIN, AsAtShortest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.measured import Asked, Measured, SameAtLengths
from servecheck.gates.registry import gates

N = 32
LENGTHS = ("8k", "16k", "32k")
AT = SameAtLengths("4k", {name: {f"{name}/{i}": f"4k/{i}" for i in range(N)} for name in LENGTHS})
GATE = AsAtShortest()


def decided(lost: Mapping[str, int], samples: int = 1) -> Decision:
    """Of a run that loses so many cases at those lengths, from the first on."""
    found = {
        f"{name}/{i}": (samples, 0 if i < lost.get(name, 0) else samples) for name in ("4k", *LENGTHS) for i in range(N)
    }
    decision = GATE.decide(Measured(samples=found, at_lengths=AT))
    assert decision is not None
    return decision


@pytest.mark.parametrize(
    ("lost", "verdict"),
    [
        ({}, GateVerdict.PASS),
        ({"8k": 1, "32k": 1}, GateVerdict.PASS),
        ({"32k": 3}, GateVerdict.INCONCLUSIVE),
        ({"32k": 6}, GateVerdict.FAIL),
        ({"16k": N, "32k": N}, GateVerdict.FAIL),
    ],
)
def test_a_length_that_loses_decides_whatever_the_others_are(lost, verdict):
    assert decided(lost).verdict is verdict


def test_a_fail_names_the_lengths_and_blames_nobody():
    decision = decided({"16k": 1, "32k": 16})

    assert decision.headline.startswith(
        "FAIL: 4k 100.0 %, 8k 100.0 %, 16k 96.9 %, 32k 50.0 %, of 32 cases a length, margin 15 points; less is found "
        "at 32k than at 4k: the server's doing, or the model's own limit"
    )
    assert decision.figures["worse"] == ["16k/0", *(f"32k/{i}" for i in range(16))]
    assert decision.figures["estimate_points"] == -50
    assert "less is found at 32k" in GATE.doubt(decision)


def test_what_is_hardly_solved_at_the_shortest_passes_nothing():
    decision = decided(dict.fromkeys(("4k", *LENGTHS), 20))

    assert decision.verdict is GateVerdict.INCONCLUSIVE
    assert decision.headline.endswith("of what is solved at 4k too little is left to lose")
    assert GATE.doubt(decision) == ""


def test_several_samples_of_a_case_are_held_by_their_shares():
    assert decided({"32k": 12}, samples=3).verdict is GateVerdict.FAIL


def test_what_is_missing_is_not_decided():
    assert GATE.decide(Measured(at_lengths=AT)) is None
    assert GATE.decide(Measured(samples={"a": (1, 1)})) is None


def test_the_counts_are_told_before_anything_is_asked():
    [line] = GATE.announce(Asked(task_ids=["a"], margin=5.0, at_lengths=AT))

    assert line.startswith("each of 8k, 16k, 32k held to 4k, margin 15 points, of 32 pairs, one of 3 comparisons: FAIL")
    assert "PASS up to 1" in line
    assert list(GATE.announce(Asked(task_ids=["a"], margin=5.0))) == []


def test_it_is_among_the_gates():
    assert gates()["length"].place == GATE.place


def share_of(verdict: GateVerdict, solved: Mapping[str, float], runs: int = 600) -> float:
    """Of runs whose cases are solved with these chances at the lengths, the share with that verdict."""
    random = np.random.default_rng(N)
    chances = np.array([solved.get(name, solved["4k"]) for name in ("4k", *LENGTHS)])
    drawn = random.random((runs, len(chances), N)) < chances[:, None]
    ids = [[f"{name}/{i}" for i in range(N)] for name in ("4k", *LENGTHS)]
    found = 0
    for one in drawn:
        samples = {
            task_id: (1, int(is_solved))
            for names, row in zip(ids, one, strict=True)
            for task_id, is_solved in zip(names, row, strict=True)
        }
        decision = GATE.decide(Measured(samples=samples, at_lengths=AT))
        found += decision is not None and decision.verdict is verdict
    return found / runs


@pytest.mark.slow
@pytest.mark.parametrize("solved", [0.9, 0.97, 1.0])
def test_the_same_at_every_length_fails_as_seldom_as_claimed(solved: float) -> None:
    assert share_of(GateVerdict.FAIL, {"4k": solved}) <= 0.055


@pytest.mark.slow
@pytest.mark.parametrize("solved", [0.9, 0.97, 1.0])
def test_a_loss_of_the_margin_at_one_length_passes_as_seldom_as_claimed(solved: float) -> None:
    assert share_of(GateVerdict.PASS, {"4k": solved, "32k": solved - MARGIN / 100}) <= 0.055


@pytest.mark.slow
def test_half_lost_at_one_length_fails() -> None:
    assert share_of(GateVerdict.FAIL, {"4k": 0.97, "16k": 0.48}) >= 0.99
