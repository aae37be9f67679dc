"""The causes that lm-eval's score hides: each is named, with what to do, and a reply that lost nothing has none."""

import time
from dataclasses import replace

import pytest
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.grading.code.lm_eval_findings import EXPLANATIONS, Finding, findings
from servecheck.problems.code import CodeProblem

MAX_TOKENS = 64
PROBLEM = CodeProblem("Own/1", 'def half(x):\n    """Half of x."""\n', "half", "    return x / 2\n", "[]", "[]", 0.0)
WHOLE = "```python\ndef half(x):\n    return x / 2\n```"


def of(content: str, reasoning: str | None = None, finish: str = "stop") -> tuple[Finding, ...]:
    tokens = MAX_TOKENS if finish == "length" else 9
    reply = Reply(content, reasoning, finish, "m", Usage(1, tokens), Timings(0.0, None, 0.0), "")
    return findings(reply, PROBLEM, max_tokens=MAX_TOKENS)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (WHOLE, (Finding.FENCE_FIRST,)),
        ("\n " + WHOLE, (Finding.FENCE_FIRST,)),
        ("```\n    return x / 2\n```", (Finding.FENCE_FIRST,)),
        (f"Half is easy.\n\n{WHOLE}", (Finding.PROSE,)),
        ("I would rather not say.", (Finding.NOT_PYTHON,)),
        ("    return (x / 2", (Finding.NOT_PYTHON,)),
        ("```python", (Finding.FENCE_FIRST, Finding.STOPPED_EARLY)),
        ("```python\nfrom math import *\n", (Finding.FENCE_FIRST, Finding.STOPPED_EARLY)),
        ("import math\n\n", (Finding.STOPPED_EARLY,)),
        ("", (Finding.EMPTY,)),
        (" \n", (Finding.EMPTY,)),
    ],
)
def test_what_the_filter_or_a_stop_did_is_named(content: str, found: tuple[Finding, ...]) -> None:
    assert of(content) == found


@pytest.mark.parametrize(
    "content", ["    return x / 2", "    return x * 2\n```\nDone.", "\ndef half(x):\n    return 1"]
)
def test_a_reply_that_lost_nothing_has_none(content: str) -> None:
    assert of(content) == ()


def test_reasoning_that_ate_the_budget_and_an_answer_kept_as_reasoning_are_told_apart() -> None:
    assert of("", "Let me think about halves", "length") == (Finding.REASONING_BUDGET,)
    assert of("", WHOLE) == (Finding.REASONING_ONLY,)


def test_a_loop_is_named_first() -> None:
    assert of("    return " + "!" * 900, finish="length") == (Finding.REPETITION_LOOP, Finding.NOT_PYTHON)


def test_the_models_thinking_in_its_answer_is_named_before_what_it_led_to() -> None:
    assert of(f"<think>Halves.</think>\n{WHOLE}")[0] == Finding.THINK_LEAK


@pytest.mark.parametrize(
    "content",
    [
        "Here it is:\n\n```python",
        "Here:\n```python\nfrom typing import List\n\n",
        "```python\nimport math",
        "import re\n",
    ],
)
def test_a_program_begun_anew_that_breaks_off_before_its_definition_was_stopped(content: str) -> None:
    assert Finding.STOPPED_EARLY in of(content)


@pytest.mark.parametrize(
    "content", ["42", "...", "None", "# I will not", "I cannot help.", '"""Half."""', "```python\n```"]
)
def test_what_began_no_program_was_not(content: str) -> None:
    assert Finding.STOPPED_EARLY not in of(content)


def test_a_leak_that_a_transform_mended_lost_nothing() -> None:
    sent = Reply("<think>Hm.</think>    return x * 2", None, "stop", "m", Usage(1, 9), Timings(0.0, None, 0.0), "")

    assert findings(replace(sent, content="    return x * 2"), PROBLEM, max_tokens=MAX_TOKENS, sent=sent) == ()


def test_white_space_costs_no_quadratic_time() -> None:
    began = time.process_time()

    of("x" + " " * 2_000_000)

    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("content", "reasoning", "finish", "read", "found"),
    [
        ("```python", None, "stop", "", (Finding.STOPPED_EARLY,)),
        ("```python\nimport math\n", None, "stop", "import math\n", (Finding.STOPPED_EARLY,)),
        ("", "    return x * 2", "stop", "    return x * 2", ()),
        ("", f"A draft: {WHOLE}", "length", "def half(x):\n    return x / 2\n", (Finding.REASONING_BUDGET,)),
        ("", "", "stop", "", (Finding.EMPTY,)),
    ],
)
def test_a_reply_read_through_transforms_is_judged_by_what_was_sent_too(
    content, reasoning, finish, read, found
) -> None:
    sent = Reply(content, reasoning, finish, "m", Usage(1, 9), Timings(0.0, None, 0.0), "")

    assert findings(replace(sent, content=read), PROBLEM, max_tokens=MAX_TOKENS, sent=sent) == found


def test_an_answer_cut_by_the_token_limit_was_not_stopped() -> None:
    assert of("```python\n", finish="length") == (Finding.FENCE_FIRST,)


def test_a_given_solution_went_through_no_filter() -> None:
    reply = Reply(WHOLE, None, "given", "m", None, Timings(0.0, None, 0.0), "", "solution")

    assert findings(reply, PROBLEM, max_tokens=MAX_TOKENS) == ()


def test_every_finding_is_explained_in_one_line_and_the_notes_are_told_what_to_do() -> None:
    assert set(EXPLANATIONS) == set(Finding)
    assert all("\n" not in text for text in EXPLANATIONS.values())
    assert "apply strip_code_fences" in EXPLANATIONS[of(WHOLE)[0]]
    assert "turn thinking off" in EXPLANATIONS[of("", "why", "length")[0]]
    assert "repetition_penalty" in EXPLANATIONS[of("!" * 900, finish="length")[0]]
