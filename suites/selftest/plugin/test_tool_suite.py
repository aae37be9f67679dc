"""A suite with a tool, four replies to each answer: what a killed run has of a conversation is not asked for again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from suites.selftest.kills import KILLS
from suites.selftest.time_limits import NEVER_S

pytestmark = pytest.mark.slow

SUITE = '''
"""Sums of four numbers, which a model is to add with a tool, one at a time."""

from dataclasses import dataclass

from servecheck.evaluation.conversation import Tool, with_tools
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.protocols import Grader, PromptProtocol
from servecheck.evaluation.suite import Suite
from servecheck.evaluation.verdict import Verdict


@dataclass(frozen=True)
class Sum:
    task_id: str
    terms: tuple[int, ...]


class Sums:
    name, version, sha256 = "sums", "1", "0" * 64
    task_ids = [f"Sum/{number}" for number in range(12)]

    def __getitem__(self, task_id):
        number = int(task_id.partition("/")[2])
        return Sum(task_id, (number, number + 1, number + 2, number + 3))


class Add(Tool):
    name, description = "add", "Adds two integers."
    parameters = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    }

    def call(self, arguments, bench):
        return str(arguments["a"] + arguments["b"])


class OneAtATime(PromptProtocol[Sum]):
    name, tools = "one_at_a_time", (Add(),)

    def messages(self, problem):
        return [{"role": "user", "content": f"Add {' '.join(map(str, problem.terms))} with the tool."}]

    def converse(self, problem):
        return with_tools(self.messages(problem), self.tools, most_replies=4)


class Exact(Grader[Sum]):
    name, takes, metrics = "exact", Sum, (Metric("accuracy"),)

    def grade(self, problem, transcript, bench):
        answer, right = transcript.reply.content.strip(), str(sum(problem.terms))
        if answer == right:
            return Verdict(score=1.0, answer=answer)
        return Verdict(score=0.0, kind="wrong_answer", reason=f"{answer} is not {right}", answer=answer)


SUITE = Suite(name="sums", grader=Exact(), problems=Sums(), protocol=OneAtATime())
'''
TEST = """
import pytest

pytestmark = pytest.mark.sums


def test_sums(case, grade):
    grade(case)
"""
Asked = tuple[str, int]
"""A request: its first message, and how many answers of tools it has."""
REPLIES = 4
# Requests of 48 that have come, three conversations at a time.
MOMENTS = range(8, 48, max(2, 20 // KILLS))


class Model:
    """Adds one number after the other, and is wrong about the sum that begins with 7.

    ``kill`` ends a process when so many requests have come.
    """

    def __init__(self, http_server: Callable[[type[BaseHTTPRequestHandler]], str]) -> None:
        self.asked: list[Asked] = []
        self.kill: tuple[int, Callable[[], None]] | None = None
        self._lock = threading.Lock()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._begin("application/json")
                self.wfile.write(json.dumps({"object": "list", "data": [{"id": "adder"}]}).encode())

            def do_POST(self) -> None:
                message = model.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"])
                self._begin("text/event-stream")
                finish = "tool_calls" if "tool_calls" in message else "stop"
                choice = {"index": 0, "delta": {"role": "assistant", **message}, "finish_reason": finish}
                usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
                for part in ({"choices": [choice]}, {"choices": [], "usage": usage}):
                    event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "adder", **part}
                    self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def _begin(self, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Keep quiet."""

        self.base_url = f"{http_server(Handler)}/v1"

    def answer(self, messages: list[Mapping[str, Any]]) -> dict[str, Any]:
        said = [str(message["content"]) for message in messages if message["role"] == "tool"]
        question = str(messages[0]["content"])
        with self._lock:
            self.asked.append((question, len(said)))
            if self.kill is not None and len(self.asked) == self.kill[0]:
                self.kill[1]()
        terms = [int(word) for word in question.split() if word.isdigit()]
        if len(said) == REPLIES - 1:
            return {"content": "0" if terms[0] == 7 else said[-1]}
        arguments = {"a": int(said[-1]) if said else terms[0], "b": terms[len(said) + 1]}
        function = {"name": "add", "arguments": json.dumps(arguments)}
        return {"tool_calls": [{"index": 0, "id": f"c{len(said)}", "type": "function", "function": function}]}


@pytest.fixture(scope="module")
def root(project_with: Callable[..., Path]) -> Path:
    """A project that has the suite."""
    return project_with(suites={"sums": {"suite.py": SUITE, "test_sums.py": TEST}})


@pytest.fixture
def model(http_server: Callable[[type[BaseHTTPRequestHandler]], str]) -> Model:
    return Model(http_server)


Begin = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def begin(
    command: Callable[..., list[str]], suite_environment: Mapping[str, str], root: Path, model: Model, tmp_path: Path
) -> Begin:
    """Begin the run in ``tmp_path / "run"``, or resume it."""

    def begun() -> subprocess.Popen[str]:
        line = command(tmp_path, "-m", "sums", f"--base-url={model.base_url}", "--concurrency=3", root=root)
        return subprocess.Popen(
            line, cwd=root, env=suite_environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    return begun


def _kept(run_dir: Path) -> set[Asked]:
    """The requests whose replies are there."""
    found = set()
    for number in range(12):
        exchanges = sorted((run_dir / "generations" / f"Sum_{number}-0").glob("*.json"))
        replies = [path for path in exchanges if "reply" in json.loads(path.read_text())]
        question = f"Add {number} {number + 1} {number + 2} {number + 3} with the tool."
        found |= {(question, place) for place in range(len(replies))}
    return found


def _judged(run_dir: Path) -> dict[str, bool]:
    return {
        record["task_id"]: record["solved"]
        for record in map(json.loads, (run_dir / "verdicts.jsonl").read_text().splitlines())
    }


EXPECTED = {f"Sum/{number}": number != 7 for number in range(12)}


def test_a_whole_run_asks_four_times_a_problem_and_needs_no_sandbox(begin: Begin, model: Model, tmp_path: Path) -> None:
    run = begin()
    output, _ = run.communicate(timeout=NEVER_S)

    assert run.returncode == 0, output
    assert _judged(tmp_path / "run") == EXPECTED, output
    assert len(model.asked) == len(set(model.asked)) == 12 * REPLIES
    assert "sums, accuracy" in output
    assert "11 of 12" in output
    assert "sandbox" not in output
    [record] = [
        record
        for record in map(json.loads, (tmp_path / "run" / "verdicts.jsonl").read_text().splitlines())
        if record["task_id"] == "Sum/0"
    ]
    assert record["tokens"] == 4 * REPLIES


def test_the_embedded_server_is_not_asked_what_it_has_no_answer_to(suite: Callable[..., Any], root: Path) -> None:
    run = suite("-m", "sums", root=root)

    assert run.code == 4
    assert "has no answers: name a server with --base-url, or another --profile, or give its problems" in run.output


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_in_mid_conversation_it_asks_for_nothing_that_it_has(
    begin: Begin, model: Model, tmp_path: Path, moment: int
) -> None:
    first = begin()
    model.kill = moment, lambda: os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=NEVER_S)
    assert first.returncode == -signal.SIGKILL
    kept, before = _kept(tmp_path / "run"), len(model.asked)
    model.kill = None

    again = begin()
    output, _ = again.communicate(timeout=NEVER_S)

    assert again.returncode == 0, output
    assert kept
    assert kept.isdisjoint(model.asked[before:])
    assert len(set(model.asked)) == 12 * REPLIES
    assert _judged(tmp_path / "run") == EXPECTED, output


@pytest.mark.parametrize(
    ("does", "ends", "told"),
    [
        (
            "return str(arguments[",
            "raise SystemExit(0)\n        return str(arguments[",
            "the tool add broke: SystemExit(0)",
        ),
        (
            "answer, right = ",
            "raise SystemExit(0)\n        answer, right = ",
            "the grader exact over Sum/0 broke: SystemExit(0)",
        ),
        (
            "number = int(",
            "raise SystemExit(0)\n        number = int(",
            "the problem set sums over 'Sum/0' broke: SystemExit(0)",
        ),
        (
            'return [{"role": "user"',
            'raise SystemExit(0)\n        return [{"role": "user"',
            "the prompt protocol one_at_a_time over 'Sum/0' broke: SystemExit(0)",
        ),
    ],
)
def test_code_of_a_suite_that_would_end_python_makes_no_run_pass(
    suite: Callable[..., Any], project_with: Callable[..., Path], model: Model, does: str, ends: str, told: str
) -> None:
    assert does in SUITE
    root = project_with(suites={"sums": {"suite.py": SUITE.replace(does, ends), "test_sums.py": TEST}})

    run = suite("-m", "sums", f"--base-url={model.base_url}", root=root)

    assert run.code in (1, 4), run.output
    assert told in run.output
    assert "INTERNALERROR" not in run.output


RUNS_PROGRAMS = (
    SUITE.replace("class Add(Tool):", "class Add(PythonTool):")
    .replace(
        'return str(arguments["a"] + arguments["b"])',
        "return super().call({\"code\": f\"print({arguments['a']} + {arguments['b']})\"}, bench).strip()",
    )
    .replace(
        "from servecheck.evaluation.verdict import Verdict",
        "from servecheck.evaluation.verdict import Verdict\nfrom servecheck.generation.python_tool import PythonTool",
    )
)


def test_a_tool_that_runs_programs_has_a_sandbox_where_something_is_left_to_ask(
    suite: Callable[..., Any], project_with: Callable[..., Path], model: Model, tmp_path: Path
) -> None:
    root = project_with(suites={"sums": {"suite.py": RUNS_PROGRAMS, "test_sums.py": TEST}})
    asks = ["-m", "sums", f"--base-url={model.base_url}", f"--run-dir={tmp_path / 'run'}"]
    no_docker = {"DOCKER_HOST": "tcp://127.0.0.1:1"}

    refused = suite(*asks, "--sandbox=auto", root=root, environment=no_docker)
    assert refused.code == 4, refused.output
    assert model.asked == []

    run = suite(*asks, "--sandbox=process", root=root, environment=no_docker)
    assert run.code == 0, run.output
    assert "sandbox: processes of this machine (as asked for)" in run.output
    assert _judged(tmp_path / "run") == EXPECTED, run.output

    again = suite(*asks, "--sandbox=auto", root=root, environment=no_docker)
    assert again.code == 0, again.output
    assert "sandbox" not in again.output
    assert len(model.asked) == 12 * REPLIES
