"""``python -m suites.selftest.sandbox.busy_machine``: whether a busy machine changes verdicts, in Markdown.

Grades programs as the command does (``-n 2``, Docker), once on the machine as it is and then, round after round, beside
loops that take every CPU many times over. Programs: HumanEval+'s own solutions, and the samples of
``SERVECHECK_TEST_SAMPLES``, where it names any. A verdict may differ only where the program's CPU time, all inputs
together, was over 70 % of an input's limit as it was; those are named. The first run is the yardstick: start it on a
machine that is idle. At the end, once beside the loops, three programs that never end, each in its way.

Needs the data that ``HUMANEVAL_OVERRIDE_PATH`` names, or the problem set in its cache. Ends with code 1 where a verdict
differs that may not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servecheck.grading.code.expected_values import MIN_LIMIT_S
from servecheck.problems import load_problem_set

ROOT = Path(__file__).parents[3]
NEAR_LIMIT = 0.7
_SAMPLES = "wizardcoder-15b.jsonl.gz"
# It ends with this process, however that ends.
_LOOP = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    for _ in range(10**6): pass"
_NEVER = {
    "sleeps": "import time\ndef {name}(*_): time.sleep(3600)\n",
    "deadlocks": "import threading\ndef {name}(*_):\n    lock = threading.Lock()\n    lock.acquire()\n"
    "    lock.acquire()\n",
    "spins": "def {name}(*_):\n    while True: pass\n",
}


@dataclass(frozen=True, slots=True)
class Program:
    """A program, what it is called here, and the problem that it is for."""

    name: str
    task_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Graded:
    """Its verdict: of base and plus in EvalPlus's words, of what kind, and why; CPU seconds of all inputs together."""

    statuses: tuple[str, str]
    kind: str
    reason: str
    cpu_s: float

    @property
    def verdict(self) -> tuple[tuple[str, str], str]:
        """What must not differ."""
        return self.statuses, self.kind


def programs(tasks: Sequence[str]) -> list[Program]:
    """All programs for ``tasks`` that end; for every problem where that is empty."""
    problems = load_problem_set("humaneval-plus")
    wanted = tasks or problems.task_ids
    chosen = [Program("own solution", task_id, problems[task_id].canonical_program) for task_id in wanted]
    folder = os.environ.get("SERVECHECK_TEST_SAMPLES")
    if folder is not None:
        with gzip.open(Path(folder, _SAMPLES), "rt") as lines:
            rows = [json.loads(line) for line in lines]
        chosen += [Program("sample", row["task_id"], row["solution"]) for row in rows if row["task_id"] in wanted]
    return chosen


def endless() -> list[Program]:
    """Three programs that never end, each in its way."""
    problem = load_problem_set("humaneval-plus")["HumanEval/0"]
    return [Program(name, problem.task_id, code.format(name=problem.entry_point)) for name, code in _NEVER.items()]


def grade(chosen: Sequence[Program], folder: Path) -> list[Graded]:
    """Grade with the command itself; in the order of ``chosen``.

    Raises:
        RuntimeError: there is not one verdict a program.
    """
    replies = folder / "replies.jsonl"
    replies.write_text("".join(json.dumps({"task_id": it.task_id, "solution": it.code}) + "\n" for it in chosen))
    command = [sys.executable, "-m", "pytest", "-q", "-m", "humaneval", "-n", "2", "-p", "no:cacheprovider"]
    command += [f"--replies={replies}", f"--run-dir={folder / 'run'}", "--sandbox=docker"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        records = [json.loads(line) for line in (folder / "run" / "verdicts.jsonl").read_text().splitlines()]
    except FileNotFoundError:
        records = []
    if len(records) != len(chosen):
        raise RuntimeError(f"{len(records)} verdicts of {len(chosen)} programs\n{done.stdout}{done.stderr}")
    by_case = {(record["task_id"], record["sample"]): record for record in records}
    samples: dict[str, int] = {}
    graded = []
    for program in chosen:
        sample = samples[program.task_id] = samples.get(program.task_id, -1) + 1
        graded.append(_graded(by_case[program.task_id, sample]))
    return graded


def _graded(record: Mapping[str, Any]) -> Graded:
    statuses = (record["parts"]["base"]["status"], record["parts"]["plus"]["status"])
    return Graded(statuses, record["kind"], record["reason"], record["program_cpu_s"])


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Loops beside, each in a session of its own, for kernels share CPUs out by session first."""
    running = [subprocess.Popen([sys.executable, "-c", _LOOP], start_new_session=True) for _ in range(loops)]
    try:
        yield
    finally:
        for loop in running:
            loop.kill()
        for loop in running:
            loop.wait()


def near_limit(program: Program, idle: Graded) -> bool:
    """Whether its verdict may differ: it is near a limit, and nobody vouches for it."""
    return program.name == "sample" and idle.cpu_s > NEAR_LIMIT * MIN_LIMIT_S


def differences(chosen: Sequence[Program], idle: Sequence[Graded], other: Sequence[Graded]) -> list[str]:
    """A line for each verdict that is not the idle run's or that may not be; none where all is well."""
    lines = []
    for program, before, after in zip(chosen, idle, other, strict=True):
        if before.verdict != after.verdict and not near_limit(program, before):
            lines.append(f"{program.task_id}, {program.name}: {before.kind} idle, {after.kind} busy ({after.reason})")
        if program.name == "own solution" and after.kind != "solved":
            lines.append(f"{program.task_id}, {program.name}: {after.kind} ({after.reason})")
    return lines


def main(arguments: Sequence[str]) -> int:
    """Print what came of it; 1 where a verdict differs that may not."""
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.sandbox.busy_machine", description=__doc__)
    parser.add_argument("--loops", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", default="", metavar="ID,ID", help="these problems alone (default: all)")
    options = parser.parse_args(arguments)
    chosen = programs([task for task in options.tasks.split(",") if task])
    wrong: list[str] = []
    print("| run | seconds | verdicts that differ |\n|---|---|---|")
    idle: list[Graded] = []
    for number in range(options.rounds + 1):
        began = time.monotonic()
        graded = _graded_beside(options.loops if number else 0, chosen)
        idle = idle or graded
        lines = differences(chosen, idle, graded)
        wrong += lines
        name = f"{options.loops} loops, {number}" if number else "as it is"
        print(f"| {name} | {time.monotonic() - began:.0f} | {'; '.join(lines) or 'none'} |", flush=True)
    print(f"\n{len(chosen)} programs. Over {NEAR_LIMIT:.0%} of an input's limit, so that their verdicts may differ:")
    for program, before in zip(chosen, idle, strict=True):
        if near_limit(program, before):
            print(f"- {program.task_id}, {program.name}: {before.cpu_s:.1f} CPU s, {before.kind}")
    print("\nWhat never ends, beside the loops:")
    for program, last in zip(endless(), _graded_beside(options.loops, endless()), strict=True):
        print(f"- {program.name}: {last.reason}")
        if last.kind != "timeout":
            wrong.append(program.name)
    return 1 if wrong else 0


def _graded_beside(loops: int, chosen: Sequence[Program]) -> list[Graded]:
    with tempfile.TemporaryDirectory() as folder, busy(loops):
        return grade(chosen, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
