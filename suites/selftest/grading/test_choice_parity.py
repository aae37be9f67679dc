"""Readers of choices against the harnesses' own code, over replies that are generated and replies of a real model.

``SERVECHECK_TEST_GLM_SIMPLE_EVALS`` and ``SERVECHECK_TEST_SIMPLE_EVALS`` name folders with zai-org/glm-simple-evals at
db7fdc8 and openai/simple-evals at ee3b031; NVIDIA's and gpt-oss's come from the package index.
``SERVECHECK_TEST_CHOICE_REPLIES`` names runs of ``gpqa`` and its like whose replies a real model wrote, with colons
between.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from servecheck.grading.published_letters import aa_letter, glm_letter, simple_evals_letter
from servecheck.grading.settled_letter import settled_letter
from servecheck.protocols.judge_prompts.glm_choice import PROMPT, shown_to_judge
from servecheck.rundir.transcripts import ReplyStore

from suites.selftest import choice_harnesses
from suites.selftest.gpqa_rows import gpqa_csv
from suites.selftest.protocols.test_published_choice import HARNESSES, sha256
from suites.selftest.tool_environments import choice_harness_python

pytestmark = pytest.mark.slow

FOLDERS = {"glm": "SERVECHECK_TEST_GLM_SIMPLE_EVALS", "simple_evals": "SERVECHECK_TEST_SIMPLE_EVALS"}
REPLIES = "SERVECHECK_TEST_CHOICE_REPLIES"
READERS = {"glm": glm_letter, "simple_evals": simple_evals_letter, "nvidia": aa_letter}
COUNT, SEED = 2_000, 20_261_130
# What replies about choices are made of, and what a search for a letter could trip over.
PIECES = [
    "Answer: A", "Answer: B", "ANSWER: C", "Answer: $D$", "answer : B", "The answer is C.", "\\boxed{A}",
    "Answer:", "ANSWER :", "answer", "Answers", "**Answer:**", "*Answer*", "Final Answer", "The correct answer is",
    "the answer is", "Antwort:", "答案：", "\\boxed{", "\\boxed{\\text{", "\\boxed{\\textbf{", "}", "}}", "{", "$",
    "Option", "option", "Choice", "is correct", "is the correct answer", "A", "B", "C", "D", "E", "a", "b", "(A)",
    "(B)", "[C]", "**D**", "**B)** 25 eV", "A) 2.5 eV", "C. 3 m/s", "D:", "_B_", "\\textbf{C}", "A line", "B = 2 T",
    "C2H6", "not", "or", "and", ".", ",", ":", "-", "\n", "\n\n", "\n", " ", "  ", "\t", "\u00a0", "é", "Ａ", "2.5",
    "x" * 300,
]  # fmt: skip
CHOICES = ("2.5 eV", "25 eV", "3 m/s", "4 m/s")


def generated() -> Iterator[str]:
    draw = random.Random(SEED)
    for _ in range(COUNT):
        yield draw.choice((" ", "", "\n")).join(draw.choices(PIECES, k=draw.randrange(1, 24)))


@cache
def replies() -> tuple[str, ...]:
    return tuple(generated())


@cache
def real() -> tuple[str, ...]:
    if not (folders := os.environ.get(REPLIES)):
        pytest.skip(f"{REPLIES} names no run of a real model")
    return tuple(text for folder in folders.split(os.pathsep) for text in _texts(Path(folder)))


def _texts(folder: Path) -> Iterator[str]:
    store = ReplyStore(folder)
    for row in map(json.loads, (folder / "verdicts.jsonl").read_text().splitlines()):
        yield store.read(row["task_id"], row["sample"]).content


def asked(harness: str, **more: Any) -> Any:
    """The answer of the harness's own code."""
    python = choice_harness_python()
    if harness in FOLDERS:
        if not (folder := os.environ.get(FOLDERS[harness])):
            pytest.skip(f"{FOLDERS[harness]} names no folder with its code")
    else:
        told = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        folder = subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip()
    request = json.dumps({"harness": harness, "folder": folder, **more})
    done = subprocess.run(
        [python, choice_harnesses.__file__], input=request, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("harness", HARNESSES)
def test_the_digests_are_of_what_the_harness_asks(harness, tmp_path):
    (tmp_path / "rows.csv").write_bytes(gpqa_csv())
    _, _, passes, prompts, right = HARNESSES[harness]

    told = asked(harness, csv=str(tmp_path / "rows.csv"), passes=passes)

    assert sha256(told["prompts"]) == prompts
    assert hashlib.sha256(told["right"].encode()).hexdigest() == right


@pytest.mark.parametrize("of", [replies, real], ids=["generated", "real"])
@pytest.mark.parametrize("harness", READERS)
def test_each_official_reader_reads_as_its_harness_does(harness, of):
    """Where a harness tells what scores alone, letters of no choice are none."""
    texts, own = of(), READERS[harness]
    theirs = asked(harness, texts=texts)["letters"]
    scores = harness in FOLDERS

    read = [own(text) for text in texts]
    told = [letter if letter in {*"ABCD"} or not scores else None for letter in read]

    assert [one for one in zip(texts, told, theirs, strict=True) if one[1] != one[2]] == []
    assert sum(one is not None for one in told) >= len(texts) // 10


@pytest.mark.parametrize("of", [replies, real], ids=["generated", "real"])
def test_the_judge_is_asked_what_glms_harness_asks_it(of):
    texts = of()

    ours = [PROMPT.text({"question": "Which?", "answer": shown_to_judge(text)}) for text in texts]

    assert ours == asked("glm", texts=texts)["judged"]


def differences(texts: Sequence[str]) -> Counter[str]:
    """Of the settled letter from gpt-oss's, by kind."""
    theirs = asked("gpt_oss", texts=texts)["letters"]
    kinds: Counter[str] = Counter()
    for text, their in zip(texts, theirs, strict=True):
        settled = settled_letter(text, CHOICES, "ABCD")
        if settled.letter == their:
            kinds["the same letter"] += 1
        elif not settled.letter:
            kinds["unread, and no letter there" if their not in {*"ABCD"} else "unread, and a guess there"] += 1
        else:
            kinds[f"another letter, by {settled.rule}"] += 1
    return kinds


@pytest.mark.parametrize("of", [replies, real], ids=["generated", "real"])
def test_how_the_settled_letter_differs_from_gpt_oss_is_told_by_kind(of, record_property):
    """It differs on purpose: of several it takes the last, and it guesses nothing."""
    texts = of()
    kinds = differences(texts)
    for kind, count in kinds.items():
        record_property(kind, count)
    print(dict(kinds))

    assert kinds.total() == len(texts)
    assert set(kinds) <= {
        "the same letter", "unread, and no letter there", "unread, and a guess there", "another letter, by answer",
        "another letter, by chosen", "another letter, by last line", "another letter, by marked",
        "another letter, by first line",
    }  # fmt: skip
    assert kinds["the same letter"] >= len(texts) // 20
