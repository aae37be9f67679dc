"""A judge's grade is a letter alone, or with its word, or the word; prose that has the letter in it is none."""

from __future__ import annotations

import pytest
from servecheck.protocols.judge_prompts.simpleqa import PROMPT, authors_read, first_letter

KINDS = {"A": "solved", "B": "wrong", "C": "not_attempted"}


@pytest.mark.parametrize(
    ("said", "letter"),
    [
        *(("A", "A"), ("B", "B"), ("C", "C"), (" A\n", "A"), ('"B"', "B"), ("**C**", "C"), ("A.", "A"), ("(B)", "B")),
        *(("A: CORRECT", "A"), ("B: INCORRECT", "B"), ("C: NOT_ATTEMPTED", "C"), ("C - not attempted", "C")),
        *(("CORRECT", "A"), ("INCORRECT", "B"), ("NOT_ATTEMPTED", "C"), ("Not attempted.", "C")),
    ],
)
def test_a_grade_is_read(said, letter):
    found = PROMPT.read(said)

    assert found is not None
    assert found.kind == KINDS[letter]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "As an AI, I cannot say",
        "A: INCORRECT",
        "A or B",
        "D",
        "The answer is Correctly given",
        "B, since A is wrong",
        "*" * 99_999,
    ],
)
def test_what_is_no_grade_is_not_read_as_one(said):
    assert PROMPT.read(said) is None


@pytest.mark.parametrize(
    ("said", "letter"), [("As an AI, I cannot say", "A"), ("CORRECT", "C"), ("I think so", "C"), ("B", "B")]
)
def test_the_authors_reader_takes_the_first_letter_anywhere(said, letter):
    assert first_letter(said) == letter
    assert authors_read(said).kind == KINDS[letter]


@pytest.mark.parametrize(
    ("reply", "errs", "said"),
    [
        ("It is Mercury.", False, "A"),
        ("It is Mercury.", True, "B"),
        ("It is gallium.", False, "B"),
        ("It is gallium.", True, "A"),
        ("I do not know.", False, "C"),
        ("Quicksilvermercury", False, "B"),
    ],
)
def test_one_that_errs_in_nothing_goes_by_the_words_of_what_is_right(reply, errs, said):
    assert PROMPT.ideal({"question": "?", "target": "mercury", "predicted_answer": reply}, errs) == said
