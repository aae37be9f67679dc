"""The judge sees what GLM's harness shows it, and its answer is a letter or none."""

from __future__ import annotations

import pytest
from servecheck.protocols.judge_prompts.glm_choice import PROMPT, shown_to_judge


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("Answer: B", "Answer: B"),
        ("1\n2\n\n3\n4\n5\n6\n", "2\n3\n4\n5\n6"),
        ("\\boxed{A}\n\\boxed{ B }", "B"),
        ("\\boxed{A}\n\\box{C}", "C"),
        ("\\boxed{A}\n2\n3\n4\n5\n6", "2\n3\n4\n5\n6"),
        ("\\boxed{\\text{B}}", "\\text{B}"),
        ("x" * 2000, "x" * 1024),
        ("", ""),
    ],
)
def test_it_is_shown_the_end_of_a_reply_or_the_box_in_it(reply, shown):
    assert shown_to_judge(reply) == shown


@pytest.mark.parametrize(
    ("said", "letter"),
    [("<CHOICE>: C", "C"), ("C", "C"), ("C) three", "C"), ("c", ""), ("No Answer", ""), ("Both", "B"), ("", "")],
)
def test_its_answers_first_character_counts_where_it_is_a_letter(said, letter):
    found = PROMPT.read(said)

    assert (found.answer if found is not None else "") == letter
