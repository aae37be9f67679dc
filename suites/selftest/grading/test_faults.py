"""Each fault of a reply is told from the others, and from honest replies that look like it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.generation.given_replies import GivenReply
from servecheck.grading.faults import (
    Fault,
    fault_counts,
    faults_as_read,
    faults_of,
    is_loop,
)
from servecheck.grading.sent_parameters import SentParameters

LIMIT = 768
SENT = SentParameters(max_tokens=LIMIT)
PROGRAM = "```python\ndef add(a, b):\n    return a + b\n```\n"
HONEST = Reply(
    content=PROGRAM,
    reasoning=None,
    finish_reason="stop",
    model="m",
    usage=Usage(prompt_tokens=100, completion_tokens=20),
    timings=Timings(dispatched_at=0.0, first_token_s=0.1, end_s=1.0),
    request_sha256="",
)
CUT = replace(HONEST, finish_reason="length", usage=Usage(100, LIMIT))


def faults(reply: Reply) -> tuple[str, ...]:
    return tuple(map(str, faults_of(reply, SENT)))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(HONEST, (), id="honest"),
        pytest.param(replace(HONEST, reasoning="Let me think."), (), id="honest after reasoning"),
        pytest.param(replace(HONEST, usage=None), ("no_usage",), id="without usage"),
        pytest.param(replace(HONEST, content=""), ("empty",), id="empty"),
        pytest.param(replace(HONEST, content=" \n", reasoning="\n"), ("empty",), id="blank"),
        pytest.param(replace(CUT, content=""), ("empty",), id="cut off with nothing to show"),
        pytest.param(replace(HONEST, content="", usage=None), ("no_usage", "empty"), id="empty without usage"),
        pytest.param(replace(CUT, content="", reasoning="So, first"), ("reasoning_budget",), id="reasoned to the end"),
        pytest.param(replace(HONEST, content="", reasoning="return 1"), ("reasoning_only",), id="answer as reasoning"),
        pytest.param(replace(CUT, content="def add(a, b):\n  "), ("truncated",), id="cut off"),
        pytest.param(replace(CUT, content="!" * 3000), ("repetition_loop",), id="loop"),
        pytest.param(
            replace(CUT, content="", reasoning="wait, " * 500), ("repetition_loop",), id="reasoning in circles"
        ),
        pytest.param(replace(HONEST, content="!" * 3000), (), id="repeats itself and ends"),
        pytest.param(replace(HONEST, content=f"draft</think>{PROGRAM}"), ("think_leak",), id="closing tag alone"),
        pytest.param(replace(HONEST, content=f"<think>x</think>{PROGRAM}"), ("think_leak",), id="reasoning as content"),
        pytest.param(replace(HONEST, content="<think>x</think>"), ("think_leak",), id="leaked, and no answer"),
        pytest.param(replace(HONEST, content=f"<think>\n\n</think>\n\n{PROGRAM}"), (), id="thinking off"),
        pytest.param(replace(HONEST, content="<think>\n\n</think>\n\n"), ("empty",), id="thinking off, and no answer"),
        pytest.param(replace(HONEST, content=f"[THINK]x[/THINK]{PROGRAM}"), ("think_leak",), id="other marks"),
        pytest.param(
            replace(HONEST, content=f"<|channel|>analysis<|message|>x<|end|><|channel|>final<|message|>{PROGRAM}"),
            ("think_leak",),
            id="channels",
        ),
        pytest.param(replace(HONEST, content=f"{PROGRAM.strip()}<|im_end|>"), ("end_token",), id="end token"),
        pytest.param(
            replace(CUT, content=f"{PROGRAM}<|im_end|>" + "\nuser" * 500), ("end_token",), id="went on after its end"
        ),
        pytest.param(replace(HONEST, content="<|im_end|>"), ("empty",), id="end token alone"),
        pytest.param(replace(HONEST, content="Strip `<think>` and `</think>`."), (), id="tags that are spoken of"),
        pytest.param(
            replace(CUT, content="<think>So, first"), ("reasoning_budget", "think_leak"), id="reasoned on as content"
        ),
        pytest.param(
            replace(CUT, content=f"<think>x</think>{PROGRAM}Now"), ("truncated", "think_leak"), id="leaked and cut off"
        ),
        pytest.param(
            replace(CUT, content="<think>" + "wait, " * 500), ("repetition_loop", "think_leak"), id="leaked circles"
        ),
    ],
)
def test_a_fault_is_told_by_what_the_reply_is_made_of(reply: Reply, expected: tuple[str, ...]) -> None:
    assert faults(reply) == expected


@pytest.mark.parametrize(
    ("finish_reason", "tokens", "found"),
    [
        ("length", 20, ("truncated",)),  # the context was full
        ("max_tokens", 20, ("truncated",)),
        ("MAX_TOKENS", LIMIT, ("truncated",)),
        ("stop", LIMIT, ("truncated",)),  # as long as the limit, whatever is said of its end
        ("tool_calls", LIMIT, ("truncated",)),
        ("stop", LIMIT + 3, ("truncated",)),  # an engine that drafts several tokens a step
        ("stop", LIMIT - 1, ()),
        ("eos_token", 20, ()),
        ("STOP", 20, ()),
        ("stop", 5_000, ("limit_ignored",)),
        ("length", 5_000, ("limit_ignored", "truncated")),
        ("", LIMIT, ("unknown_end", "truncated")),
        ("finished", 20, ("unknown_end",)),
        ("content_filter", 20, ("filtered",)),
        ("given", 20, ("unknown_end",)),  # the word that stands for a reply that no server gave, from a server
        ("abort", 20, ("aborted",)),
        ("Error", 20, ("aborted",)),
    ],
)
def test_the_word_for_its_end_and_its_tokens_tell_whether_a_reply_came_to_its_end(
    finish_reason: str, tokens: int, found: tuple[str, ...]
) -> None:
    answered = replace(HONEST, timings=replace(HONEST.timings, dispatched_at=1.0))

    assert faults(replace(answered, finish_reason=finish_reason, usage=Usage(100, tokens))) == found


def test_a_profile_adds_words_for_an_end() -> None:
    reply = replace(HONEST, finish_reason="finished")

    assert faults_of(reply, replace(SENT, finish_reasons=frozenset({"finished"}))) == ()


def test_without_a_limit_no_reply_is_as_long_as_it() -> None:
    assert faults_of(replace(HONEST, usage=Usage(100, 5_000)), SentParameters()) == ()


CALL = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "python", "arguments": "{}"}}]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"content": "", "finish_reason": "tool_calls"}, ("tool_call",)),
        ({"content": "", "finish_reason": "tool_calls", "reasoning": "I call."}, ("tool_call",)),
        ({"content": "I run it:"}, ("tool_call",)),  # what the parser took is part of the answer
    ],
)
def test_an_answer_that_came_as_a_tool_call_is_a_fault_of_the_measurement(
    changes: dict[str, str], found: tuple[str, ...]
) -> None:
    assert faults(replace(HONEST, message=CALL, **changes)) == found


@pytest.mark.parametrize("content", ["", "Let me look that up."])
def test_a_call_of_a_tool_is_an_answer_where_its_grader_says_so(content: str) -> None:
    called = Reply(
        content, None, "tool_calls", "m", Usage(1, 9), Timings(0, None, 0), "0", message={"tool_calls": [{"id": "c"}]}
    )

    assert faults_of(called, SentParameters(), calls_answer=True) == ()
    assert faults_of(called, SentParameters()) == (Fault.TOOL_CALL,)


@pytest.mark.parametrize("calls_answer", [True, False])
def test_where_calls_are_answers_a_reply_without_any_is_judged_by_its_text(calls_answer: bool) -> None:
    empty = Reply("", None, "stop", "m", Usage(1, 1), Timings(0, None, 0), "0")

    assert faults_of(empty, SentParameters(), calls_answer=calls_answer) == (Fault.EMPTY,)


@pytest.mark.parametrize("text", [{"content": PROGRAM}, {"content": "", "reasoning": "So"}])
def test_no_tokens_under_a_text_are_no_usage(text: dict[str, str]) -> None:
    assert "no_usage" in faults(replace(HONEST, **text, usage=Usage(100, 0)))
    assert "no_usage" not in faults(replace(HONEST, content="", usage=Usage(100, 0)))


@pytest.mark.parametrize(
    ("thinking", "changes", "found"),
    [
        (False, {"reasoning": "I think."}, ("switch_ignored",)),
        (False, {"content": f"<think>x</think>{PROGRAM}"}, ("switch_ignored", "think_leak")),
        (False, {"reasoning": "\n"}, ()),
        (False, {"content": "", "reasoning": PROGRAM}, ("reasoning_only",)),  # a parser that takes it all for reasoning
        (True, {}, ("no_reasoning",)),
        (True, {"reasoning": "I think."}, ()),
        (True, {"content": f"<think>x</think>{PROGRAM}"}, ("think_leak",)),
        (None, {"reasoning": "I think."}, ()),
    ],
)
def test_a_thinking_switch_that_was_sent_and_not_heeded_is_a_fault_of_the_measurement(
    thinking: bool | None, changes: dict[str, str], found: tuple[str, ...]
) -> None:
    assert faults_of(replace(HONEST, **changes), replace(SENT, thinking=thinking)) == found


def test_of_a_reply_that_was_given_nothing_is_asked_but_its_text() -> None:
    given = GivenReply("T/0", 0, "reply", PROGRAM).as_reply()

    assert faults_of(given, replace(SENT, thinking=True)) == ()


@pytest.mark.parametrize("kind", ["solution", "completion"])
@pytest.mark.parametrize("text", ["", "x = 1\n", "x</think>y", "!" * 3000])
def test_a_program_given_in_place_of_a_reply_has_no_faults_of_a_reply(kind, text) -> None:
    assert faults(GivenReply("T/0", 0, kind, text).as_reply()) == ()


def test_a_given_reply_has_those_that_its_text_shows_and_no_others() -> None:
    given = {
        text: faults(GivenReply("T/0", 0, "reply", text).as_reply()) for text in (PROGRAM, "", "x</think>y", "!" * 3000)
    }

    assert list(given.values()) == [(), ("empty",), ("think_leak",), ()]


PARAGRAPH = "The function takes two numbers. It adds them. The sum is returned to the caller, who prints it.\n\n"
TABLE = "".join(f"| {n} | {n * n} | {n**3} |\n" for n in range(200))
COUNTED = "".join(f"Step {n}: check the next element of the list.\n" for n in range(100))


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("!" * 500, id="one character"),
        pytest.param("\n" * 500, id="line breaks"),
        pytest.param("    return x\n" * 60, id="a line"),
        pytest.param(PARAGRAPH * 6, id="a paragraph"),
        pytest.param(PARAGRAPH * 6 + PARAGRAPH[:50], id="a paragraph, cut off in the middle"),
        pytest.param(COUNTED[:900] * 5, id="a page"),
        pytest.param("ab" * 30_000, id="for very long"),
    ],
)
def test_one_unit_over_and_over_at_the_end_is_a_loop(end: str) -> None:
    assert is_loop(PROGRAM + end)
    assert not is_loop(end + PROGRAM)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(PROGRAM, id="a short program"),
        pytest.param(PROGRAM + COUNTED[:300] * 3, id="a passage three times"),
        pytest.param(TABLE, id="a table"),
        pytest.param(TABLE + "|---|" * 40, id="a rule below a table"),
        pytest.param("grid = [\n" + "    [0, 0, 0, 0, 0, 0, 0, 0],\n" * 8, id="a grid of zeros"),
        pytest.param(COUNTED, id="numbered steps"),
        pytest.param("".join(f"assert add({n}, {n + 1}) == {2 * n + 1}\n" for n in range(99)), id="assertions"),
        pytest.param("x = 1\n" + " " * 390, id="blanks"),
    ],
)
def test_what_is_merely_regular_is_no_loop(text: str) -> None:
    assert not is_loop(text)


@pytest.mark.parametrize(
    "text", ["a" * 4_000_000, ("a" * 999 + "b") * 4_000, "ab" * 2_000_000], ids=["a", "units", "ab"]
)
def test_the_time_a_long_reply_takes_is_bounded(text: str) -> None:
    began = time.process_time()

    is_loop(text)

    assert time.process_time() - began < 0.5


def test_faults_are_counted_and_named_in_a_line() -> None:
    counts = {Fault.REPETITION_LOOP: 1, Fault.TRUNCATED: 3, Fault.THINK_LEAK: 2, Fault.EMPTY: 0}

    assert fault_counts(counts, max_tokens=768) == "3 truncated at max_tokens 768, 2 think-tag leaks, 1 repetition loop"
    assert fault_counts({Fault.EMPTY: 0}, max_tokens=768) == ""


def test_a_reply_that_goes_on_after_a_stop_is_a_fault_of_the_measurement() -> None:
    assert faults_of(HONEST, replace(SENT, stops=("\nclass", "\ndef"))) == (Fault.STOP_IGNORED,)
    assert faults_of(HONEST, replace(SENT, stops=("\nclass", "\nimport"))) == ()


@pytest.mark.parametrize(
    ("sent", "read", "found"),
    [
        (replace(HONEST, content="", reasoning="return a + b"), "return a + b", ()),
        (replace(HONEST, content="", reasoning="return a + b"), "", (Fault.REASONING_ONLY,)),
        (replace(CUT, content="", reasoning="Let me see. Is it"), "Let me see. Is it", (Fault.REASONING_BUDGET,)),
        (replace(HONEST, content="<think>Hm.</think>return 1"), "return 1", (Fault.THINK_LEAK,)),
        (replace(HONEST, content="<think>Hm. It"), "", (Fault.THINK_LEAK, Fault.EMPTY)),
    ],
)
def test_what_transforms_leave_tells_whether_there_is_an_answer(
    sent: Reply, read: str, found: tuple[Fault, ...]
) -> None:
    assert faults_as_read(sent, replace(sent, content=read), SENT) == found


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("solution", "Sure!\n```python\ndef f():\n    return 1\n```\n", (Fault.MARKDOWN,)),
        ("solution", "```\nx = 1\n```", (Fault.MARKDOWN,)),
        ("solution", 'x = """\n```\n"""\n', ()),
        ("solution", "def f(:\n", ()),
        ("completion", "```python\n    return 1\n```", (Fault.MARKDOWN,)),
        ("completion", "    return 1\n```\n", ()),
    ],
)
def test_a_program_that_is_a_reply_is_known(kind: Any, text: str, expected: tuple[Fault, ...]) -> None:
    assert faults_of(GivenReply("a/0", 0, kind, text).as_reply(), SentParameters()) == expected
