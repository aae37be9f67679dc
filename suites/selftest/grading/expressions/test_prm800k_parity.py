"""The rules that decide are the official ones, pair for pair: PRM800K's own code grades the same answers.

``SERVECHECK_TEST_PRM800K`` names the folder ``prm800k`` of a clone of openai/prm800k at 7ecc794; that of
``evals`` in zai-org/glm-simple-evals has the same two files. ``SERVECHECK_TEST_BOXED_REPLIES`` may name a file with
replies of a model, ``{"reply": ..., "answer": ...}`` a line, the latter the right one: such as those of tora-70b-v1.0
and tora-code-34b-v1.0 to GSM8K, which lie in microsoft/ToRA (``code`` and ``gt`` of ``src/outputs``).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servecheck.extraction.boxed import last_boxed
from servecheck.grading.expressions.formula import is_zero
from servecheck.grading.expressions.mathd_form import mathd_form
from servecheck.grading.expressions.prm800k_form import prm800k_form
from servecheck.grading.expressions.prm800k_rules import same_by_prm800k
from servecheck.grading.integer import integer_in
from servecheck.problems.answer_starters import expression_starter, integer_starter
from servecheck.problems.math500 import MATH500, Math500

FOLDER = os.environ.get("SERVECHECK_TEST_PRM800K", "")
REPLIES = os.environ.get("SERVECHECK_TEST_BOXED_REPLIES", "")
PAIRS = 2000
Pair = tuple[str, str]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FOLDER, reason="SERVECHECK_TEST_PRM800K names no official code")]


def itself(pairs: list[Pair]) -> list[tuple[bool, list[str]]]:
    program = Path(__file__).with_name("prm800k_itself.py")
    done = subprocess.run(
        [sys.executable, str(program), FOLDER],
        input="".join(f"{json.dumps(pair)}\n" for pair in pairs),
        capture_output=True,
        text=True,
        check=True,
    )
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def golds() -> list[str]:
    sets = [integer_starter(), expression_starter(), *([Math500()] if MATH500.is_here else [])]
    return [problems[task_id].answer for problems in sets for task_id in problems.task_ids]


SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: f"{text}.",
    lambda text: f" {text} ",
    lambda text: f"${text}$",
    lambda text: f"({text})",
    lambda text: f"x = {text}",
    lambda text: f"{text} \\text{{ cm}}",
    lambda text: f"{text}\\%",
    lambda text: f"{text}^\\circ",
    lambda text: f"\\text{{{text}}}",
    lambda text: f"{text}+0",
    lambda text: f"-{text}",
    lambda text: f"{text}/1",
    lambda text: f"2({text})/2",
    lambda text: text.replace("frac", "dfrac"),
    lambda text: text.replace("\\frac{", "\\frac {"),
    lambda text: text.replace(" ", ""),
    lambda text: text.replace(",", ", "),
    lambda text: text.replace("\\", ""),
    lambda text: text.replace("{", "").replace("}", ""),
    lambda text: text.replace("\\left", "").replace("\\right", ""),
    lambda text: ",".join(reversed(text.split(","))),
    lambda text: text[: len(text) // 2],
    lambda text: text[1:],
    lambda text: text * 2,
)


def generated() -> Iterator[Pair]:
    chance, known = random.Random(0), golds()
    for _ in range(PAIRS):
        right = chance.choice(known)
        said = right if chance.random() < 0.7 else chance.choice(known)
        for _ in range(chance.choice((1, 1, 2))):
            said = chance.choice(SPELLINGS)(said)
        yield said, right


def replied() -> list[Pair]:
    found = []
    for line in Path(REPLIES).read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        if (answer := last_boxed(said["reply"])) is not None:
            found.append((answer, said["answer"]))
    return found


def compared(pairs: list[Pair]) -> list[tuple[Pair, bool]]:
    theirs = itself(pairs)
    different = []
    for (answer, right), (is_right, forms) in zip(pairs, theirs, strict=True):
        assert [mathd_form(answer), prm800k_form(answer)] == forms, answer
        if same_by_prm800k(answer, right, is_zero) is not is_right:
            different.append(((answer, right), is_right))
    return different


def test_generated_answers_get_the_official_verdicts():
    pairs = list(generated())

    assert compared(pairs) == []
    assert 0.2 < sum(right for right, _ in itself(pairs)) / PAIRS < 0.9


@pytest.mark.skipif(not REPLIES, reason="SERVECHECK_TEST_BOXED_REPLIES names no replies")
def test_a_models_answers_get_the_official_verdicts():
    pairs = replied()

    assert len(pairs) >= 500
    assert compared(pairs) == []


@pytest.mark.skipif(not REPLIES, reason="SERVECHECK_TEST_BOXED_REPLIES names no replies")
def test_integers_are_read_as_the_official_rules_read_them():
    pairs = [pair for pair in replied() if integer_in(pair[1]) is not None]
    theirs = [is_right for is_right, _ in itself(pairs)]
    ours = [integer_in(answer) == integer_in(right) for answer, right in pairs]

    assert len(pairs) >= 500
    assert [pair for pair, one, other in zip(pairs, ours, theirs, strict=True) if one is not other] == []
