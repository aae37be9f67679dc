"""Requests and filter against lm-evaluation-harness itself: the installed package, run as it is, talking to a server.

HumanEval's problems are not the project's: the comparison on them needs ``HUMANEVAL_OVERRIDE_PATH``.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from servecheck.evaluation.problem import ProblemSet
from servecheck.grading.code.humaneval_check import Asserted
from servecheck.grading.code.lm_eval import grade_lm_eval, lm_eval_program
from servecheck.problems import load_problem_set
from servecheck.problems.code import CodeProblem
from servecheck.profiles.schema import Profile, Sampling
from servecheck.protocols import PROTOCOLS
from servecheck.protocols.lm_eval_instruct import LmEvalInstruct
from servecheck.protocols.request_body import request_body
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend

from suites.selftest.tool_environments import lm_eval_python

pytestmark = pytest.mark.slow

ITSELF = Path(__file__).with_name("lm_eval_itself.py")
MODEL = "some/model"
GEN_KWARGS = "max_tokens=4096,max_gen_toks=4096,repetition_penalty=1.05,do_sample=false"
SAMPLING = Sampling(max_tokens=4096, repetition_penalty=1.05)
SEED = 20_260_228
# What chat replies are made of, and what a search for a fence could trip over.
PIECES = [
    "```", "```python\n", "\n```\n", "````", "``", "`", "~~~", " ```", "\t```py\r\n", "``\u200b`", "` ` `", "\\```",
    "    return x\n", "def f(x):\n", "import math\n", "# note\n", '    """Doc ``` string."""\n', "if x:\n",
    "Here is the completed function:\n", "Sure! ", "<think>", "</think>", "!!!", "\n\n", "\r\n", " ", "\x00", "\u2028",
    "é", "漢字", "🙂", "\ud83d", "\ufeff", "`" * 50, "x" * 500,
]  # fmt: skip


class Server(ThreadingHTTPServer):
    """Answers every chat request with what it has for that prompt, and keeps the body."""

    def __init__(self, replies: dict[str, str | None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies, self.bodies = replies, []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        message = {"role": "assistant", "content": self.server.replies[body["messages"][0]["content"]]}
        answer = {"model": MODEL, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def generated(count: int) -> Iterator[str]:
    """Replies of 0 to 12 pieces."""
    draw = random.Random(SEED)
    for _ in range(count):
        yield "".join(draw.choices(PIECES, k=draw.randint(0, 12)))


def ask_lm_eval(
    problems: list[CodeProblem],
    replies: list[str | None],
    folder: Path,
    texts: Sequence[tuple[str, str]] = (),
    *,
    trusted: bool = False,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What lm-eval made of these replies and texts, and its requests' bodies; it scores where they are trusted."""
    docs = [
        {"task_id": problem.task_id, "prompt": problem.prompt, "entry_point": problem.entry_point, "test": problem.test}
        for problem in problems
    ]
    (folder / "docs.jsonl").write_text("".join(json.dumps(doc) + "\n" for doc in docs))
    (folder / "texts.json").write_text(json.dumps(texts))
    asked = [LmEvalInstruct().messages(problem)[0]["content"] for problem in problems]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    with Server(dict(zip(asked, replies, strict=True))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        task = {
            "task": "humaneval_instruct_local",
            "docs": str(folder / "docs.jsonl"),
            "texts": str(folder / "texts.json"),
            "answer": str(folder / "answer.json"),
            "base_url": server.base_url,
            "model": MODEL,
            "gen_kwargs": GEN_KWARGS,
            "trusted": trusted,
        }
        done = subprocess.run(
            [lm_eval_python(), str(ITSELF)],
            input=json.dumps(task), env=environment, cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        server.shutdown()
        thread.join()
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "answer.json").read_text()), server.bodies


def by_question(bodies: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {body["messages"][0]["content"]: body for body in bodies}


@pytest.mark.parametrize(
    "name",
    [
        "starter",
        pytest.param(
            "humaneval-plus",
            marks=pytest.mark.skipif(
                "HUMANEVAL_OVERRIDE_PATH" not in os.environ,
                reason="HUMANEVAL_OVERRIDE_PATH names no copy of HumanEval+",
            ),
        ),
    ],
)
def test_requests_and_filter_are_lm_evals_own(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROTOCOLS, LmEvalInstruct.name, LmEvalInstruct())
    problem_set: ProblemSet = load_problem_set(name)
    problems = [problem_set[task_id] for task_id in problem_set.task_ids]
    sent = [None if index % 10 == 9 else reply for index, reply in enumerate(generated(len(problems)))]
    texts = [(problems[index % len(problems)].prompt, reply) for index, reply in enumerate(generated(10_000))]

    answer, bodies = ask_lm_eval(problems, sent, tmp_path, texts)

    assert answer["version"] == "0.4.13"
    profile = Profile(name="p", model=MODEL, protocol=LmEvalInstruct.name, sampling=SAMPLING)
    ours = [request_body(profile, LmEvalInstruct().messages(problem), stream=False) for problem in problems]
    assert len(bodies) == len(problems)
    assert by_question(bodies) == by_question(ours)
    for problem, reply in zip(problems, sent, strict=True):
        made = lm_eval_program("reply", reply or "", problem).code
        assert made == answer["samples"][problem.task_id]["filtered"], problem.task_id
    for index, (_, reply) in enumerate(texts):
        assert lm_eval_program("reply", reply, problems[index % len(problems)]).code == answer["filtered"][index]


def test_scores_are_lm_evals_own_on_the_starter_problems(tmp_path: Path) -> None:
    starter = load_problem_set("starter")
    problems = [starter[task_id] for task_id in starter.task_ids]
    wraps = ["{}", "```python\n{}```", "{}```\nDone.", "Sure!\n{}", "    return None\n{}", "", "    x = (\n{}"]
    replies = [wraps[index % len(wraps)].format(each.canonical_solution) for index, each in enumerate(problems)]

    answer, _ = ask_lm_eval(problems, replies, tmp_path, trusted=True)

    asserted, ours = Asserted(), {}
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        for problem, reply in zip(problems, replies, strict=True):
            program = lm_eval_program("reply", reply, problem)
            ours[problem.task_id] = grade_lm_eval(program, problem, asserted, sandbox).solved
    assert ours == {task_id: sample["passed"] for task_id, sample in answer["samples"].items()}
    assert answer["pass_at_1"] == sum(ours.values()) / len(ours)
    assert 0 < sum(ours.values()) < len(ours)


def test_the_generated_replies_hold_what_the_filter_turns_on() -> None:
    replies = list(generated(10_000))

    positions = [reply.find("```") for reply in replies]
    assert min(positions.count(-1), positions.count(0), sum(position > 0 for position in positions)) > 500
    assert "" in replies
    assert len(set(replies)) > 8_000
