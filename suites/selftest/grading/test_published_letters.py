"""Published harnesses' readers, faults with them; their own code is asked in ``test_choice_parity``."""

from __future__ import annotations

import pytest
from servecheck.grading.published_letters import aa_letter, glm_letter, simple_evals_letter


@pytest.mark.parametrize(
    ("text", "simple_evals", "glm", "aa"),
    [
        ("Answer: B", "B", "B", "B"),
        ("**Answer:** B", None, None, "B"),
        ("Answer: A\nNo.\nAnswer: B", "A", "A", "B"),
        ("Answer: $C$", "C", None, "C"),
        ("answer: d", "d", "d", "d"),
        ("Answer:\n\nD", None, "D", "D"),
        ("Answer: B" + " " * 1100, "B", None, "B"),
        ("\\boxed{\\text{B}}", None, None, "B"),
        ("the answer is (c)", None, None, "c"),
        ("I cannot tell", None, None, "I"),
        ("", None, None, None),
    ],
)
def test_each_reads_as_it_does(text, simple_evals, glm, aa):
    assert (simple_evals_letter(text), glm_letter(text), aa_letter(text)) == (simple_evals, glm, aa)


@pytest.mark.parametrize("unit", ["\\boxed{", "\\boxed{A", "\\boxed{}", "Answer", "Answer   ", "A ", "*_"])
def test_no_text_takes_long(unit):
    text = unit * (200_000 // len(unit))

    for read in (simple_evals_letter, glm_letter, aa_letter):
        assert read(text) in {None, "A"}
