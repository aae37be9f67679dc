"""A suite of multiple choice with problems of its own is one folder: no line of the package, no sandbox."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from servecheck.report.history import histories, history_json
from servecheck.rundir.stored_run import read_stored_run

ANSWERS = {
    "Switzerland": "Bern", "Australia": "Canberra", "Canada": "Ottawa", "Turkey": "Ankara", "Brazil": "Brasilia",
    "Morocco": "Rabat", "Vietnam": "Hanoi", "Kenya": "Nairobi",
}  # fmt: skip
PROBLEMS = "".join(
    json.dumps(
        {
            "task_id": f"capital/{country}",
            "question": f"What is the capital of {country}?",
            "choices": [right, "Zurich", "Sydney", "Lagos"],
            "answer": "A",
        }
    )
    + "\n"
    for country, right in ANSWERS.items()
)
CAPITALS = {
    "suite.py": '''"""Capitals of countries, by multiple choice."""

from pathlib import Path

from servecheck.evaluation.suite import Suite
from servecheck.grading.choice import Choice
from servecheck.problems.choice import ChoiceFile
from servecheck.profiles.schema import Sampling
from servecheck.protocols.multiple_choice import MultipleChoice

SUITE = Suite(
    name="capitals",
    grader=Choice(),
    problems=ChoiceFile(Path(__file__).with_name("capitals.jsonl"), "capitals"),
    protocol=MultipleChoice(),
    sampling=Sampling(max_tokens=256),
)
''',
    "test_capitals.py": "def test_capitals(case, grade):\n    grade(case)\n",
    "capitals.jsonl": PROBLEMS,
}
SAID = {"Kenya": "I cannot tell.", "Vietnam": "Answer: C"}  # of every other country, what is right


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer("application/json", json.dumps({"object": "list", "data": [{"id": "m"}]}))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][-1]["content"]
        said = next((text for country, text in SAID.items() if country in asked), "It is clear.\nAnswer: A")
        choice = {"index": 0, "delta": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 30, "completion_tokens": 6, "total_tokens": 36}
        head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        chunks = [{**head, "choices": [choice]}, {**head, "choices": [], "usage": usage}]
        self._answer(
            "text/event-stream", "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"
        )

    def _answer(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def root(project_with) -> Path:
    """A project that has the suite."""
    return project_with(suites={"capitals": CAPITALS})


@pytest.fixture(scope="module")
def capitals(suite, suite_environment, root, http_server, tmp_path_factory) -> Any:
    """Run the suite without a Docker engine, and hold it to the scores in a file."""
    scores = tmp_path_factory.mktemp("scores") / "scores.json"
    address = f"{http_server(Server)}/v1"
    environment = {**suite_environment, "DOCKER_HOST": "unix:///nowhere/docker.sock"}

    def run(*arguments: str) -> Any:
        own = ("-m", "capitals", f"--base-url={address}", f"--references={scores}", "--sandbox=auto")
        return suite(*own, *arguments, root=root, environment=environment)

    return run


@pytest.fixture(scope="module")
def first(capitals):
    return capitals("--record-reference")


@pytest.fixture(scope="module")
def again(capitals, first):
    return capitals(f"--run-dir={first.run_dir}", "-n", "2")


def test_its_folder_is_small():
    assert sum(len(text.splitlines()) for text in CAPITALS.values()) <= 60


def test_its_verdicts_are_told_with_reasons(first):
    assert first.code == 0, first.output
    assert [(row["task_id"], row["kind"], row["reason"]) for row in first.verdicts if not row["solved"]] == [
        ("capital/Vietnam", "wrong_answer", "wrong answer: C, expected A"),
        ("capital/Kenya", "no_answer", "no answer: the reply settles on none of ABCD"),
    ]
    assert "sandbox" not in first.output


def test_its_metric_decides_by_its_own_name_in_every_report(first):
    scores = first.json("capitals-scores.json")
    stored = read_stored_run(first.run_dir)
    (history,) = history_json(histories([stored]))

    assert (scores["metric"], scores["scores"]["accuracy"]["solved"]) == ("accuracy", 6)
    assert "accuracy  6/8  75.0 %" in first.output
    assert "capitals, accuracy" in first.output
    assert stored.suites["capitals"].gated_score.metric == "accuracy"
    assert [(one["metric"], one["percent"], one["why_none"]) for one in history["lines"][0]["points"]] == [
        ("accuracy", 75.0, "")
    ]
    for report in ("report.md", "report.html"):
        assert "accuracy" in (first.run_dir / report).read_text()


@pytest.mark.slow
def test_it_is_recorded_and_resumed_in_parallel_and_held_to_itself(first, again):
    assert "6 of 8 solved, 75.0 %" in next(line for line in first.lines if line.startswith("recording"))
    assert again.code == 0, again.output
    assert "every reply is there: nothing is asked" in again.output
    # in the folder of the first run, which was resumed
    assert first.json("capitals-scores.json")["gates"]["paired"]["figures"]["newly_failing"] == []
    assert sum(first.solved.values()) == 6


@pytest.mark.slow
def test_it_can_be_tried_at_once_without_a_model(suite, root):
    run = suite("-m", "capitals", root=root)

    assert run.code == 0, run.output
    assert "accuracy  8/8  100.0 %" in run.output
    assert "self-check, of no model" in run.output
    assert "Self-check, of no model" in (run.run_dir / "report.md").read_text()
    assert "Self-check</strong>, of no model" in (run.run_dir / "report.html").read_text()


@pytest.mark.slow
def test_beside_it_the_suite_that_runs_programs_is_named_where_there_is_no_docker(capitals):
    run = capitals("-m", "humaneval or capitals", "--problems=starter")

    assert run.code == 4
    assert "humaneval runs programs: no Docker engine answers" in run.output
    assert "capitals runs" not in run.output


@pytest.mark.slow
def test_beside_a_suite_that_runs_programs_its_own_run_has_its_problems_and_no_sandbox(capitals, first):
    run = capitals("-m", "humaneval or capitals", "--problems=starter", "--model=m", "--sandbox=process")

    manifests = {folder.name: json.loads((folder / "run.json").read_text()) for folder in run.run_dir.glob("m*")}
    assert {name: found["identity"]["problems"] for name, found in manifests.items()} == {
        "m": "starter",
        "m-capitals": "capitals",
    }
    choices = {name: found["segments"][0]["sandbox"]["choice"] for name, found in manifests.items()}
    assert (choices["m-capitals"], choices["m"]["kind"]) == (None, "process")
    assert "capitals, accuracy" in run.output
