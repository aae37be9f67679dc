"""A judgement is read in JSON, as its authors have it, and in lines, as GLM's harness does."""

from __future__ import annotations

import json

import pytest
from servecheck.evaluation.judging import JudgeVerdict
from servecheck.protocols.judge_prompts.hle import PROMPT

OBJECT = {"extracted_final_answer": "42", "reasoning": "so", "correct": "no", "confidence": 70, "strict": True}


@pytest.mark.parametrize(
    ("said", "kind", "answer", "confidence"),
    [
        (json.dumps(OBJECT), "wrong", "42", 70),
        (f"```json\n{json.dumps({**OBJECT, 'correct': 'yes'}, indent=1)}\n```", "solved", "42", 70),
        ("extracted_final_answer: 42\nreasoning: it is.\ncorrect: yes\nconfidence: 85%", "solved", "42", 85),
        ("**extracted_final_answer**: 42\n\n**correct:** No\n**confidence**: 90", "wrong", "42", 90),
        ("- Correct: yes", "solved", "", 100),
        ("correct: yes\nconfidence: 250", "solved", "", 100),
        (json.dumps({"correct": "yes", "confidence": "85%"}), "solved", "", 85),
        (json.dumps({"correct": "Yes", "confidence": 85.0}), "solved", "", 85),
        (json.dumps({"correct": "no", "confidence": "high"}), "wrong", "", 100),
        (f"extracted_final_answer: {'9' * 99_999}\ncorrect: no", "wrong", "9" * 500, 100),
    ],
)
def test_a_judgement_is_read(said, kind, answer, confidence):
    assert PROMPT.read(said) == JudgeVerdict(kind, answer, confidence)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "yes",
        "It is correct: yes and no.",
        "correct: yes\ncorrect: no",
        'The reply ends with {"correct": "yes"}.\n\ncorrect: no',
        "correct: yes or no",
        "correct: 'yes'/'no'",
        '{"correct": "maybe"}',
        '{"correct": "no", "correct": "yes"}',
        *('{"correct": ' * 9999 + "}", "\n" * 99_999, "*" * 99_999),
    ],
)
def test_what_is_none_is_not_read_as_one(said):
    assert PROMPT.read(said) is None


def test_one_that_errs_in_nothing_reads_the_named_answer_and_its_confidence():
    fields = {"question": "?", "correct_answer": "42", "response": "Explanation: so\nExact Answer: 42\nConfidence: 60%"}

    assert PROMPT.read(PROMPT.ideal(fields, False)) == JudgeVerdict("solved", "42", 60)
    assert PROMPT.read(PROMPT.ideal(fields, True)) == JudgeVerdict("wrong", "42", 60)
    assert PROMPT.read(PROMPT.ideal({**fields, "response": "42, I say"}, False)) == JudgeVerdict("wrong", "None", 100)
