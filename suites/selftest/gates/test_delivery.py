"""The gate on delivery: what repeats fails, what nobody could see is not passed, and what is the model's is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.delivery import OnDelivery, is_faulty
from servecheck.gates.measured import CaseTally, Measured, Tallied
from servecheck.gates.registry import decided, rows


def case(name: str, kind: str = "solved", **tally: int) -> CaseTally:
    told = {"asked": 1, "faults": 0, "requests": 2, **tally}
    return CaseTally(task_id=name, solved=kind == "solved", kind=kind, tally=told)


SOUND = [case(f"echo/{number}") for number in range(95)]


def gate(*cases: CaseTally, sound: Sequence[CaseTally] = SOUND) -> Decision:
    found = OnDelivery().decide(Measured(tallied=Tallied(cases=[*sound, *cases])))
    assert found is not None
    return found


def test_it_decides_nothing_of_a_suite_that_is_held_to_scores() -> None:
    assert OnDelivery().decide(Measured()) is None


def test_without_a_fault_it_passes() -> None:
    found = gate()

    assert found.headline == "PASS: the server is at fault in none of 95 cases"
    assert "rate: arguments that are no JSON: 0 of 190 requests (0.0 %, 95 %: 0.0 to 1.9)" in found.details


@pytest.mark.parametrize(
    ("asked", "faults", "faulty"),
    [(1, 0, False), (6, 0, False), (1, 1, True), (2, 1, True), (6, 1, False), (6, 2, True)],
)
def test_a_fault_counts_where_it_repeats_or_99_percent_are_excluded(asked: int, faults: int, faulty: bool) -> None:
    assert is_faulty(case("x", asked=asked, faults=faults)) is faulty


def test_one_case_fails_it_and_stands_in_its_headline() -> None:
    found = gate(
        case("count/two", "parser_fault", asked=6, faults=6), case("tools/1", "stream_fault", asked=6, faults=3)
    )

    assert found.verdict is GateVerdict.FAIL
    assert found.rest == "the server is at fault in 2 of 97 cases (1 parser fault, 1 stream fault)"
    assert found.figures["faulty"] == ["count/two", "tools/1"]  # type: ignore[typeddict-item]
    assert "at fault: count/two, tools/1" in found.details


def test_one_that_did_not_repeat_is_told_and_fails_nothing() -> None:
    found = gate(case("count/two", "stream_fault", asked=6, faults=1))

    assert found.headline == "PASS: the server is at fault in none of 96 cases; 1 with a fault that did not repeat"


def test_a_little_below_the_text_is_told_and_fails_nothing() -> None:
    found = gate(case("echo/below", "below_the_text", below=1))

    assert found.verdict is GateVerdict.PASS
    assert found.headline.endswith("; 1 below the text (model, weights, cache or drafts)")


@pytest.mark.parametrize("key", ["below", "uncalled"])
def test_much_that_is_not_what_the_model_writes_or_has_no_call_is_not_passed(key: str) -> None:
    kind = "below_the_text" if key == "below" else "solved"
    found = gate(*[case(f"echo/{key}-{n}", kind, **{key: 1}) for n in range(6)])

    assert found.verdict is GateVerdict.INCONCLUSIVE
    assert "6 of 101 cases could not be decided: " in found.headline


def test_a_model_that_never_calls_passes_nothing_and_is_told_what_to_look_at() -> None:
    found = gate(*[case(f"echo/{number}", uncalled=1) for number in range(95)], sound=[])

    assert found.headline == (
        "INCONCLUSIVE: 95 of 95 cases could not be decided, among them all of echo: see whether the served chat "
        "template shows the model its tools; 95 in which the model makes no call"
    )


@pytest.mark.parametrize(("kind", "tally"), [("parser_fault", {"below": 1}), ("not_decidable", {}), ("", {"asked": 1})])
def test_a_case_whose_tally_does_not_say_why_it_is_not_delivered_is_not_passed(
    kind: str, tally: dict[str, int]
) -> None:
    found = gate(CaseTally(task_id="echo/edited", solved=False, kind=kind, tally=tally))

    assert found.verdict is GateVerdict.INVALID
    assert "echo/edited" in found.headline


@pytest.mark.parametrize(("undecided", "verdict"), [(4, GateVerdict.PASS), (6, GateVerdict.INCONCLUSIVE)])
def test_what_could_not_be_decided_is_not_passed(undecided: int, verdict: GateVerdict) -> None:
    assert gate(*[case(f"echo/open-{n}", "not_decidable", open=1) for n in range(undecided)]).verdict is verdict


def test_a_group_that_nobody_could_see_is_not_passed() -> None:
    found = gate(case("choice/named", "not_decidable", open=1))

    assert found.verdict is GateVerdict.INCONCLUSIVE
    assert "among them all of choice" in found.headline


def test_prompts_beyond_the_context_count_on_neither_side() -> None:
    found = gate(case("depth/64k", "not_decidable", open=1, beyond_context=1))

    assert found.verdict is GateVerdict.PASS
    assert "longer than the server's context: depth/64k" in found.details


def test_cases_whose_text_follows_the_published_prompt_are_told() -> None:
    found = gate(case("echo/x", by_published=1), case("echo/y", by_published=1))

    assert "2 cases by the published template's prompt: the server's own did not come" in found.details


def test_cases_whose_prompt_was_held_to_no_template_are_told() -> None:
    found = gate(case("echo/x", unheld=1))

    assert "1 case not held to the published template: the server says their prompts in tokens alone" in found.details


def test_cases_of_an_api_that_the_server_lacks_are_left_out_and_said() -> None:
    found = gate(*[case(f"messages/{n}", "not_decidable", open=1, no_api=1) for n in range(30)])

    assert found.headline == "PASS: the server is at fault in none of 95 cases"
    assert found.figures["n"] == 125  # verdicts, which a stored run's gate is held to
    assert any(detail.startswith("n: 95 cases, ") for detail in found.details)
    assert found.figures["requests"] == 190  # type: ignore[typeddict-item]
    assert "left out: 30 cases of messages, which the server does not have" in found.details


def test_an_api_that_answers_once_is_there() -> None:
    lacking = [case(f"messages/{n}", "not_decidable", open=1, no_api=1) for n in range(30)]

    found = gate(*lacking, case("messages/30"))

    assert found.verdict is GateVerdict.INCONCLUSIVE
    assert found.figures["n"] == 126


def test_a_fault_goes_before_what_could_not_be_decided() -> None:
    open_ones = [case(f"echo/open-{n}", "not_decidable", open=1) for n in range(90)]

    assert gate(*open_ones, case("tools/1", "parser_fault", faults=1)).verdict is GateVerdict.FAIL


def test_where_cases_are_missing_that_is_decided() -> None:
    missing = Decision(GateVerdict.INVALID, "INVALID: 3 of 98 missing")

    assert decided(Measured(tallied=Tallied(cases=SOUND, undecided=missing))) == {"delivery": missing}


def test_it_is_the_only_gate_of_its_suite_and_every_report_draws_it() -> None:
    found = decided(Measured(tallied=Tallied(cases=SOUND)))

    assert list(found) == ["delivery"]
    [row] = rows(found)
    assert row.decision.verdict is GateVerdict.PASS


@pytest.mark.parametrize("tally", [{}, {"asked": 0}, {"asked": 1, "faults": 3}, {"requests": 0, "finish": 5}])
def test_odd_tallies_of_a_stored_run_break_nothing(tally: dict[str, Any]) -> None:
    odd = CaseTally(task_id="x/y", solved=False, kind="", tally=tally)

    assert isinstance(gate(odd), Decision)
