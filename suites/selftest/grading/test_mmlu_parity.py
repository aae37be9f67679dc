"""Readers of MMLU and MMLU-Pro, and what is asked, against the harnesses' own code.

``SERVECHECK_TEST_GLM_SIMPLE_EVALS``, ``SERVECHECK_TEST_MMLU_PRO`` and ``SERVECHECK_TEST_SIMPLE_EVALS`` name folders
with zai-org/glm-simple-evals at db7fdc8, TIGER-AI-Lab/MMLU-Pro at f418b11 and openai/simple-evals at ee3b031.
``SERVECHECK_TEST_MMLU_PRO_REPLIES`` names a run of ``mmlu_pro`` whose replies a real model wrote, and
``SERVECHECK_TEST_MMLU_PRO_OUTPUTS`` a folder with archives of the authors' ``eval_results``: replies of many models.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from servecheck.grading.mmlu_letters import glm_mmlu_pro_letter, mmlu_pro_letter, simple_evals_mmlu_letter
from servecheck.rundir.transcripts import ReplyStore

from suites.selftest.mmlu_pro_rows import mmlu_pro_rows
from suites.selftest.protocols.test_glm_mmlu_pro import PROMPTS, sha256

pytestmark = pytest.mark.slow

FOLDERS = {
    "glm": "SERVECHECK_TEST_GLM_SIMPLE_EVALS",
    "authors": "SERVECHECK_TEST_MMLU_PRO",
    "simple_evals": "SERVECHECK_TEST_SIMPLE_EVALS",
}
READERS = {"glm": glm_mmlu_pro_letter, "authors": mmlu_pro_letter, "simple_evals": simple_evals_mmlu_letter}
SCRIPT = Path(__file__).parents[1] / "mmlu_harnesses.py"
REPLIES = "SERVECHECK_TEST_MMLU_PRO_REPLIES"
OUTPUTS = "SERVECHECK_TEST_MMLU_PRO_OUTPUTS"
EVERY = 12
LONGEST_LINE = 2_000
COUNT, SEED = 5_000, 20_261_130
PIECES = [
    "The answer is (A)", "the answer is B", "answer is ", "Answer: C", "answer:", "Answer:", "Answer", "nswer: D",
    "**Answer:** E", "**F**", "(G)", "H.", "I think", "J", "K", "a", "A", "B", "_C", "A1", "$\\boxed{", "}$", "\\text{",
    "{", "\\(", "Antwort: A", "Respuesta:", "答案：", "答:", "正解", "الإجابة:", "أ", "ب", "خ", "অ", "ব", "উত্তরঃ",
    "Ａ", "ｂ", "\u200b" * 6, "é", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u2028", ".", ",", ":", "**", "x" * 200,
]  # fmt: skip


def generated() -> Iterator[str]:
    draw = Random(SEED)
    for _ in range(COUNT):
        yield draw.choice((" ", "", "\n")).join(draw.choices(PIECES, k=draw.randrange(1, 20)))


@cache
def replies() -> tuple[str, ...]:
    return tuple(generated())


@cache
def real() -> tuple[str, ...]:
    if not (folder := os.environ.get(REPLIES)):
        pytest.skip(f"{REPLIES} names no run of a real model")
    rows = map(json.loads, (Path(folder) / "verdicts.jsonl").read_text().splitlines())
    return tuple(ReplyStore(Path(folder)).read(row["task_id"], row["sample"]).content for row in rows)


@cache
def published() -> tuple[str, ...]:
    if not (folder := os.environ.get(OUTPUTS)):
        pytest.skip(f"{OUTPUTS} names no folder with outputs that MMLU-Pro's authors publish")
    return tuple(text for path in sorted(Path(folder).glob("*.zip")) for text in outputs(path))


def outputs(path: Path) -> Iterator[str]:
    """Some of the replies in an archive, which call them by one name or another; none with a line over which the
    harnesses' own expressions take minutes."""
    with zipfile.ZipFile(path) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".json") and "__MACOSX" not in one]
        for row in json.loads(archive.read(name))[::EVERY]:
            text = row.get("model_outputs") or row.get("generated_text") or ""
            if max(map(len, text.split("\n"))) <= LONGEST_LINE:
                yield text


def asked(harness: str, **more: Any) -> Any:
    """The answer of the harness's own code."""
    if not (folder := os.environ.get(FOLDERS[harness])):
        pytest.skip(f"{FOLDERS[harness]} names no folder with its code")
    request = json.dumps({"harness": harness, "folder": folder, **more})
    command = [sys.executable, "-W", "ignore", str(SCRIPT)]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_the_digest_is_of_what_glms_harness_asks():
    assert sha256(asked("glm", rows=mmlu_pro_rows(), texts=[])["prompts"]) == PROMPTS


@pytest.mark.parametrize("of", [replies, real, published], ids=["generated", "real", "published"])
@pytest.mark.parametrize("harness", READERS)
def test_each_official_reader_reads_as_its_harness_does(harness, of):
    """Replies to MMLU-Pro say their answer in words that simple-evals does not ask for: it is given them in its own."""
    own = READERS[harness]
    texts = [text.replace("answer is (", "Answer: ") if harness == "simple_evals" else text for text in of()]
    theirs = asked(harness, texts=texts)["letters"]

    read = [own(text) for text in texts]

    assert [one for one in zip(texts, read, theirs, strict=True) if one[1] != one[2]] == []
    assert sum(one is not None for one in read) >= len(texts) // 20
