"""Programs are found and graded as LiveCodeBench does it: its own code is given the same replies and programs.

``SERVECHECK_TEST_LIVECODEBENCH`` names a clone of LiveCodeBench/LiveCodeBench at 28fef95.
``SERVECHECK_TEST_FENCED_REPLIES`` may name files with replies of models, with colons between them: ``{"reply": ...}``
or ``{"response": ...}`` a line, such as GPT-4's to IFEval, which google-research publishes.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from servecheck.extraction.last_fences import program_between_last_fences
from servecheck.grading.contests.contest_verdict import contest_verdict
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend

from suites.selftest.grading.contests.contest_programs import Trial, trials

FOLDER = os.environ.get("SERVECHECK_TEST_LIVECODEBENCH", "")


REPLIES = os.environ.get("SERVECHECK_TEST_FENCED_REPLIES", "")
needs_it = pytest.mark.skipif(not FOLDER, reason="SERVECHECK_TEST_LIVECODEBENCH names no official code")
SEED = 20_261_130
# What replies are made of, and what a search for a fence could trip over.
PIECES = [
    "```", "```python\n", "\n```\n", "````", "``", "~~~", "  ```\n", "\t```py\r\n", "` ` `", "x = 1\n", "Sure: ",
    "\n\n", "    return x\n", '"""Doc ``` string."""\n', "\r", "\x0b", "\u2028", "\x00", "é", "🙂", "Use ```x``` so.\n",
    "- ```\n",
]  # fmt: skip


def itself(questions: Sequence[Mapping[str, object]], folder: Path) -> list[bool | str]:
    asked, answers = folder / "questions", folder / "answers"
    asked.write_text("".join(f"{json.dumps(question)}\n" for question in questions))
    subprocess.run(
        [sys.executable, str(Path(__file__).with_name("livecodebench_itself.py")), FOLDER, asked, answers],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in answers.read_text().splitlines()]


def question_of(trial: Trial) -> dict[str, object]:
    tests = trial.problem.read_tests()
    return {
        "inputs": [test.input for test in tests],
        "outputs": [test.output for test in tests],
        "fn_name": trial.problem.function or None,
        "program": trial.program,
    }


def replies() -> list[str]:
    draw = random.Random(SEED)
    made = ["".join(draw.choices(PIECES, k=draw.randint(0, 12))) for _ in range(10_000)]
    lines = [line for path in filter(None, REPLIES.split(":")) for line in Path(path).read_text().splitlines()]
    rows = map(json.loads, lines)
    return [*made, *(row["reply"] if "reply" in row else row["response"] for row in rows)]


def test_there_are_over_three_hundred_programs_of_both_forms() -> None:
    asked = trials()

    assert len(asked) > 300
    assert min(sum(bool(one.problem.function) is form for one in asked) for form in (True, False)) > 100


@pytest.mark.slow
@needs_it
def test_the_program_in_a_reply_is_the_one_that_it_finds(tmp_path: Path) -> None:
    asked = replies()

    theirs = itself([{"reply": reply} for reply in asked], tmp_path)

    ours = [program_between_last_fences(reply).code for reply in asked]
    assert [reply for reply, ours_, other in zip(asked, ours, theirs, strict=True) if ours_ != other] == []
    assert min(sum(not code for code in ours), sum(bool(code) for code in ours)) > 1000


@pytest.mark.slow
@needs_it
def test_every_program_passes_where_it_passes_there(tmp_path: Path) -> None:
    asked = trials()

    theirs = itself([question_of(trial) for trial in asked], tmp_path)

    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        ours = [contest_verdict(one.program, one.problem, sandbox, 6.0) for one in asked]
    unlike = [
        (one.name, passed, found.kind, found.reason)
        for one, passed, found in zip(asked, theirs, ours, strict=True)
        if passed is not (found.kind == "solved")
    ]
    assert unlike == []
    assert min(theirs.count(True), theirs.count(False)) > 100
