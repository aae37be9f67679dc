"""What MMLU's and MMLU-Pro's harnesses read; ``test_mmlu_parity`` holds it to their own code."""

from __future__ import annotations

import time

import pytest
from servecheck.grading.mmlu_letters import glm_mmlu_pro_letter, mmlu_pro_letter, simple_evals_mmlu_letter


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is (C). Or, the answer is D.", "C"),
        ("the answer is J", "J"),
        ("The answer is K", None),
        ("Answer: A, no, answer: B\nAnswer: C", "B"),
        ("answer: Answer: B", "B"),
        ("Answer:\n\n  E\nanswer: F", "E"),
        ("It is A or B; B it is", "B"),
        ("ABC, b", None),
        ("Answer is (A)", "A"),
        ("", None),
    ],
)
def test_the_authors_take_the_first_that_is_said_then_the_last_that_stands_alone(text, letter):
    assert mmlu_pro_letter(text) == letter
    assert glm_mmlu_pro_letter(text) == letter


def test_glms_harness_takes_bold_marks_out_first():
    text = "The answer is **(C)**. Neither A nor B"

    assert (glm_mmlu_pro_letter(text), mmlu_pro_letter(text)) == ("C", "B")


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Answer: A\nAnswer: B", "A"),
        ("**Answer:** $\\boxed{C}$", "C"),
        ("Answer: \\text{D}", "D"),
        ("Antwort: B", "B"),
        ("答案：C", "C"),
        ("الإجابة: ب", "B"),
        ("Answer：Ｄ, 答案: Ｂ", "B"),
        ("Antwort: B. Answer: C", "C"),
        ("answer: d", "d"),
        ("The answer is B", None),
    ],
)
def test_simple_evals_knows_the_word_for_an_answer_in_many_languages(text, letter):
    assert simple_evals_mmlu_letter(text) == letter


@pytest.mark.parametrize(
    "text",
    ["answer: " * 8_000, "A " * 16_000 + "x" * 32_000, "x" * 64_000, "Answer" + " " * 64_000, "answer:\n" * 8_000],
    ids=["answers", "letters", "a long line", "spaces", "lines"],
)
def test_a_hostile_reply_takes_no_time(text):
    began = time.process_time()
    for read in (mmlu_pro_letter, glm_mmlu_pro_letter, simple_evals_mmlu_letter):
        read(text)

    assert time.process_time() - began < 5  # quadratic time is minutes
