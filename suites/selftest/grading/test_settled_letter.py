"""A reply is read for the letter that it settles on in the end, and a letter that it only mentions is none."""

from __future__ import annotations

import time

import pytest
from servecheck.grading.settled_letter import Settled, settled_letter

CHOICES = ("2.5 eV", "25 eV", "3 m/s", "\\(\\frac{1}{2}\\)")


def letter(text: str) -> str:
    return settled_letter(text, CHOICES, "ABCD").letter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Answer: B", "B"),
        ("ANSWER: B", "B"),
        ("**Answer:** B", "B"),
        ("**Answer: B**", "B"),
        ("*Answer: B* because it is", "B"),
        ("Final answer\n\n**C**", "C"),
        ("answer: (b)", "B"),
        ("Answer: b", "B"),
        ("Answer: B - the larger one", "B"),
        ("Answer – D", "D"),
        ("Answer: $\\boxed{\\text{B}}$", "B"),
        ("Answer: Option C", "C"),
        ("The correct answer is **C) 3 m/s**.", "C"),
        ("The answer is therefore (D).", "D"),
        ("The answer must be B since nothing else fits.", "B"),
        ("The answer is A because it is the least.", "A"),
        ("The correct answer is option **B**", "B"),
        ("So the correct option is B, and the answer is B.", "B"),
        ("Answer: A\nNo, wait.\nAnswer: B", "B"),
        ("Answer: B. It is not A.", "B"),
        ("\\boxed{C}", "C"),
        ("$$\\boxed{\\text{A } 2.08\\times10^{-6}}$$", "A"),
        ("\\boxed{\\textbf{(D)}}", "D"),
        ("\\boxed{B) 25 eV}", "B"),
        ("\\fbox{B}", "B"),
        ("Hence\n\\boxed{B", "B"),
        ("Is it \\boxed{A}? No: \\boxed{B}", "B"),
        ("The answer is A? Let me see. It is \\boxed{C}.", "C"),
        ("\\boxed{25\\,\\text{eV}}", "B"),
        ("**Answer: B**\n\n\\boxed{17}", "B"),
        ("The correct option is **B**.", "B"),
        ("Therefore, the best choice is B", "B"),
        ("The answer would most likely be C.", "C"),
        ("The answer is the option (C).", "C"),
        ("The answer is B, I think.", "B"),
        ("Answer choice B is correct.", "B"),
        ("Answer choice A is wrong.\nThe answer is C.\nAnswer choice (D) is wrong too.", "C"),
        ("Choose the right option:\n\nA) 2.5 eV\nB) 25 eV\n\nThe right option is B.", "B"),
        ("**Answer: 25 eV**", "B"),
        ("The answer is 3 m/s.\nThis answer is near what was measured.", "C"),
        ("The answer to this question is B.", "B"),
        ("<answer>B</answer>", "B"),
        ('{"answer": "C"}', "C"),
        ("Correct answer: B\nIncorrect answer: C", "B"),
        ("正确答案是 B。", "B"),
        ("答案：**C**", "C"),
        ("Option B is correct.", "B"),
        ("Hence choice (C) is the right one.", "C"),
        ("I choose D.", "D"),
        ("I would go with **B**", "B"),
        ("D is the correct one here", "D"),
        ("Let me see.\n\nC", "C"),
        ("It is this:\n\n**(B)**\n", "B"),
        ("So:\nB) 25 eV", "B"),
        ("Thus it has\n\n3 m/s", "C"),
        ("Hence it must be **(D)**, as was shown.", "D"),
        ("Its energy is 25 eV, so it is option B.", "B"),
        ("As noted, it is **C**.", "C"),
        ("I first thought the answer is A. The units rule that out. Option D is correct.", "D"),
        ("Answer: A\n\nWait, that has the wrong sign. Option D is correct.", "D"),
        ("The answer is A. On reflection, I choose **(C)**.", "C"),
        ("\\boxed{A}? No. Choice B is the correct one.", "B"),
        ("Answer: A (incorrect)\nAnswer: B", "B"),
        ("The answer is B. The answer is (A) if friction counts.", "B"),
        ("One might think the answer is A.\n\n(C)", "C"),
        ("Answer: B (wrong units aside)", "B"),
        ("Answer: B\n\nOption A is correct about the units and not about the sign.", "B"),
        ("**Answer: D**\n\nOption A is correct. Option B is correct. Option C is correct.", "D"),
        ("Answer: B\n\nIf the field were reversed, option C is correct.", "B"),
        ("Answer: B. It is wrong to say that option C is correct.", "B"),
        ("C) 3 m/s\n\nThe speed is measured in metres and seconds.", "C"),
    ],
)
def test_what_a_reply_settles_on_is_read(text, expected):
    assert letter(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot tell.",
        "A is wrong, and so are C and D.",
        "A line of thought leads nowhere.",
        "The answer is a bit unclear.",
        "The answer is B cells.",
        "Answer: d orbitals are split.",
        "Answer choice B is incorrect.",
        "Answer (C) fails here.",
        "I would not choose B.",
        "We have to pick B or C.",
        "It cannot be the answer A, so what is left?",
        "Which of A, B, C or D is the correct one?",
        "A/B/C/D is the correct answer.",
        "Choose the correct option:\n\nA) 2.5 eV\nB) 25 eV\nC) 3 m/s",
        "**Answers:**\n\n**(A)** 2.5 eV\n\n**(B)** 25 eV",
        "It is due to\n\nreaction (B), which is fast.",
        "(C) has three of them.\n(D) has five.",
        "The answer is A country that I do not know.",
        "The answer is I think not among them.",
        "Answer: a matter of taste",
        "Answer: A or B",
        "Answer: A/B",
        "Answer: E",
        "Answer: bond formation",
        "Answer: C2H6",
        "Answer: B-cells",
        "the answer is B = 2.5 T",
        "\\boxed{B = 2.5\\,T}",
        "\\boxed{17}",
        "These are left:\nA\nC",
        "A) 2.5 eV\nB) 25 eV\nC) 3 m/s",
        "So (A) and (C) are possible.",
        "This rules out (B).",
        "Why not **B**?",
        "C) 4 m/s",
        "C) 4 m/s\n\nIt is what was measured.",
        "C) 3 m/s\n\nThis answer is incorrect, since it has no unit of energy.",
        "A) 2.5 eV\n\nis too small.\n\nD) is not far off",
        "\\boxed{3 M/s}",
        "Answer: A (incorrect)",
        "**Answer: A** (not correct)",
        "The answer is A, which is wrong.",
        "The answer is A if friction counts.",
        "So the answer is (A) if friction counts.",
        "The answer is **A** only if friction counts.",
        "Option A is correct if friction counts.",
        "I initially thought that the answer was A.",
    ],
)
def test_what_is_only_mentioned_is_not(text):
    assert letter(text) == ""


def test_the_rule_that_found_it_is_told():
    rules = [
        settled_letter(text, CHOICES, "ABCD").rule for text in ("Answer: B", "Option B is right", "B", "It is **B**.")
    ]

    assert rules == ["answer", "chosen", "last line", "marked"]
    assert settled_letter("No.", CHOICES, "ABCD") == Settled()


def test_a_choice_that_two_letters_have_is_no_answer():
    assert settled_letter("\\boxed{3}", ("3", "3.", "4", "5"), "ABCD").letter == ""


def test_the_words_of_a_choice_call_no_answer_wrong():
    choices = ("wrong", "not wrong", "wrong, in a way", "neither")

    assert settled_letter("Answer: A (wrong)", choices, "ABCD").letter == "A"


@pytest.mark.parametrize(
    "unit",
    [
        "answer ",
        "answer" + "*" * 60,
        "answer:" + " " * 60,
        "\\boxed{",
        "\\boxed{\\text{",
        "Option ((((",
        "correct option\nA)\n",
        "答案是",
        "**",
        "A) ",
        "*A",
        "Answer: A. Option B is correct.",
    ],
)
def test_no_text_takes_long(unit):
    """Seconds of CPU time: a quantifier that tries every way to share asterisks out takes hours."""
    text = unit * (400_000 // len(unit))
    began = time.process_time()

    letter(text)

    assert time.process_time() - began < 20
