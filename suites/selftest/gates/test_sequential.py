"""A comparison ends as soon as it is decided, and errs no more often for being looked at."""

from __future__ import annotations

import numpy as np
import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.sequential import Look, asking_order, decision_at, planned_looks, sequential_line

N = 164
TASKS = [f"T/{number}" for number in range(N)]


def run(solved: int, lost: int = 0, won: int = 0, samples: int = 1) -> dict[str, tuple[int, int]]:
    """A run that solves the first problems, less the first of these, and some of the rest."""
    return {
        task_id: (samples, samples * ((lost <= number < solved) or solved <= number < solved + won))
        for number, task_id in enumerate(TASKS)
    }


def first_decision(
    now: dict[str, tuple[int, int]], before: dict[str, tuple[int, int]], margin: float
) -> tuple[Look, Decision]:
    """The look at which a comparison ends, and what it decides."""
    order = asking_order(TASKS)
    for look in planned_looks(N):
        now_there, before_there = (
            {task_id: run[task_id] for task_id in order[: look.problems]} for run in (now, before)
        )
        found = decision_at(look, now_there, before_there, against="A", margin=margin)
        if found is not None:
            return look, found
    raise AssertionError("the last look decides")


def ends(lost: int, margin: float = 5.0, samples: int = 1) -> tuple[int, GateVerdict]:
    look, found = first_decision(run(120, lost, samples=samples), run(120, samples=samples), margin)
    return look.problems, found.verdict


@pytest.mark.parametrize("samples", [1, 3])
def test_a_large_loss_ends_it_early(samples: int) -> None:
    assert ends(60, samples=samples) == (41, GateVerdict.FAIL)


@pytest.mark.parametrize("samples", [1, 3])
def test_where_nothing_is_lost_it_ends_before_the_last_problem(samples: int) -> None:
    problems, verdict = ends(0, margin=10, samples=samples)

    assert verdict is GateVerdict.PASS
    assert problems < N


def test_what_is_never_plain_is_inconclusive_after_the_last() -> None:
    assert ends(3, margin=2.0) == (N, GateVerdict.INCONCLUSIVE)


@pytest.mark.parametrize("samples", [1, 3])
def test_then_it_says_how_many_problems_would_decide(samples: int) -> None:
    _, found = first_decision(run(120, 3, samples=samples), run(120, samples=samples), 2.0)
    needed = int(found.headline.rpartition("; about ")[2].split()[0])

    assert found.headline.endswith(" problems that differ as these would decide")
    assert N < needed < 20 * N


def test_before_that_more_problems_are_asked() -> None:
    first = planned_looks(N)[0]
    asked = asking_order(TASKS)[: first.problems]
    now, before = ({task_id: one[task_id] for task_id in asked} for one in (run(120), run(120)))

    assert decision_at(first, now, before, against="A", margin=2.0) is None


def test_the_order_is_drawn_once_and_holds_every_problem() -> None:
    order = asking_order(TASKS)

    assert order == asking_order(TASKS) != TASKS
    assert sorted(order) == sorted(TASKS)


def test_what_is_spent_is_told() -> None:
    assert sequential_line(N) == (
        "may end after 41 (level 0.0082 %), 82 (level 0.53 %), 123 (level 2.1 %), 164 (level 4.2 %) of 164 problems, "
        "in an order drawn once"
    )
    _, found = first_decision(run(120, 60), run(120), 5.0)
    assert found.details[-1].startswith("looks: 4.9 % is spent in all, by O'Brien and Fleming's function")
    assert found.figures["look"] == 1
    assert len(found.figures["worse"]) > 10


def test_a_look_is_at_as_many_problems_as_it_says() -> None:
    with pytest.raises(ValueError, match="look 1 at 41 problems"):
        decision_at(planned_looks(N)[0], run(10), run(10), against="A", margin=5.0)


@pytest.mark.slow
@pytest.mark.parametrize("flips", [0.06, 0.2])
@pytest.mark.parametrize("n", [164, 541])
def test_it_errs_as_seldom_as_claimed(n: int, flips: float) -> None:
    margin, runs = 5.0, 4000
    looks, random = planned_looks(n), np.random.default_rng(n)
    assert claimed(looks, random, flips / 2, flips / 2, margin, runs)["proven"] <= 0.055
    loss = margin / 100
    lost, won = max(loss, (flips + loss) / 2), max(0.0, (flips - loss) / 2)
    assert claimed(looks, random, lost, won, margin, runs)["passed"] <= 0.055


def claimed(looks, random, lost: float, won: float, margin: float, runs: int) -> dict[str, float]:
    """How often a loss is proven and the run PASSes, of runs whose problems flip with these chances."""
    from servecheck.stats.paired import loss_bound, mcnemar_mid_p

    found = {"proven": 0, "passed": 0}
    before, steps = 0, []
    for look in looks:
        steps.append(look.problems - before)
        before = look.problems
    for _ in range(runs):
        b = c = 0
        for look, step in zip(looks, steps, strict=True):
            newly = random.multinomial(step, [lost, won, 1 - lost - won])
            b, c = b + int(newly[0]), c + int(newly[1])
            proven = mcnemar_mid_p(b, c) < look.level
            passed = 100 * loss_bound(b, c, look.problems, 1 - look.level) > -margin
            if proven or passed:
                found["proven"] += proven
                found["passed"] += passed
                break
    return {name: count / runs for name, count in found.items()}
