"""The acceptance gate fails a head that drafts for nothing, and says nothing about quality."""

from __future__ import annotations

import json

import pytest
from servecheck.gates.acceptance import Acceptance, NotCounted, SpecDecode, floor_from, gate_acceptance
from servecheck.gates.decision import Decision, GateVerdict


def counted(
    drafts: int, accepted: int, *, drafted: int | None = None, replies: int = 32, foreign: int | None = 0
) -> Acceptance:
    return Acceptance(SpecDecode(drafts, drafts if drafted is None else drafted, accepted), replies, foreign)


def gate(found: Acceptance | NotCounted, *, tokens: int = 1, floor: float | None = 1.6) -> Decision:
    return gate_acceptance(found, tokens=tokens, floor=floor)


@pytest.mark.parametrize(
    ("accepted", "verdict"),
    [(0, GateVerdict.FAIL), (20, GateVerdict.FAIL), (50, GateVerdict.INCONCLUSIVE), (4000, GateVerdict.PASS)],
    ids=["none", "next to none", "below the floor", "above it"],
)
def test_a_floor_of_other_prompts_fails_nothing(accepted: int, verdict: GateVerdict) -> None:
    decision = gate_acceptance(counted(6000, accepted), tokens=1, floor=1.6, is_of_other_prompts=True)

    assert decision.verdict is verdict


def test_length_and_rate_are_those_of_vllm() -> None:
    counts = SpecDecode(drafts=100, draft_tokens=300, accepted_tokens=150, per_position=(80, 50, 20))

    assert counts.acceptance_length == 2.5
    assert counts.acceptance_rate == 0.5


def test_where_nothing_was_drafted_there_is_no_length() -> None:
    assert SpecDecode(0, 0, 0).acceptance_length is None
    assert SpecDecode(0, 0, 0).acceptance_rate is None


def test_a_run_is_what_was_counted_since_before_it() -> None:
    before, after = SpecDecode(10, 20, 5, (4, 1)), SpecDecode(110, 220, 65, (44, 21))

    assert after - before == SpecDecode(100, 200, 60, (40, 20))


def test_positions_appear_when_the_first_draft_is_counted() -> None:
    assert SpecDecode(3, 3, 2, (2,)) - SpecDecode(0, 0, 0) == SpecDecode(3, 3, 2, (2,))


@pytest.mark.parametrize(
    "after",
    [SpecDecode(9, 90, 90), SpecDecode(90, 9, 90), SpecDecode(90, 90, 4), SpecDecode(90, 90, 90, (4,))],
    ids=["drafts", "draft tokens", "accepted", "a position"],
)
def test_a_count_that_has_fallen_is_never_a_negative_difference(after: SpecDecode) -> None:
    with pytest.raises(ValueError, match="fallen"):
        _ = after - SpecDecode(10, 10, 5, (5,))


@pytest.mark.parametrize(
    ("drafts", "accepted", "floor", "verdict"),
    [
        pytest.param(1000, 800, 1.6, GateVerdict.PASS, id="above the floor"),
        pytest.param(1000, 600, 1.6, GateVerdict.PASS, id="at the floor"),
        pytest.param(1000, 599, 1.6, GateVerdict.FAIL, id="below the floor"),
        pytest.param(999, 100, 1.6, GateVerdict.INCONCLUSIVE, id="too few drafts for a floor"),
        pytest.param(999, 900, 1.6, GateVerdict.INCONCLUSIVE, id="too few to pass one too"),
        pytest.param(100, 60, None, GateVerdict.PASS, id="enough drafts where there is no floor"),
        pytest.param(99, 60, None, GateVerdict.INCONCLUSIVE, id="too few drafts at all"),
        pytest.param(100, 0, None, GateVerdict.FAIL, id="none accepted"),
        pytest.param(100, 0, 1.6, GateVerdict.FAIL, id="none accepted needs no 1,000 drafts"),
        pytest.param(99, 0, None, GateVerdict.INCONCLUSIVE, id="none accepted of too few"),
        pytest.param(1000, 4, None, GateVerdict.FAIL, id="1.00 as engines print it"),
        pytest.param(1000, 5, None, GateVerdict.PASS, id="1.005"),
    ],
)
def test_the_length_decides(drafts: int, accepted: int, floor: float | None, verdict: GateVerdict) -> None:
    assert gate(counted(drafts, accepted), floor=floor).verdict is verdict


@pytest.mark.parametrize(
    ("replies", "verdict"), [(10, GateVerdict.FAIL), (9, GateVerdict.INCONCLUSIVE), (0, GateVerdict.INCONCLUSIVE)]
)
def test_a_server_that_drafts_nothing_fails_once_there_are_replies(replies: int, verdict: GateVerdict) -> None:
    result = gate(counted(0, 0, replies=replies), floor=None)

    assert result.verdict is verdict
    assert "nothing was drafted" in result.headline


def test_with_requests_of_others_no_length_is_this_runs() -> None:
    for accepted in (100, 900):
        result = gate(counted(1000, accepted, foreign=3))

        assert result.verdict is GateVerdict.INCONCLUSIVE
        assert "at least 3 requests of others" in result.headline


def test_nothing_accepted_of_everybodys_drafts_is_nothing_of_this_runs() -> None:
    assert gate(counted(1000, 0, foreign=3)).verdict is GateVerdict.FAIL
    assert gate(counted(0, 0, foreign=3)).verdict is GateVerdict.FAIL


def test_that_nobody_counts_requests_is_said_and_decides_nothing() -> None:
    result = gate(counted(1000, 900, foreign=None))

    assert result.verdict is GateVerdict.PASS
    assert any("whether others used it meanwhile is not known" in detail for detail in result.details)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (
            counted(1000, 900, drafted=3000),
            "3.00 tokens at a time where the profile says 1: correct speculation.tokens",
        ),
        (counted(1000, 900, drafted=800), "contradict one another"),
    ],
)
def test_counters_that_do_not_fit_the_profile_decide_nothing(found: Acceptance, told: str) -> None:
    result = gate(found)

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert told in result.headline


def test_drafts_cut_short_at_the_end_of_a_reply_are_in_order() -> None:
    assert gate(counted(1000, 2000, drafted=2900), tokens=3, floor=2.5).verdict is GateVerdict.PASS


def test_what_could_not_be_counted_says_why() -> None:
    result = gate(NotCounted("http://h/metrics is not there"))

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert result.headline == "INCONCLUSIVE: acceptance length unknown: http://h/metrics is not there"


def test_a_verdict_shows_what_it_rests_on() -> None:
    result = gate(Acceptance(SpecDecode(2000, 2000, 1500, (1500,)), 44, 0))

    assert result.headline == "PASS: acceptance length 1.75, 1500 tokens accepted of 2000 drafts, floor 1.6"
    assert result.details == (
        "hypothesis: MTP drafts are accepted, so that a step gives 1.6 or more tokens",
        "floor: 1.6",
        "estimate: 1.750 tokens a step, of at most 2",
        "acceptance rate: 75.0 % of 2000 drafted tokens",
        "interval: 1.730 to 1.769 were drafts independent (Clopper-Pearson, two-sided 95 %), shown and not used: "
        "within a reply they are not, so the true one is wider",
        "n: 2000 drafts, 44 replies",
        "this says nothing about quality: every draft is checked by the model itself",
    )


def test_several_tokens_a_draft_have_a_share_for_each_position_and_no_interval() -> None:
    details = gate(Acceptance(SpecDecode(1000, 3000, 1500, (800, 500, 200)), 44, 0), tokens=3, floor=None).details

    assert "by position: 80.0 %, 50.0 %, 20.0 % of the drafts" in details
    assert not any(detail.startswith("interval") for detail in details)


def test_a_fail_names_causes_and_what_to_do() -> None:
    details = "\n".join(gate(counted(1000, 0)).details)

    assert "known causes: the checkpoint lacks the MTP layer or its shared_head.head" in details
    assert "to do: look in the server's log for weights that were not loaded" in details
    assert "known causes" not in "\n".join(gate(counted(1000, 900)).details)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("EAGLE-3", "the weights that draft were made for another model"), ("n-gram", "repeat too little")],
)
def test_the_causes_are_those_of_what_drafts(kind: str, cause: str) -> None:
    result = gate_acceptance(counted(1000, 0), tokens=1, floor=None, kind=kind)

    assert f"hypothesis: {kind} drafts are accepted" in result.details[0]
    assert cause in "\n".join(result.details)
    assert "MTP" not in "\n".join(result.details)
    assert result.figures["kind"] == kind


def test_every_verdict_says_that_quality_is_another_matter() -> None:
    for found in (counted(1000, 900), counted(1000, 0), counted(10, 5), counted(0, 0), NotCounted("x")):
        assert gate(found).details[-1].startswith("this says nothing about quality")


def test_programs_read_the_figures_as_json() -> None:
    figures = json.loads(json.dumps(gate(counted(1000, 750)).figures))

    assert (figures["gate"], figures["acceptance_length"], figures["acceptance_percent"]) == ("acceptance", 1.75, 75)
    assert (figures["drafts"], figures["accepted_tokens"], figures["replies"]) == (1000, 750, 32)
    assert json.loads(json.dumps(gate(counted(0, 0)).figures))["acceptance_length"] is None


@pytest.mark.parametrize(("tokens", "floor"), [(0, None), (1, 0.9), (1, 2.1)])
def test_a_floor_that_no_draft_can_reach_is_an_error(tokens: int, floor: float | None) -> None:
    with pytest.raises(ValueError, match="no floor"):
        gate(counted(1000, 900), tokens=tokens, floor=floor)


@pytest.mark.parametrize(("reference", "floor"), [(1.8, 1.71), (2.8, 2.66), (1.02, 1.0), (1.0, 1.0)])
def test_a_length_measured_before_is_a_floor_of_95_hundredths(reference: float, floor: float) -> None:
    assert floor_from(reference) == pytest.approx(floor)
    assert (
        gate_acceptance(counted(1000, 1), tokens=2, floor=floor_from(reference)).verdict is GateVerdict.FAIL
    )  # 1.001, and the floor is taken


@pytest.mark.parametrize("reference", [0.95, 0.0, float("nan")])
def test_what_is_no_length_is_no_reference(reference: float) -> None:
    with pytest.raises(ValueError, match="no acceptance length"):
        floor_from(reference)
