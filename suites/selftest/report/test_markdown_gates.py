"""A gate's verdict stands in bold and once, a proven loss with it."""

from __future__ import annotations

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.paired import gate_paired
from servecheck.report.markdown_gates import gate_details, verdict_line


@pytest.mark.parametrize("verdict", list(GateVerdict))
def test_a_verdict_stands_in_bold_and_once(verdict: GateVerdict) -> None:
    headline = f"{'not gated' if verdict is GateVerdict.NOT_GATED else verdict}: because"

    assert verdict_line("g", Decision(verdict, headline)) == f"**{verdict}** `g` `because`\n"


def test_what_it_rests_on_is_folded_away() -> None:
    passed = Decision(GateVerdict.PASS, "PASS: 40 of 44 solved", ("margin: 5 points", "n: 44 problems"))

    (block,) = gate_details(passed)
    assert block.split("\n\n") == [
        "<details><summary>what PASS rests on</summary>",
        "```text\nmargin: 5 points\nn: 44 problems\n```",
        "</details>\n",
    ]
    assert list(gate_details(Decision(GateVerdict.PASS, "PASS: said"))) == []


def test_a_proven_loss_stands_wherever_the_verdict_does() -> None:
    before = {f"T/{number}": True for number in range(44)}
    lost = gate_paired({task_id: task_id > "T/12" for task_id in before}, before, against="the run of May", margin=90)
    told = lost.told

    lines = [verdict_line("humaneval-paired[p]", lost), *gate_details(lost)]

    assert told.startswith("PASS, loss proven (")
    assert lines[0].startswith(f"**{told}** `humaneval-paired[p]` `")
    assert lines[0].count("loss proven") == 1
    assert any(f"<summary>what {told} rests on</summary>" in line for line in lines)
