"""What is asked is what the published harnesses ask, to the byte."""

from __future__ import annotations

from servecheck.problems.hle import HleProblem
from servecheck.problems.judged import JudgedProblem
from servecheck.profiles.schema import Sampling
from servecheck.protocols.short_question import GlmHle, ShortQuestion


def test_simpleqa_asks_the_question_alone():
    asked = ShortQuestion()

    assert asked.messages(JudgedProblem("q", "Which metal?", "gold")) == [{"role": "user", "content": "Which metal?"}]
    assert "top_p" not in asked.request_fields(Sampling())


def test_glms_harness_says_how_to_answer_before_it():
    [exact] = GlmHle().messages(HleProblem("q", "Which {metal}?", "gold"))
    [choice] = GlmHle().messages(HleProblem("q", "Which?", "A", is_choice=True))

    assert exact == {
        "role": "user",
        "content": "Your response should be in the following format:\n"
        "Explanation: {your explanation for your final answer}\n"
        "Exact Answer: {your succinct, final answer}\n"
        "Confidence: {your confidence score between 0% and 100% for your answer}\n\nWhich {metal}?",
    }
    assert "Explanation: {your explanation for your answer choice}\nAnswer: {your chosen answer}\n" in choice["content"]
