"""An accepted run that is not whole, not sound or not of the same is no baseline, and the refusal says why."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.rundir.throughput_json import FILE, Block, GateEntry, write_throughput
from servecheck.rundir.throughput_point import ServerCounts
from servecheck.runs.throughput.baseline import SpeedBaseline

from suites.selftest.rundir.test_throughput_json import point, results

ARMS = ("off", "on", "on", "off")
WORKLOAD = {"loads": ["concurrency 4"], "salt": "a"}
IDENTITY = {
    "model": "m", "served model": "m", "flags": {"x": 1}, "speculation": {"tokens": 1},
    "samples": 1, "harness": "native",
}  # fmt: skip
PASSED = {name: GateEntry.of(Decision(GateVerdict.PASS, f"PASS: {name}")) for name in ("points", "quality")}


@pytest.fixture
def baseline(tmp_path):
    """A whole run, with these fields of it changed."""

    def made(**changed: Any) -> SpeedBaseline:
        whole = results(100, 150, 152, 101).model_copy(
            update={
                "profile": "p",
                "workload": WORKLOAD,
                "manifest": {"identity": IDENTITY},
                "gates": PASSED,
                **changed,
            }
        )
        write_throughput(tmp_path / FILE, whole)
        return SpeedBaseline(tmp_path)

    return made


def gate(verdict: GateVerdict, headline: str) -> GateEntry:
    return GateEntry.of(Decision(verdict, headline))


def test_a_whole_run_of_the_same_is_a_baseline(baseline):
    said: list[str] = []
    found = baseline()

    found.require_whole(ARMS, ["points", "quality"])
    found.require_alike("p", {**WORKLOAD, "salt": "b"}, IDENTITY, said.append)
    found.require_same_model(IDENTITY)

    assert said == []
    assert found.acceptance_floor() is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            {"gates": {**PASSED, "points": gate(GateVerdict.INVALID, "INVALID: 2 of 4 points do not count")}},
            "2 of 4 points",
        ),
        ({"gates": {"points": PASSED["points"]}}, "no gate on quality"),
        ({"gates": {}}, "no gate on points, quality"),
        ({"blocks": results(100, 150, 152, 101).blocks[:2]}, "it has the blocks off, on"),
    ],
)
def test_a_run_that_is_not_whole_or_not_sound_is_refused(baseline, changed, why):
    with pytest.raises(UsageError, match=f"was not measured to the end, or not soundly: .*{why}"):
        baseline(**changed).require_whole(ARMS, ["points", "quality"])


@pytest.mark.parametrize(
    ("profile", "workload", "identity", "why"),
    [
        ("q", {}, {}, "profile 'p' there, 'q' here"),
        ("p", {"loads": ["concurrency 4", "concurrency 16"]}, {}, "loads"),
        ("p", {}, {"model": "other"}, 'model "m" there, "other" here'),
        ("p", {}, {"speculation": {"tokens": 3}}, "speculation.tokens 1 there, 3 here"),
    ],
)
def test_a_run_of_something_else_is_refused(baseline, profile, workload, identity, why):
    with pytest.raises(UsageError, match=f"measured something else: .*{why}"):
        baseline().require_alike(profile, WORKLOAD | workload, IDENTITY | identity, print)


def test_another_served_model_is_refused_once_it_is_known(baseline):
    said: list[str] = []
    found = baseline()

    found.require_alike("p", WORKLOAD, IDENTITY | {"served model": None}, said.append)

    with pytest.raises(UsageError, match="served model 'm' there, 'n' here"):
        found.require_same_model(IDENTITY | {"served model": "n"})
    assert said == []


def test_other_flags_and_a_gate_that_failed_are_said(baseline):
    said: list[str] = []
    found = baseline(gates={**PASSED, "speed-up": gate(GateVerdict.FAIL, "FAIL: speed-up 0.9")})

    found.require_alike("p", WORKLOAD, IDENTITY | {"flags": {"x": 2}}, said.append)

    assert [line.split(":")[-1] for line in said] == [" flags.x 1 there, 2 here", " speed-up 0.9"]


def test_the_floor_of_the_acceptance_length_is_a_share_of_its_own(baseline):
    def drafting(arm: str, drafts: int, accepted: int) -> Block:
        server = ServerCounts(drafts=drafts, draft_tokens=drafts, accepted_tokens=accepted)
        return Block(arm=arm, points=(point().model_copy(update={"server": server}),))

    blocks = (drafting("off", 900, 0), drafting("on", 100, 80), drafting("on", 300, 240), drafting("off", 1, 0))

    assert baseline(blocks=blocks).acceptance_floor() == pytest.approx(0.95 * 1.8)
