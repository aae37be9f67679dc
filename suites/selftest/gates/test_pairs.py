"""One run or several are held to an earlier one by the gate that their numbers of samples ask for."""

from __future__ import annotations

import pytest
from servecheck.gates.decision import GateVerdict
from servecheck.gates.paired import gate_paired, paired_decision_counts, paired_p
from servecheck.gates.pairs import gate_family, gate_pairs, most_samples, pairs_decision_line
from servecheck.gates.samples_paired import gate_samples_pairs, samples_p, samples_pairs_decision_line
from servecheck.stats.holm import holm

TASKS = [f"T/{number}" for number in range(60)]


def once(lost: int) -> dict[str, tuple[int, int]]:
    """One sample of each problem, the first ones unsolved."""
    return {task_id: (1, int(place >= lost)) for place, task_id in enumerate(TASKS)}


def thrice(lost: int) -> dict[str, tuple[int, int]]:
    return {task_id: (3, 3 * solved) for task_id, (_, solved) in once(lost).items()}


def solved(run: dict[str, tuple[int, int]]) -> dict[str, bool]:
    return {task_id: bool(count) for task_id, (_, count) in run.items()}


@pytest.mark.parametrize("lost", [0, 3, 20])
def test_one_run_stands_alone(lost: int):
    assert gate_pairs(once(lost), once(0), against="b", margin=5.0) == gate_paired(
        solved(once(lost)), solved(once(0)), against="b", margin=5.0
    )
    assert gate_pairs(thrice(lost), thrice(0), against="b", margin=5.0) == gate_samples_pairs(
        thrice(lost), thrice(0), against="b", margin=5.0
    )


def test_several_runs_are_a_family_each_with_its_own_margin():
    before, runs = once(0), [(once(7), 5.0), (once(20), 10.0)]

    adjusted = holm([paired_p(solved(now), solved(before)) for now, _ in runs])

    assert gate_family(runs, before, against="b") == [
        gate_paired(solved(now), solved(before), against="b", margin=margin, adjusted_p=p, comparisons=2)
        for (now, margin), p in zip(runs, adjusted, strict=True)
    ]


def test_a_loss_that_fails_alone_may_not_fail_among_many():
    alone = gate_family([(once(5), 5.0)], once(0), against="b")
    among_many = gate_family([(once(5), 5.0), *[(once(0), 5.0)] * 9], once(0), against="b")

    assert (alone[0].verdict, among_many[0].verdict) == (GateVerdict.FAIL, GateVerdict.INCONCLUSIVE)


def test_one_run_of_several_samples_makes_a_family_of_such():
    runs = [(once(7), 5.0), (thrice(20), 5.0)]

    adjusted = holm([samples_p(now, thrice(0)) for now, _ in runs])

    assert gate_family(runs, thrice(0), against="b") == [
        gate_samples_pairs(now, thrice(0), against="b", margin=5.0, adjusted_p=p, comparisons=2)
        for (now, _), p in zip(runs, adjusted, strict=True)
    ]


def test_of_several_comparisons_it_takes_more_to_fail_and_of_unlike_samples_they_have_to_agree():
    assert pairs_decision_line(44, 10.0, 1, 1, comparisons=3) == str(paired_decision_counts(44, 10.0, 3))
    assert pairs_decision_line(44, 10.0, 2, 2, comparisons=3) == samples_pairs_decision_line(44, 10.0, 3)
    assert (
        pairs_decision_line(44, 10.0, 2, 1)
        == f"{samples_pairs_decision_line(44, 10.0)}, where the samples of a problem agree"
    )


def test_where_every_run_was_refused_there_is_no_family():
    assert gate_family([], {}, against="b") == []


def test_the_most_samples_of_a_problem_count():
    assert most_samples({"a": (1, 0), "b": (4, 2)}) == 4
