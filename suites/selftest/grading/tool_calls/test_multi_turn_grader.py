"""The calls of a conversation are made beside the accepted ones, and the world that they leave decides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servecheck.errors import SandboxError
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import Exchange, Reply, ToolCall, Transcript
from servecheck.grading.tool_calls import multi_turn_grader
from servecheck.grading.tool_calls.multi_turn_grader import MultiTurnGrader
from servecheck.problems.bfcl_multi_turn import MULTI_TURN, STARTER_APIS
from servecheck.profiles.schema import Profile
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.simulated_apis.simulation import Ended, simulated

from suites.selftest.dialogue_problems import BORROWED, conversation, dialogue
from suites.selftest.records import record
from suites.selftest.tool_problems import said

ASKED = dialogue([BORROWED], ["list_books()"])
RIGHT = conversation([[BORROWED]], [["list_books()"]])


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield Bench(Profile(name="p", model="m"), "0" * 64, lambda: sandbox)


def test_calls_that_leave_the_world_as_it_is_to_be_solve_it(bench: Bench) -> None:
    verdict = MultiTurnGrader().grade(ASKED, RIGHT, bench)

    assert verdict.solved
    assert verdict.answer == "borrow(title='Emma', reader='Anna')\nlist_books()"


@pytest.mark.parametrize(
    ("held", "kind"),
    [
        (conversation([["borrow(title='Emma', reader='Ben')"]], [["list_books()"]]), "wrong_state"),
        (conversation([[BORROWED]], []), "no_call"),
        (conversation([[BORROWED]], [["add_copies(title='Emma', count=0)"]]), "missing_result"),
        (Transcript(conversation([[BORROWED]]).exchanges[:2], "turn limit"), "force_terminated"),
    ],
)
def test_what_went_wrong_has_a_kind(bench: Bench, held: Transcript, kind: str) -> None:
    verdict = MultiTurnGrader().grade(ASKED, held, bench)

    assert (verdict.score, verdict.kind) == (0.0, kind)
    assert verdict.reason


def test_a_model_s_call_that_was_ended_is_unsolved_and_an_accepted_one_is_an_error(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Ended("memory\x1b", 1)
    monkeypatch.setattr(
        multi_turn_grader,
        "simulated",
        lambda sandbox, scenario, turns: ended if len(turns[0]) == 2 else simulated(sandbox, scenario, turns),
    )
    held = conversation([[BORROWED, "list_books()"]], [])

    verdict = MultiTurnGrader().grade(ASKED, held, bench)

    assert (verdict.kind, verdict.reason) == ("call_ended", "list_books() was ended: memory\\x1b")
    with pytest.raises(SandboxError, match="the accepted calls of multi_turn_base_0 could not be made: memory"):
        MultiTurnGrader().grade(dialogue([BORROWED, BORROWED]), held, bench)


def test_calls_that_could_not_be_read_are_named_beside_the_reason(bench: Bench) -> None:
    unread = Exchange("0", said(ToolCall("borrow", '{"title": ')).reply)

    verdict = MultiTurnGrader().grade(ASKED, Transcript((unread, *conversation([]).exchanges), "answered"), bench)

    assert verdict.kind == "no_call"
    assert "; not made: the call of borrow has arguments that are no JSON" in verdict.reason


def test_a_conversation_that_has_outgrown_the_context_is_unsolved_and_told_as_that(bench: Bench) -> None:
    refused = Reply("answered HTTP 400: context length", None, "", "", None, RIGHT.reply.timings, "", form="failure")
    held = Transcript((*RIGHT.exchanges[:2], Exchange("0", refused)), "token limit")

    verdict = MultiTurnGrader().grade(ASKED, held, bench)

    assert (verdict.kind, verdict.faults) == ("context_full", ())
    assert verdict.reason == "turn 1 has outgrown the server's context: it answered HTTP 400: context length"


def test_figures_tell_categories_and_their_mean() -> None:
    ids = ["multi_turn_base_0", "multi_turn_miss_func_0", "multi_turn_miss_param_0", "multi_turn_long_context_0"]
    records = [record(task_id, solved=number > 0) for number, task_id in enumerate(ids)]

    every, some = MultiTurnGrader().figures(records), MultiTurnGrader().figures(records[:3])

    assert [(one.name, one.percent) for one in every] == [
        ("multi_turn_base", 0.0),
        ("multi_turn_miss_func", 100.0),
        ("multi_turn_miss_param", 100.0),
        ("multi_turn_long_context", 100.0),
        ("multi-turn", 75.0),
    ]
    assert (some[-1].percent, some[-1].words) == (None, "no case was asked of multi_turn_long_context")


def test_a_conversation_that_nothing_solves_is_told_apart() -> None:
    solved = {f"{category}_{number}": number != 4 for category in MULTI_TURN for number in (3, 4)}

    told = MultiTurnGrader().figures([record(task_id, solved=one) for task_id, one in solved.items()])[-1]

    assert (told.name, told.percent) == ("less those reported wrong", 100.0)
    assert told.words == "4 of 4; left out 4 whose answer is reported wrong, of which 0 are solved"


def test_it_needs_a_sandbox() -> None:
    assert MultiTurnGrader.needs == {"sandbox"}
    assert ASKED.scenario.apis == STARTER_APIS
