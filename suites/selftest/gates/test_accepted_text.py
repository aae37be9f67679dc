"""An accepted run tells whose a text is that is not right: the model's own, or this profile's."""

from __future__ import annotations

import pytest
from servecheck.gates.accepted_text import held_to_accepted, texts_compared
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.measured import CaseTally, Tallied

RIGHT, MISCOPIED, BELOW, OPEN = {"copied": 1}, {"miscopied": 1}, {"copied": 1, "below": 1}, {"open": 1}


def run(**other: dict[str, int]) -> Tallied:
    """Sixty cases that are right, but for those that are named otherwise."""
    told = {**{f"n{number}": RIGHT for number in range(60)}, **other}
    return Tallied(
        cases=[
            CaseTally(
                task_id=f"echo/{name}",
                solved="below" not in tally and "open" not in tally,
                kind="below_the_text" if "below" in tally else "not_decidable" if "open" in tally else "solved",
                tally={"asked": 1, "faults": 0, "requests": 2, **tally},
            )
            for name, tally in told.items()
        ]
    )


def some(count: int, tally: dict[str, int], first: int = 0) -> dict[str, dict[str, int]]:
    return {f"n{number}": tally for number in range(first, first + count)}


def held(now: Tallied, before: Tallied) -> Decision:
    return held_to_accepted(now, before, {"against": "last month's"})


def test_texts_are_told_apart_by_what_the_accepted_run_wrote() -> None:
    found = texts_compared(run(n0=MISCOPIED, n1=BELOW, n2=BELOW, n4=OPEN), run(n1=BELOW, n3=MISCOPIED, n4=MISCOPIED))

    assert (found.lost, found.won, found.both) == (["echo/n0", "echo/n2"], ["echo/n3"], ["echo/n1"])


@pytest.mark.parametrize("wrong", [MISCOPIED, BELOW])
@pytest.mark.parametrize(("count", "verdict"), [(3, GateVerdict.PASS), (4, GateVerdict.FAIL)])
def test_texts_that_are_lost_beyond_chance_are_this_profiles(
    wrong: dict[str, int], count: int, verdict: GateVerdict
) -> None:
    found = held(run(**some(count, wrong)), run())

    assert found.verdict is verdict
    assert found.headline.startswith(f"{verdict}: ")
    assert f"{count} texts lost, 0 won against last month's" in found.headline
    assert any(one.startswith("this profile's, right in last month's (its weights, cache") for one in found.details)


def test_what_is_wrong_in_both_is_the_models_own_and_leaves_nothing_undecided() -> None:
    now = run(**some(20, BELOW))

    assert held(now, run()).verdict is GateVerdict.FAIL
    assert held(now, now).verdict is GateVerdict.PASS
    assert any("the model's own, wrong in last month's too: echo/n0" in one for one in held(now, now).details)


def test_as_many_won_as_lost_are_chance() -> None:
    found = held(run(**some(5, MISCOPIED)), run(**some(5, MISCOPIED, first=10)))

    assert found.verdict is GateVerdict.PASS


def test_a_fault_of_the_server_goes_before() -> None:
    broken = CaseTally(task_id="echo/x", solved=False, kind="parser_fault", tally={"asked": 6, "faults": 6})
    now = Tallied(cases=[*run(**some(9, MISCOPIED)).cases, broken])

    found = held(now, run())

    assert found.headline.startswith("FAIL: the server is at fault in 1 of 61 cases")
