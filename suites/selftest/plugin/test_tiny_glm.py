"""A real vLLM serves tiny-glm: what a user types, and what a user then has."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROBLEMS = 32
SOLVED_AT_LEAST = 29  # 90 %
FAMILY = ["tiny-glm", "tiny-glm-lossy", "tiny-glm-mtp", "tiny-glm-mtp-broken", "tiny-glm-thinking"]
OWN = """
[thinks-too-long]
extends = "tiny-glm-thinking"
sampling.max_tokens = 8

[one-at-a-time]
extends = "tiny-glm"
concurrency = 1
"""

pytestmark = pytest.mark.slow


class Served:
    """One command that has ended."""

    def __init__(self, process: subprocess.Popen[str], run_dir: Path) -> None:
        self.output = process.communicate(timeout=1500)[0]
        self.lines = self.output.splitlines()
        self.code, self.run_dir = process.returncode, run_dir

    def scores(self, profile: str = "") -> dict:
        return json.loads((self.run_dir / profile / "scores.json").read_text())

    def gate(self, name: str, profile: str = "") -> dict:
        return self.scores(profile)["gates"][name]

    def solved(self, profile: str = "") -> int:
        return self.scores(profile)["scores"]["pass@1 plus"]["solved"]


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., tuple[subprocess.Popen[str], Path]]]:
    """Begin ``-m humaneval`` with these options: engine and weights come from the user's cache."""
    folder = tmp_path_factory.mktemp("tiny-glm")
    (folder / "own.toml").write_text(OWN)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    begun: list[subprocess.Popen[str]] = []

    def start(*options: str, run_dir: Path | None = None) -> tuple[subprocess.Popen[str], Path]:
        run_dir = run_dir or folder / f"run{len(begun)}"
        line = [sys.executable, "-m", "pytest", "-m", "humaneval", "-p", "no:cacheprovider", f"--run-dir={run_dir}"]
        line += [f"--profiles-file={folder / 'own.toml'}", *options]
        process = subprocess.Popen(
            line, cwd=ROOT, env={**kept, "COLUMNS": "200"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        begun.append(process)
        return process, run_dir

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def family(begin) -> Served:
    return Served(*begin("--profile", "tiny-glm*"))


@pytest.mark.smoke
def test_a_real_engine_gives_real_code_that_solves_the_problems(begin):
    run = Served(*begin("--profile", "tiny-glm"))
    replies = [json.loads(path.read_text()) for path in (run.run_dir / "generations").glob("*.json")]
    [segment] = json.loads((run.run_dir / "run.json").read_text())["segments"]

    assert run.code == 0, run.output
    assert run.solved() >= SOLVED_AT_LEAST
    assert len(replies) == PROBLEMS
    assert all(reply["usage"]["completion_tokens"] > 10 and reply["model"] == "tiny-glm" for reply in replies)
    assert any(re.match(r"server +vLLM 0\.\d+\.\d\S*, up in \d+\.\d s$", line) for line in run.lines)
    assert segment["server"]["max_model_len"] == 6144
    assert segment["server"]["context"]["checked_by"] == "tokenize"


def test_five_servers_one_after_another_make_one_table(family):
    rows = [line.split() for line in family.lines]
    segments = [json.loads((family.run_dir / name / "run.json").read_text())["segments"][-1] for name in FAMILY]

    assert [row[0] for row in rows if len(row) > 3 and row[0] in FAMILY and row[1].isdigit()] == FAMILY
    assert [
        one["profile"] for one in json.loads((family.run_dir / "comparison.json").read_text())["suites"][0]["profiles"]
    ] == FAMILY
    assert all(segment["server"]["start_s"] > 1 for segment in segments)


def test_lossy_weights_fail_in_pairs_and_nothing_else_does(family):
    verdicts = {name: family.gate("baseline", name)["verdict"] for name in FAMILY[1:]}

    assert family.solved("tiny-glm") >= SOLVED_AT_LEAST
    assert verdicts.pop("tiny-glm-lossy") == "FAIL"
    assert "FAIL" not in verdicts.values()
    assert family.code == 1


def test_acceptance_is_a_gate_of_its_own(family):
    trained, noise = (family.gate("acceptance", name) for name in ("tiny-glm-mtp", "tiny-glm-mtp-broken"))

    assert trained["figures"]["acceptance_length"] >= 1.6
    assert trained["verdict"] == "PASS"
    assert noise["verdict"] == "FAIL"
    assert noise["figures"]["acceptance_length"] < 1.1
    assert "acceptance" not in family.scores("tiny-glm")["gates"]


def test_thinking_is_kept_apart_from_the_answer(family):
    replies = [json.loads(path.read_text()) for path in (family.run_dir / FAMILY[-1] / "generations").glob("*.json")]

    assert family.solved("tiny-glm-thinking") >= SOLVED_AT_LEAST
    assert all(reply["reasoning"] for reply in replies)
    assert not any("think>" in reply["content"] for reply in replies)


def test_a_budget_that_thinking_uses_up_is_no_score_of_0(begin):
    run = Served(*begin("--profile", "thinks-too-long"))

    assert run.code == 1
    assert run.gate("published")["verdict"] == "INVALID"
    assert "with reasoning that used up max_tokens" in run.gate("published")["headline"]
    assert "raise max_tokens or turn thinking off" in run.gate("published")["headline"]


def test_an_engine_that_is_killed_makes_the_run_invalid_and_resuming_finishes_it(begin):
    process, run_dir = begin("--profile", "one-at-a-time")
    generations = run_dir / "generations"
    while not (generations.exists() and len(list(generations.glob("[!.]*.json"))) >= 3):
        assert process.poll() is None
        time.sleep(0.05)
    engine = _engine_below(process.pid)
    os.kill(engine, signal.SIGKILL)

    run = Served(process, run_dir)
    again = Served(*begin("--profile", "one-at-a-time", run_dir=run_dir))

    assert run.code == 1
    assert "INVALID" in run.output
    assert "vLLM ended with signal 9" in run.output
    assert "resuming: " in again.output
    assert again.code == 0
    assert again.solved() >= SOLVED_AT_LEAST


def _engine_below(pid: int) -> int:
    """The API server's process: the first below the command that runs its module."""
    parents: dict[int, tuple[int, list[bytes]]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            parents[int(path.name)] = (int(fields[1]), (path / "cmdline").read_bytes().split(b"\0"))
        except OSError:
            continue  # it has ended meanwhile
    below = [pid]
    for parent in below:
        for child, (its_parent, command) in sorted(parents.items()):
            if its_parent == parent and command[1:3] == [b"-m", b"vllm.entrypoints.openai.api_server"]:
                return child
            if its_parent == parent:
                below.append(child)
    raise AssertionError("no engine runs below the command")


@pytest.fixture(scope="module")
def instructed(begin) -> Served:
    """Under lm-eval's protocol: every later ``-m`` takes the earlier one's place."""
    return Served(*begin("-m", "humaneval_instruct", "--profile", "tiny-glm,tiny-glm-thinking"))


def _instructed(run: Served, profile: str) -> dict:
    return json.loads((run.run_dir / profile / "humaneval_instruct-scores.json").read_text())


def test_answers_in_fences_score_under_lm_evals_protocol_through_the_profiles_transforms(instructed):
    scores = _instructed(instructed, "tiny-glm")

    assert scores["scores"]["pass@1 base"]["solved"] >= SOLVED_AT_LEAST
    assert scores["reading"]["evalplus"]["plus"] >= SOLVED_AT_LEAST


def test_thinking_turns_them_into_prose_which_scores_nothing_and_is_named(instructed):
    scores = _instructed(instructed, "tiny-glm-thinking")

    assert instructed.code == 1
    assert scores["scores"]["pass@1 base"]["solved"] == 0
    assert scores["gates"]["baseline"]["verdict"] == "FAIL"
    assert scores["reading"]["findings"] == {"not_python": PROBLEMS}
    assert "turn thinking off" in instructed.output


def test_the_same_replies_score_nothing_where_they_are_read_without_transforms(begin, instructed):
    again = Served(
        *begin(
            "-m", "humaneval_instruct", "--profile=replay", "--transforms=none", run_dir=instructed.run_dir / "tiny-glm"
        )
    )

    assert f"finding      {PROBLEMS} unsolved, fence first" in again.output
    assert f"EvalPlus     the same replies under its rules: base {PROBLEMS}/{PROBLEMS} 100.0 %" in again.output
