"""A broken server FAILs, a changed one is to be benchmarked, the same one PASSes, and what was not read is INVALID."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from servecheck.gates.compared_fingerprint import (
    ComparedFingerprint,
    FingerprintCell,
    NotComparable,
    NotRecorded,
    ReadHow,
    Sameness,
)
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.fingerprint import OnFingerprint, named_size
from servecheck.gates.measured import Measured
from servecheck.gates.registry import decided

CELL = FingerprintCell(
    how=ReadHow.SCORED,
    condition="idle",
    prompts=60,
    is_judged=True,
    nats=0.012,
    nats_limit=0.1,
    agreement=0.99,
    agreement_limit=0.84,
    p=0.4,
    sameness=Sameness.SAME,
)
CHANGED = replace(CELL, depths=(2048,), nats=0.31, p=0.001, sameness=Sameness.CHANGED)
BROKEN = replace(CELL, how=ReadHow.GENERATED, condition="loaded", agreement=0.4, p=0.0002, sameness=Sameness.BROKEN)
SAME = ComparedFingerprint(against="the run accepted in May", prompts=60, cells=(CELL,), method="prompt_logprobs")


def decision(found: ComparedFingerprint | NotRecorded | NotComparable) -> Decision:
    (decision,) = decided(Measured(fingerprint=found)).values()
    return decision


def test_the_same_server_passes_with_its_size():
    found = decision(SAME)

    assert found.verdict is GateVerdict.PASS
    assert found.headline == "PASS: the same as the run accepted in May at 60 prompts, 0.012 nats apart at most"
    assert "same: scored idle: 0.012 nats (floor 0.100), agrees to 99.0 % (least 84.0 %), 60 prompts, p 0.4000" in (
        found.details
    )


def test_a_changed_one_is_inconclusive_and_its_size_stands_beside_named_changes():
    found = decision(replace(SAME, cells=(CELL, CHANGED), causes=("badly at depth 2048",)))

    assert found.verdict is GateVerdict.INCONCLUSIVE
    assert found.headline == (
        "INCONCLUSIVE: changed against the run accepted in May: run a benchmark, by 0.310 nats (scored idle, depth "
        "2048), which is between KV cache in 8 bits (0.106) and KV cache in 4 bits (0.403); badly at depth 2048"
    )


def test_a_broken_one_fails_with_the_cell_and_the_cause():
    found = decision(replace(SAME, cells=(CELL, CHANGED, BROKEN), causes=("batching",)))

    assert found.verdict is GateVerdict.FAIL
    assert found.headline == (
        "FAIL: broken against the run accepted in May: agrees to 40.0 % (least 84.0 %) (generated loaded); batching"
    )


def test_of_many_cells_that_broke_the_worst_are_told_and_the_others_counted():
    broken = [replace(BROKEN, kind="code", depths=(depth,), agreement=0.7 - depth / 100) for depth in range(40)]
    found = decision(replace(SAME, cells=(CELL, CHANGED, *broken)))

    told = [line for line in found.details if line.startswith(("same", "changed", "broken", "and"))]
    assert [line.partition(", code:")[0] for line in told] == [
        "broken: generated loaded, depth 39",
        "broken: generated loaded, depth 38",
        "broken: generated loaded, depth 37",
        "and 38 more of 42 judged cells are not the same: the reports have them all",
    ]
    assert len(found.figures["cells"]) == 42


def test_a_lost_switch_fails():
    found = decision(replace(SAME, lost_switches=("top_p",)))

    assert found.verdict is GateVerdict.FAIL
    assert found.headline.endswith(": top_p had an effect and has none now")


def test_prompts_that_reach_the_model_otherwise_are_a_change_without_a_size():
    found = decision(replace(SAME, changed_prompts=("tools-16-1",), causes=("another chat template",)))

    assert found.headline == (
        "INCONCLUSIVE: changed against the run accepted in May: run a benchmark; another chat template"
    )


@pytest.mark.parametrize(
    ("lost", "verdict", "told"),
    [
        (("a-16-1",), GateVerdict.PASS, "a-16-1, which alone decides nothing"),
        (("a-16-1", "b-16-1"), GateVerdict.INCONCLUSIVE, "a-16-1, b-16-1"),
    ],
)
def test_two_lost_prompts_are_a_change_and_one_is_told(lost, verdict, told):
    found = decision(replace(SAME, lost_prompts=lost))

    assert found.verdict is verdict
    assert f"held as if behind another prompt, idle and loaded: {told}" in found.details
    assert found.figures["lost_prompts"] == [*lost]


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [((CELL,), GateVerdict.INVALID), ((CHANGED,), GateVerdict.INVALID), ((BROKEN,), GateVerdict.FAIL)],
)
def test_what_was_not_read_makes_it_invalid_unless_it_is_broken_already(cells, verdict):
    assert decision(replace(SAME, cells=cells, missing=("chat-16-1 (generated idle)",))).verdict is verdict


@pytest.mark.parametrize("lost", [(), ("chat-16-1", "code-16-1")])
def test_too_few_prompts_are_invalid_whatever_is_told_of_single_ones(lost):
    found = decision(replace(SAME, cells=(replace(CELL, is_judged=False),), prompts=4, lost_prompts=lost))

    assert found.headline == "INVALID: 4 prompts are too few to be judged"


def test_without_a_recorded_fingerprint_there_is_no_reference():
    found = decision(NotRecorded("record one with --record-reference"))

    assert (found.verdict, found.headline) == (
        GateVerdict.NO_REFERENCE,
        "NO REFERENCE: record one with --record-reference",
    )
    assert decision(NotComparable("another tokenizer")).verdict is GateVerdict.INVALID


@pytest.mark.parametrize(
    ("nats", "told"),
    [
        (0.05, "less than flash attention off (0.094)"),
        (0.1, "between flash attention off (0.094) and KV cache in 8 bits (0.106)"),
        (2.0, "more than KV cache in 4 bits (0.403)"),
    ],
)
def test_a_size_is_told_by_named_changes(nats, told):
    assert named_size(nats) == told


def test_its_figures_are_what_a_file_can_hold():
    texts = replace(BROKEN, nats=None, nats_limit=math.inf)
    found = decision(replace(SAME, cells=(CELL, texts)))

    assert json.loads(json.dumps(found.figures, allow_nan=False)) == found.figures


def test_a_recorded_fingerprint_is_not_replaced_by_another_model_unasked():
    gate = OnFingerprint()

    assert gate.doubt(decision(SAME)) == ""
    assert "run a benchmark" in gate.doubt(decision(replace(SAME, cells=(CHANGED,))))
    assert "agrees to 40.0 %" in gate.doubt(decision(replace(SAME, cells=(BROKEN,))))


def test_words_of_a_server_do_nothing_to_a_terminal():
    hostile = "\x1b[2J\u202eevil"
    found = decision(
        replace(
            SAME,
            against=hostile,
            lost_switches=(hostile,),
            lost_prompts=(hostile,),
            causes=(hostile,),
            notes=(hostile,),
            method=hostile,
        )
    )

    assert all(text.isprintable() for text in (found.headline, *found.details))
