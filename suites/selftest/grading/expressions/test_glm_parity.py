"""What is read in a reply, and which verdict it gets, is what GLM's own harness makes of it, reply for reply.

``SERVECHECK_TEST_GLM_SIMPLE_EVALS`` names a clone of zai-org/glm-simple-evals at db7fdc8, whose grader is PRM800K's
(openai/prm800k at 7ecc794). ``SERVECHECK_TEST_BOXED_REPLIES`` names runs of ``math500`` or ``aime25`` whose replies a
real model wrote, with colons between: with ``uv run python -m servecheck.engines.smollm2_environment`` there is one.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from servecheck.extraction.boxed import last_boxed
from servecheck.grading.expressions.comparer import comparer
from servecheck.grading.expressions.disagreement import disagreement
from servecheck.grading.expressions.formula import is_zero
from servecheck.grading.expressions.mathd_form import mathd_form
from servecheck.grading.expressions.prm800k_form import prm800k_form
from servecheck.grading.expressions.prm800k_rules import same_by_prm800k
from servecheck.grading.integer import integer_in
from servecheck.problems.answer_starters import expression_starter, integer_starter
from servecheck.problems.math500 import MATH500, Math500
from servecheck.rundir.transcripts import ReplyStore

FOLDER = os.environ.get("SERVECHECK_TEST_GLM_SIMPLE_EVALS", "")
REPLIES = os.environ.get("SERVECHECK_TEST_BOXED_REPLIES", "")
COUNT = 2000
Pair = tuple[str, str]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER, reason="SERVECHECK_TEST_GLM_SIMPLE_EVALS names no official code"),
]


def itself(questions: Sequence[Sequence[str]]) -> list[Any]:
    program = Path(__file__).with_name("glm_itself.py")
    done = subprocess.run(
        [sys.executable, str(program), FOLDER],
        input="".join(f"{json.dumps(question)}\n" for question in questions),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


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
# What replies with boxes are made of, and what a search for one could trip over.
PIECES = (
    "\\boxed", "\\boxed{", "\\boxed {", "\\boxed\n{", "\\fbox{", "\\fbox", "\\box{", "boxed{", "\\boxed5", "\\boxed{5}",
    "\\boxed{\\frac{1}{2}}", "\\boxed{\\boxed{3}}", "\\boxed{}", "\\boxed{ }", "{", "}", "}}", "\\{", "\\}", "42",
    "\\frac{1}{2}", "x = ", "$", "$$", "\\[", "\\]", " ", "\n", "The answer is ", "**", "\\text{cm}", "é", "\u2028",
)  # fmt: skip


@cache
def generated_replies() -> list[str]:
    chance = random.Random(0)
    return ["".join(chance.choices(PIECES, k=chance.randrange(1, 16))) for _ in range(COUNT)]


@cache
def generated() -> list[Pair]:
    return list(_generated())


def _generated() -> Iterator[Pair]:
    chance, known = random.Random(0), golds()
    for _ in range(COUNT):
        right = chance.choice(known)
        said = right if chance.random() < 0.7 else chance.choice(known)
        for _ in range(chance.choice((1, 1, 2))):
            said = chance.choice(SPELLINGS)(said)
        yield said, right


@cache
def replied() -> list[Pair]:
    """Every reply of the runs, whole, with the right answer."""
    if not REPLIES:
        pytest.skip("SERVECHECK_TEST_BOXED_REPLIES names no run of a real model")
    return [pair for folder in REPLIES.split(os.pathsep) for pair in _replied(Path(folder))]


def _replied(run: Path) -> Iterator[Pair]:
    name = json.loads((run / "run.json").read_text())["identity"]["problems"]
    [problems] = [one for one in (Math500(), expression_starter(), integer_starter()) if one.name == name]
    store = ReplyStore(run)
    for row in map(json.loads, (run / "verdicts.jsonl").read_text().splitlines()):
        yield store.read(row["task_id"], row["sample"]).content, problems[row["task_id"]].answer


def real() -> list[Pair]:
    """What is read in them, with the right answer."""
    return [(answer, right) for reply, right in replied() if (answer := last_boxed(reply)) is not None]


def test_of_generated_replies_the_same_is_read():
    replies = generated_replies()
    read = [last_boxed(reply) for reply in replies]

    assert [
        one for one in zip(replies, read, itself([[one] for one in replies]), strict=True) if one[1] != one[2]
    ] == []
    assert COUNT / 10 < sum(one is not None for one in read) < COUNT * 9 / 10


def test_of_a_models_replies_the_same_is_read():
    replies = [reply for reply, _ in replied()]
    read = [last_boxed(reply) for reply in replies]

    assert [
        one for one in zip(replies, read, itself([[one] for one in replies]), strict=True) if one[1] != one[2]
    ] == []
    assert len(replies) >= 500
    assert sum(one is not None for one in read) >= 100


@pytest.mark.parametrize("of", [generated, real])
def test_answers_get_the_official_verdicts(of):
    pairs = of()
    different = []
    for (answer, right), (is_right, forms) in zip(pairs, itself(pairs), strict=True):
        assert [mathd_form(answer), prm800k_form(answer)] == forms, answer
        if same_by_prm800k(answer, right, is_zero) is not is_right:
            different.append((answer, right, is_right))

    assert different == []


@pytest.mark.parametrize("of", [generated, real])
def test_an_integer_that_the_official_rules_call_right_is_right(of):
    """What is right here and not there is listed: a judge is asked about it there.

    Theirs drops whatever follows a unit, and so takes ``73 \\text{ or } 74`` for 73; ours does not.
    """
    pairs = [pair for pair in of() if pair[1].isdecimal()]
    ours = [integer_in(answer) == integer_in(right) for answer, right in pairs]
    theirs = [is_right for is_right, _ in itself(pairs)]
    told = sorted({pair for pair, one, their in zip(pairs, ours, theirs, strict=True) if one and not their})
    print(f"{len(pairs)} integers; right here alone: {told}")

    left_out = [pair for pair, one, their in zip(pairs, ours, theirs, strict=True) if their and not one]
    assert [pair for pair in left_out if "\\text{ " not in pair[0]] == []


@pytest.mark.parametrize("of", [generated, real])
def test_what_math_verify_says_otherwise_is_told_by_kind(of, record_property):
    kinds: Counter[str] = Counter()
    for answer, right in of():
        official, beside = (comparer().same(rules, answer, right) for rules in ("prm800k", "math_verify"))
        if bool(official) is not bool(beside):
            kinds[f"right by {'PRM800K' if official else 'Math-Verify'} alone: {disagreement(answer, right)}"] += 1
    for kind, count in kinds.items():
        record_property(kind, count)
    print(dict(kinds), "of", len(of()))

    unnamed = sum(count for kind, count in kinds.items() if kind.endswith("another form"))
    assert unnamed <= 2 + kinds.total() / 2  # a run may have one or two in all
