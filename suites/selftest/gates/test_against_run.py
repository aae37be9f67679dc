"""Runs that are held to one are decided together, and why one cannot be held is said in its place."""

from __future__ import annotations

from servecheck.gates.against_run import AgainstRun
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.measured import Asked, CaseTally, Compared, Measured, Tallied
from servecheck.gates.pairs import gate_family, held, pairs_decision_line

TASKS = [f"T/{number}" for number in range(60)]
GATE = AgainstRun()


def lost(count: int) -> dict[str, tuple[int, int]]:
    return {task_id: (1, int(place >= count)) for place, task_id in enumerate(TASKS)}


def test_each_run_is_decided_beside_the_others() -> None:
    runs = [(lost(5), 5.0), *[(lost(0), 5.0)] * 9]

    found = [GATE.decide(Measured(held_to=one)) for one in held(runs, lost(0), against="b")]

    assert found == gate_family(runs, lost(0), against="b")
    assert found[0].verdict is GateVerdict.INCONCLUSIVE  # alone, it FAILs


def test_a_run_that_cannot_be_held_is_not_gated_and_one_that_is_not_to_be_has_no_gate() -> None:
    assert GATE.decide(Measured(held_to="it asked others")) == Decision(
        GateVerdict.NOT_GATED, "not gated: it asked others"
    )
    assert GATE.decide(Measured(samples=lost(0))) is None


def test_the_counts_are_told_before_where_there_is_a_run_to_be_compared_with() -> None:
    compared = Compared(against="May", samples=1, comparisons=3)

    assert list(GATE.announce(Asked(task_ids=TASKS, margin=5.0, compared=compared))) == [
        f"compared with May, margin 5 points, {pairs_decision_line(60, 5.0, 1, 1, 3)}"
    ]
    assert list(GATE.announce(Asked(task_ids=TASKS, margin=5.0))) == []


def test_a_table_names_the_baseline_and_its_legend_tells_which_one() -> None:
    row = GATE.row(Decision(GateVerdict.FAIL, "FAIL: x", (), {"against": "May"}))

    assert (row.reference, row.legend) == ("baseline", (("baseline", "May"),))


def test_a_suite_with_a_gate_of_its_own_has_that_ones_verdict_whatever_the_other_run_was():
    told = {"asked": 1, "faults": 0, "requests": 2}
    cases = [CaseTally(task_id=f"a/{n}", solved=True, kind="solved", tally=told) for n in range(9)]
    broken = CaseTally(task_id="a/9", solved=False, kind="parser_fault", tally={**told, "faults": 1})
    now = {**{one.task_id: (1, 1) for one in cases}, "a/9": (1, 0)}
    [pairs] = held([(now, 50.0)], dict.fromkeys(now, (1, 1)), against="last month's")

    found = GATE.decide(Measured(held_to=pairs, tallied=Tallied(cases=[*cases, broken])))

    assert pairs.decision.verdict is GateVerdict.PASS
    assert found is not None
    assert found.headline == (
        "FAIL: the server is at fault in 1 of 10 cases (1 parser fault); 1 newly failing, 0 newly solved against last "
        "month's"
    )
    assert found.figures["newly_failing"] == ["a/9"]
    assert GATE.row(found).reference == "baseline"
