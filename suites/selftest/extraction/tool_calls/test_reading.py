"""Raw text with reasoning: where it ends, and whether a call in it counts."""

from __future__ import annotations

import pytest
from servecheck.extraction.tool_calls.glm47 import DIALECT as GLM47
from servecheck.extraction.tool_calls.reading import read_raw
from servecheck.extraction.tool_calls.tool_text import CallReading, FlawKind

from suites.selftest.extraction.tool_calls.saving import save

TEXT = save({"type": "string"})
CALL = GLM47.write("save", {"value": "a"})
THINKING, ANSWERING = "...<|assistant|><think>", "...<|assistant|></think>"


def one(text: str, prompt: str | None = THINKING) -> CallReading:
    read = read_raw(text, GLM47, TEXT, prompt=prompt)
    assert read.decided
    return read.likeliest


def test_the_prompt_has_the_opening_mark() -> None:
    reading = one(f"I save it.</think>\nHere.{CALL}")

    assert (reading.reasoning, reading.content, len(reading.calls)) == ("I save it.", "\nHere.", 1)
    assert reading.all_flaws == ()


def test_the_text_has_the_opening_mark() -> None:
    reading = one(f"\n<think>I save it.</think>{CALL}", ANSWERING)

    assert (reading.reasoning, reading.content) == ("I save it.", "")


def test_without_reasoning_all_is_the_answer() -> None:
    assert (one("Use </think> so.", ANSWERING).content, one("Use </think> so.", ANSWERING).reasoning) == (
        "Use </think> so.",
        "",
    )


def test_where_the_prompt_is_unknown_a_closing_mark_is_believed() -> None:
    assert one(f"I save it.</think>{CALL}", None).reasoning == "I save it."
    assert one(CALL, None).reasoning == ""


@pytest.mark.parametrize("token", ["<|observation|>", "<|user|>", "<|endoftext|>", "<|im_end|>\n<|endoftext|>"])
def test_the_token_that_ends_the_turn_is_no_text(token: str) -> None:
    assert one(f"x</think>{CALL}{token}").all_flaws == ()


def test_a_token_within_a_value_is_part_of_it() -> None:
    value = "<|user|> </think> <think>"

    assert one(f"x</think>{GLM47.write('save', {'value': value})}").calls[0].likeliest() == {"value": value}


def test_a_call_that_is_quoted_in_reasoning_is_none() -> None:
    reading = one(f"I could write {CALL} but shall not.</think>No.")

    assert (reading.calls, reading.content, reading.all_flaws) == ((), "No.", ())


def test_of_a_quoted_call_and_one_behind_the_reasoning_the_second_counts() -> None:
    reading = one(f"I write {CALL} now.</think>{GLM47.write('save', {'value': 'b'})}")

    assert [call.likeliest() for call in reading.calls] == [{"value": "b"}]


def test_reasoning_that_a_call_ends_is_not_lost() -> None:
    """The model stopped behind its call, so it meant one."""
    reading = one(f"I save it.{CALL}<|observation|>")

    assert (reading.reasoning, len(reading.calls)) == ("I save it.", 1)
    assert [flaw.kind for flaw in reading.all_flaws] == [FlawKind.CALL_IN_REASONING]


def test_unclosed_reasoning_that_goes_on_behind_a_call_has_none() -> None:
    reading = one(f"I could write {CALL} but then I would")

    assert (reading.calls, reading.content) == ((), "")
    assert [flaw.kind for flaw in reading.all_flaws] == [FlawKind.OPEN_REASONING]


def test_a_closing_mark_within_the_value_of_such_a_call_is_the_values() -> None:
    reading = one("I save it." + GLM47.write("save", {"value": "a</think>b"}))

    assert [call.likeliest() for call in reading.calls] == [{"value": "a</think>b"}]


def test_a_call_that_closes_the_reasoning_may_be_meant_or_not() -> None:
    read = read_raw(f"I save it.{CALL}</think>", GLM47, TEXT, prompt=THINKING)

    assert not read.decided
    assert read.accepts(())
    assert read.accepts((("save", {"value": "a"}),))
    assert not read.accepts((("save", {"value": "b"}),))
