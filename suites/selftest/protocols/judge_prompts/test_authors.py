"""Judges are asked what the authors of each benchmark ask them, byte for byte.

The digests were made by running their code on the same fields:

- SimpleQA, openai/simple-evals at ee3b031: ``SimpleQAEval.grade_sample("Which {metal}?", "mercury", "It is ...")`` with
  a ``grader_model`` that keeps what it is asked;
- Humanity's Last Exam, zai-org/glm-simple-evals at db7fdc8, whose prompt is that of centerforaisafety/hle:
  ``python -c 'from evals.hle_eval import format_judge, format_message; ...'``.

The slow tests take both from packages of the registry (nvidia-hle 26.3 is the authors' code, MIT) and run it.
"""

from __future__ import annotations

import json
import random
import subprocess
from hashlib import sha256
from typing import Any

import pytest
from servecheck.problems.hle import HleProblem
from servecheck.protocols.judge_prompts import hle, simpleqa
from servecheck.protocols.short_question import GlmHle
from servecheck.stats.calibration import calibration_error

from suites.selftest.tool_environments import judge_harness_python

SIMPLEQA = "86910b3c14c8dbc299a42cbd8b91d5fc773e557e6a5954781861539fee8b535a"
HLE = "af73fcd4a589454743df9960b0c377a0bb55407ff137f12154ebb4d7b586ebaa"
GLM_HLE = {
    False: "067a28ca9f596c3ad1f86be906824d09535507f30b82295f0fd3c22fd368e926",
    True: "67e155f39d7546a59f99cd406049e1e05fe4bd665f052244210b9af832c665ff",
}
READ = """
import ast, json, sys, sysconfig
from pathlib import Path

packages = Path(sysconfig.get_path("purelib"))

def tree(name):
    return ast.parse((packages / name).read_text())

def constant(name, wanted):
    for node in tree(name).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == wanted:
            return eval(compile(ast.Expression(node.value), name, "eval"))

def function(name, wanted):
    import numpy as np
    [node] = [node for node in tree(name).body if getattr(node, "name", "") == wanted]
    names = {"np": np}
    exec(compile(ast.Module([node], []), name, "exec"), names)
    return lambda confidence, correct: names[wanted](np.array(confidence), np.array(correct))

calibration = function("hle_eval/run_judge_results.py", "calib_err")
print(json.dumps({
    "hle": constant("hle_eval/run_judge_results.py", "JUDGE_PROMPT"),
    "simpleqa": constant("simple_evals/evals/simpleqa_eval.py", "GRADER_TEMPLATE"),
    "calibration": [calibration(*case) for case in json.load(sys.stdin)],
}))
"""


def digest(text: object) -> str:
    return sha256(str(text).encode()).hexdigest()


def test_simpleqas_judge_is_asked_as_its_authors_ask():
    fields = {"question": "Which {metal}?", "target": "mercury", "predicted_answer": "It is\n{mercury}."}

    assert digest(simpleqa.PROMPT.text(fields)) == SIMPLEQA


def test_the_last_exams_judge_is_asked_as_its_authors_ask():
    fields = {"question": "Which {metal}?", "correct_answer": "mercury", "response": "Exact Answer: {mercury}"}

    assert digest(hle.PROMPT.text(fields)) == HLE


@pytest.mark.parametrize("is_choice", [False, True])
def test_the_model_is_asked_as_glms_harness_asks(is_choice):
    [message] = GlmHle().messages(HleProblem("q", "Which {metal}?", "mercury", is_choice=is_choice))

    assert digest(message["content"]) == GLM_HLE[is_choice]


@pytest.fixture(scope="module")
def cases() -> list[tuple[list[float], list[float]]]:
    draw = random.Random(0)
    found = []
    for n in (100, 199, 250, 1000, 2158):
        sure = [draw.choice([draw.random(), 0.0, 0.9, 1.0]) for _ in range(n)]
        found.append((sure, [float(draw.random() < 0.3) for _ in sure]))
    return found


@pytest.fixture(scope="module")
def theirs(cases: Any) -> Any:
    python = judge_harness_python()
    done = subprocess.run([python, "-W", "ignore", "-c", READ], input=json.dumps(cases), capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_both_prompts_are_those_of_the_registrys_packages(theirs):
    assert theirs["hle"] == hle.PROMPT.template
    assert theirs["simpleqa"] == simpleqa.PROMPT.template


@pytest.mark.slow
def test_the_calibration_error_is_the_authors_own(theirs, cases):
    ours = [calibration_error(sure, [bool(one) for one in right]) for sure, right in cases]

    assert ours == pytest.approx(theirs["calibration"], abs=1e-12)
