"""What makes a run INVALID, in which order, and what is told of its server though it is no fault."""

from __future__ import annotations

import pytest
from servecheck.grading.faults import MODEL, Fault
from servecheck.grading.sent_parameters import SentParameters
from servecheck.grading.validity import (
    JudgedReply,
    RepliesSeen,
    invalid_reason,
    may_fail_by_the_rest,
    remarks,
    replies_seen,
)


def reason(n: int = 44, **faults: int) -> str:
    return invalid_reason(RepliesSeen(n, {Fault(name): count for name, count in faults.items()})) or ""


def test_a_run_with_no_fault_or_faults_of_the_model_alone_is_valid() -> None:
    assert invalid_reason(RepliesSeen(44)) is None
    assert invalid_reason(RepliesSeen(44, dict.fromkeys(MODEL, 44))) is None
    assert invalid_reason(RepliesSeen(0)) is None


@pytest.mark.parametrize(
    ("fault", "begins", "says"),
    [
        ("aborted", "INVALID: 1 of 44 replies were given up by the server", "see the server's log"),
        ("no_usage", "INVALID: 1 of 44 replies came without usage", "stream_options.include_usage"),
        ("limit_ignored", "INVALID: 1 of 44 replies are longer than the max_tokens that was sent", "honour max_tokens"),
        ("stop_ignored", "INVALID: 1 of 44 replies go on after one of the stops", "honour `stop`"),
    ],
)
def test_one_reply_that_was_not_made_as_it_was_asked_for_makes_a_run_invalid(
    fault: str, begins: str, says: str
) -> None:
    assert reason(**{fault: 1}).startswith(begins)
    assert says in reason(**{fault: 1})


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("switch_ignored", ("reason though thinking was switched off", "chat template or a flag ignores the switch")),
        ("unknown_end", ("that is no known end", "add the word to the profile's finish_reasons")),
        ("reasoning_budget", ("6 with reasoning that used up max_tokens", "raise max_tokens or turn thinking off")),
        ("reasoning_only", ("6 with reasoning alone", "check the server's reasoning parser")),
        ("tool_call", ("6 that came as tool calls", "--tool-call-parser")),
        ("empty", ("6 empty", "look at these replies in the run's generations folder and at the server's log")),
    ],
)
def test_what_may_befall_a_reply_makes_a_run_invalid_in_more_than_one_in_twenty(
    fault: str, says: tuple[str, ...]
) -> None:
    assert reason(100, **{fault: 5}) == ""
    assert reason(100, **{fault: 6}).startswith("INVALID: 6 of 100 replies")
    assert [words for words in says if words not in reason(100, **{fault: 6})] == []


def test_chosen_replies_are_not_held_to_shares() -> None:
    assert invalid_reason(RepliesSeen(3, {Fault.EMPTY: 1}), chosen=True) is None
    assert invalid_reason(RepliesSeen(3, {Fault.LIMIT_IGNORED: 1}), chosen=True) is not None


def test_a_switch_to_think_had_no_effect_where_not_one_reply_thinks() -> None:
    assert reason(44, no_reasoning=43) == ""
    assert reason(44, no_reasoning=44).startswith(
        "INVALID: none of 44 replies reasons though thinking was switched on in the request"
    )


@pytest.mark.parametrize(
    ("faults", "may_fail"),
    [
        ({"switch_ignored": 21}, True),
        ({"switch_ignored": 22}, False),
        ({"switch_ignored": 4, "truncated": 30}, True),
        ({"switch_ignored": 4, "empty": 3}, False),
        ({"switch_ignored": 4, "filtered": 3}, False),
        ({"switch_ignored": 4, "limit_ignored": 1}, False),
    ],
)
def test_where_some_replies_reason_and_nothing_else_is_wrong_the_rest_may_fail(
    faults: dict[str, int], may_fail: bool
) -> None:
    assert may_fail_by_the_rest(RepliesSeen(44, {Fault(name): n for name, n in faults.items()})) is may_fail


def test_the_causes_of_missing_answers_count_together_and_each_has_its_remedy() -> None:
    assert reason(44, empty=1, reasoning_budget=2, truncated=9) == (
        "INVALID: 3 of 44 replies have no answer (2 with reasoning that used up max_tokens, 1 empty), "
        "so the score says nothing about the model: raise max_tokens or turn thinking off; "
        "look at these replies in the run's generations folder and at the server's log"
    )


def test_a_budget_that_was_reasoned_away_though_thinking_was_off_has_both_causes() -> None:
    told = reason(44, switch_ignored=44, reasoning_budget=44)

    assert told.startswith("INVALID: 44 of 44 replies have no answer (44 with reasoning that used up max_tokens)")
    assert "thinking was switched off in the request, and 44 of them reason: the server's chat template" in told


def test_what_makes_one_reply_unfit_goes_before_the_rest_in_order() -> None:
    assert "given up" in reason(44, aborted=1, no_usage=44, limit_ignored=44)


def test_a_model_name_that_changes_makes_a_run_invalid() -> None:
    names = {"glm-4": 40, "glm-4-air\x1b[31m": 4}

    assert invalid_reason(RepliesSeen(44, models={"/models/glm.gguf": 44})) is None
    assert (invalid_reason(RepliesSeen(44, models=names)) or "").startswith(
        r"INVALID: the replies name 2 models (glm-4 (40), glm-4-air\x1b[31m (4)), so they are not of one"
    )


def test_replies_are_counted_by_fault_model_and_unknown_end() -> None:
    seen = replies_seen(
        [
            JudgedReply((), model="m", reasons=True),
            JudgedReply((Fault.UNKNOWN_END, Fault.NO_USAGE), "finished", "m"),
            JudgedReply((Fault.NO_USAGE,)),
            JudgedReply((Fault.REASONING_ONLY,), reasons=True),
        ]
    )

    assert (seen.n, seen.reasoning, seen.models) == (4, 1, {"m": 2})
    assert (seen.faults, seen.unknown_ends) == (
        {Fault.UNKNOWN_END: 1, Fault.NO_USAGE: 2, Fault.REASONING_ONLY: 1},
        {"finished": 1},
    )
    assert "(finished)" in (invalid_reason(RepliesSeen(1, {Fault.UNKNOWN_END: 1}, {}, seen.unknown_ends)) or "")


ASKED = SentParameters(model="glm-4")


def told(seen: RepliesSeen, sent: SentParameters = ASKED, *, thinking: bool | None = False) -> list[str]:
    return list(remarks(seen, sent, thinking=thinking))


def test_another_model_name_is_told_once() -> None:
    assert told(RepliesSeen(44, models={"/models/glm.gguf": 44})) == [
        "server: its replies name model /models/glm.gguf, asked for glm-4"
    ]
    assert told(RepliesSeen(44, models={"glm-4": 44})) == []
    assert told(RepliesSeen(44)) == []


def test_what_is_odd_about_how_replies_were_sent_is_told_once() -> None:
    odd = "sends its event streams as text/x\x1b, not as text/event-stream"
    seen = replies_seen([JudgedReply((), remarks=(odd,)), JudgedReply((), remarks=(odd,)), JudgedReply(())])

    assert told(seen) == [
        r"server: it sends its event streams as text/x\x1b, not as text/event-stream (2 of 3 replies)"
    ]


def test_reasoning_that_the_profile_does_not_say_is_told_where_no_switch_was_sent() -> None:
    assert told(RepliesSeen(44, reasoning=12)) == [
        "thinking: 12 of 44 replies reason, though the profile says thinking off; no switch was sent (the profile's "
        "thinking_switch)"
    ]
    assert [line.partition(",")[0] for line in told(RepliesSeen(44), thinking=True)] == [
        "thinking: none of 44 replies reasons"
    ]
    assert told(RepliesSeen(44, reasoning=12), SentParameters(thinking=False)) == []
    assert told(RepliesSeen(44, reasoning=12), thinking=True) == []


@pytest.mark.parametrize("reasoning", [0, 12])
def test_where_each_request_says_whether_to_think_nothing_of_it_is_odd(reasoning: int) -> None:
    assert told(RepliesSeen(44, reasoning=reasoning), thinking=None) == []


def test_what_a_content_filter_cut_off_is_not_counted_against_the_model() -> None:
    assert reason(filtered=14).startswith("INVALID: 14 of 44 replies were cut off by a content filter")
    assert reason(filtered=2) == ""


def test_of_replies_that_were_given_nothing_is_said_of_what_was_sent() -> None:
    seen = replies_seen([JudgedReply((), "given", reasons=True)] * 3)

    assert (seen.given, told(seen)) == (3, [])


def test_solutions_that_are_markdown_are_no_score_and_told_even_of_a_few() -> None:
    advice = "give them as replies, from which programs are taken (--replies-field FIELD:reply, such as solution:reply)"

    assert reason(markdown=44) == (
        f"INVALID: 44 of 44 solutions are Markdown and no program, which is a SyntaxError: {advice}"
    )
    assert invalid_reason(RepliesSeen(44, {Fault.MARKDOWN: 2})) is None
    (line,) = told(RepliesSeen(44, {Fault.MARKDOWN: 2}))
    assert line.startswith("replies: 2 of 44 solutions are Markdown")
