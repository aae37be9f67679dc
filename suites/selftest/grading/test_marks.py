"""Marks that a server left in a reply: what is graded of it, and whose fault it is said to be."""

from __future__ import annotations

import pytest
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.extraction.program import program_of
from servecheck.grading.faults import Fault, fault_words, faults_of
from servecheck.grading.sent_parameters import SentParameters, sent_by
from servecheck.grading.spoilt import with_faults
from servecheck.problems.code import CodeProblem
from servecheck.profiles.schema import Profile

PROBLEM = CodeProblem("T/1", "def add(x, y):\n", "add", "    return x + y\n", "[[1, 2]]", "[]", 0.0)
RIGHT = "def add(x, y):\n    return x + y"
DRAFT = "Maybe\n```python\ndef add(x, y):\n    return x - y\n```\nbut wait"
SENT = SentParameters(max_tokens=768)
REASONED = {
    "<think>": "<think>\n{}\n</think>\n",
    "seed": "<seed:think>\n{}\n</seed:think>\n",
    "magistral": "[THINK]{}[/THINK]",
    "openthinker": "<|begin_of_thought|>\n{}\n<|end_of_thought|>\n<|begin_of_solution|>\n",
    "harmony": "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
}


def reply(content: str, finish_reason: str = "stop", tokens: int = 20) -> Reply:
    return Reply(content, None, finish_reason, "m", Usage(9, tokens), Timings(0.0, 0.1, 1.0), "")


def program(content: str) -> str:
    return program_of("reply", content, PROBLEM).code.strip()


@pytest.mark.parametrize("form", REASONED.values(), ids=REASONED)
def test_the_answer_after_the_reasoning_is_graded_and_the_leak_named(form):
    for answer in (f"{RIGHT}\n", f"```python\n{RIGHT}\n```"):
        content = form.format(DRAFT) + answer

        assert program(content) == RIGHT
        assert faults_of(reply(content), SENT) == (Fault.THINK_LEAK,)


@pytest.mark.parametrize("form", REASONED.values(), ids=REASONED)
def test_a_reply_cut_off_inside_its_reasoning_holds_no_program(form):
    content = form.partition("{}")[0] + DRAFT

    assert program(content) == ""
    assert faults_of(reply(content, "length", 768), SENT) == (Fault.REASONING_BUDGET, Fault.THINK_LEAK)


def test_an_empty_block_before_a_right_program_spoils_nothing():
    came = reply(f"<think>\n\n</think>\n\n```python\n{RIGHT}\n```\n")
    solved = Verdict(score=1.0, answer=program_of("reply", came.content, PROBLEM).code)

    verdict = with_faults(solved, came, faults_of(came, SENT), spoils=True)

    assert (verdict.solved, verdict.faults, verdict.answer.strip()) == (True, (), RIGHT)


@pytest.mark.parametrize("token", ["<|eot_id|>", "<|endoftext|>", "</s>", "<|user|>", "<|im_end|>", "<|return|>"])
@pytest.mark.parametrize("form", ["{}", "```python\n{}"], ids=["bare", "fenced"])
def test_a_leaked_end_token_is_the_servers_fault_and_the_program_before_it_is_graded(token, form):
    content = f"{form.format(RIGHT)}{token}"

    assert program(content) == RIGHT
    assert faults_of(reply(content), SENT) == (Fault.END_TOKEN,)
    assert "the server's chat template or EOS is wrong" in fault_words(Fault.END_TOKEN, 1)


def test_what_a_profile_adds_to_the_marks_tells_its_faults():
    sent = sent_by(Profile(name="p", model="m", reasoning_markers=[["<plan>", "</plan>"]]))
    came = reply(f"<plan>{DRAFT}</plan>{RIGHT}")

    assert faults_of(came, sent) == (Fault.THINK_LEAK,)
    assert program_of("reply", came.content, PROBLEM, sent.markers).code == RIGHT
