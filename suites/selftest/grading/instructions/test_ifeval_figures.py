"""Instructions are counted beside prompts, with the error of prompts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.evaluation.record import Record
from servecheck.grading.instructions.following import Followed
from servecheck.grading.instructions.ifeval_figures import ifeval_figures
from servecheck.grading.instructions.ifeval_parts import instructions_in, parts_by_instruction

COMMA, TITLE, LETTER = "punctuation:no_comma", "detectable_format:title", "keywords:letter_frequency"


def record(task: str, *found: Followed, sample: int = 0) -> Record:
    solved = all(one.strictly for one in found)
    return Record(
        score=float(solved), kind="solved" if solved else "not_followed", suite="ifeval", task_id=task, sample=sample,
        parts=parts_by_instruction(found),
    )  # fmt: skip


RECORDS = [
    record("a", Followed(COMMA, True, True), Followed(TITLE, False, True)),
    record("b", Followed(COMMA, True, True)),
    record("c", Followed(COMMA, False, False), Followed(COMMA, True, True), Followed(TITLE, True, True)),
]


def test_what_a_record_keeps_is_what_was_found():
    found = [
        Followed(COMMA, True, True), Followed(COMMA, False, True), Followed(LETTER, False, False, (True, True)),
        Followed(LETTER, True, False, (False, True)), Followed(LETTER, True, True, (False, False)),
    ]  # fmt: skip

    assert list(instructions_in(record("a", *found))) == found


def test_a_letter_that_is_drawn_anew_may_be_there_strictly_and_not_loosely():
    drawn = record("a", Followed(LETTER, True, False, (True, True)))

    figures = {figure.name: figure for figure in ifeval_figures([drawn])}

    assert figures["instruction-strict"].percent == 100.0
    assert figures["instruction-loose"].percent == 0.0


def test_instructions_and_the_mean_with_prompts():
    figures = {figure.name: figure for figure in ifeval_figures(RECORDS)}

    assert figures["instruction-strict"].percent == pytest.approx(100 * 4 / 6)
    assert figures["instruction-strict"].words.startswith("4 of 6; 95 %: ")
    assert figures["instruction-strict"].words.endswith(", of 3 prompts")
    assert figures["instruction-loose"].percent == pytest.approx(100 * 5 / 6)
    assert figures["mean of prompt and instruction"].percent == pytest.approx(50 * (1 / 3 + 4 / 6))
    assert str(figures["punctuation"]) == "punctuation 75.0 % (3 of 4, strictly)"


def test_prompts_that_ask_for_a_mark_are_counted_as_meant_too():
    assert "prompt-strict, as meant" not in {figure.name for figure in ifeval_figures(RECORDS)}

    drawn = [*RECORDS, record("d", Followed(LETTER, False, False, (True, True)))]
    figures = {figure.name: figure for figure in ifeval_figures(drawn)}

    assert figures["prompt-strict, as meant"].percent == 50.0
    assert figures["prompt-strict, as meant"].words.startswith("2 of 4; in 1 the official rules draw")


def test_a_spoilt_reply_follows_nothing_whatever_was_found_in_it():
    found = (Followed(COMMA, True, True), Followed(LETTER, True, True, (True, True)))
    spoilt = replace(record("d", *found), score=0.0, kind="think_leak", spoilt=True)

    figures = {figure.name: figure for figure in ifeval_figures([*RECORDS, spoilt])}

    assert figures["instruction-strict"].words.startswith("4 of 8; ")
    assert figures["instruction-loose"].words.startswith("5 of 8; ")
    assert figures["prompt-strict, as meant"].percent == 25.0
    assert figures["keywords"].percent == 0.0


def test_samples_of_a_prompt_are_one_cluster():
    several = [record(task, Followed(COMMA, task == "a", True), sample=sample) for task in "ab" for sample in range(50)]

    (strict, *_) = ifeval_figures(several)

    assert strict.words == "50 of 100; 95 %: 0.0 to 100.0, of 2 prompts"


def test_of_nothing_there_is_nothing():
    assert ifeval_figures([]) == ()
