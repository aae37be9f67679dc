"""Each fault of a reply is told from the others, and from honest replies that look like it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from fixtures.generation.replies import GivenReply
from fixtures.generation.schema import Reply, Timings, Usage
from fixtures.grading.faults import (
    MEASUREMENT,
    MODEL,
    Fault,
    fault_counts,
    faults_as_read,
    faults_of,
    invalid_reason,
    is_loop,
)

LIMIT = 768
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
    return tuple(map(str, faults_of(reply, max_tokens=LIMIT)))


def test_every_fault_is_of_the_measurement_or_of_the_model() -> None:
    assert set(Fault) == MEASUREMENT | MODEL
    assert not MEASUREMENT & MODEL


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
    ("finish_reason", "tokens", "cut"),
    [
        ("length", 20, True),  # the context was full
        ("max_tokens", LIMIT, True),
        ("", LIMIT, True),
        ("", LIMIT - 1, False),
        ("stop", LIMIT, False),
    ],
)
def test_where_the_server_has_its_own_words_the_token_count_tells_a_cut(
    finish_reason: str, tokens: int, cut: bool
) -> None:
    reply = replace(HONEST, finish_reason=finish_reason, usage=Usage(100, tokens))

    assert faults(reply) == (("truncated",) if cut else ())


@pytest.mark.parametrize("kind", ["solution", "completion"])
@pytest.mark.parametrize("text", ["", PROGRAM, "x</think>y", "!" * 3000])
def test_a_program_given_in_place_of_a_reply_has_no_faults(kind, text) -> None:
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


def test_a_run_with_no_fault_or_faults_of_the_model_alone_is_valid() -> None:
    assert invalid_reason({}, 44) is None
    assert invalid_reason(dict.fromkeys(MODEL, 44), 44) is None


def test_one_reply_without_usage_makes_a_run_invalid() -> None:
    reason = invalid_reason({Fault.NO_USAGE: 4}, 44)

    assert reason is not None
    assert reason.startswith("INVALID: 4 of 44 replies came without usage")
    assert "stream_options.include_usage" in reason


@pytest.mark.parametrize(
    ("fault", "cause", "remedy"),
    [
        (Fault.REASONING_BUDGET, "with reasoning that used up max_tokens", "raise max_tokens or turn thinking off"),
        (Fault.REASONING_ONLY, "with reasoning alone", "check the server's reasoning parser"),
        (Fault.EMPTY, "empty", "look at these replies in the run's generations folder and at the server's log"),
    ],
)
def test_more_than_one_in_twenty_without_an_answer_makes_a_run_invalid(fault: Fault, cause: str, remedy: str) -> None:
    assert invalid_reason({fault: 5}, 100) is None

    reason = invalid_reason({fault: 6}, 100)

    assert reason is not None
    assert reason.startswith(f"INVALID: 6 of 100 replies have no answer (6 {cause}), so the score says nothing")
    assert remedy in reason


def test_the_causes_of_missing_answers_count_together_and_each_has_its_remedy() -> None:
    reason = invalid_reason({Fault.EMPTY: 1, Fault.REASONING_BUDGET: 2, Fault.TRUNCATED: 9}, 44)

    assert reason == (
        "INVALID: 3 of 44 replies have no answer (2 with reasoning that used up max_tokens, 1 empty), "
        "so the score says nothing about the model: raise max_tokens or turn thinking off; "
        "look at these replies in the run's generations folder and at the server's log"
    )


def test_faults_are_counted_and_named_in_a_line() -> None:
    counts = {Fault.REPETITION_LOOP: 1, Fault.TRUNCATED: 3, Fault.THINK_LEAK: 2, Fault.EMPTY: 0}

    assert fault_counts(counts, max_tokens=768) == "3 truncated at max_tokens 768, 2 think-tag leaks, 1 repetition loop"
    assert fault_counts({Fault.EMPTY: 0}, max_tokens=768) == ""


def test_a_reply_that_goes_on_after_a_stop_is_a_fault_of_the_measurement() -> None:
    assert faults_of(HONEST, max_tokens=LIMIT, stops=("\nclass", "\ndef")) == (Fault.STOP_IGNORED,)
    assert faults_of(HONEST, max_tokens=LIMIT, stops=("\nclass", "\nimport")) == ()


def test_one_such_reply_makes_the_run_invalid() -> None:
    assert (invalid_reason({Fault.STOP_IGNORED: 1}, 164) or "").startswith("INVALID: 1 of 164 replies go on after one")


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
    assert faults_as_read(sent, replace(sent, content=read), max_tokens=LIMIT) == found
