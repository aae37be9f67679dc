"""pytest-html, JUnit, four workers and GitHub's page at once: all tell the same of every problem and gate."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PROBLEM = re.compile(r"test_humaneval\[(Starter/\d+)\]")


class _Blob(HTMLParser):
    """What pytest-html's page shows, as the page has it: JSON in an attribute."""

    found: dict[str, Any]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "div" and given.get("id") == "data-container":
            self.found = json.loads(str(given["data-jsonblob"]))


@dataclass(frozen=True)
class Told:
    """By problem solved, unsolved or error; by gate, the verdict."""

    problems: dict[str, str]
    gates: dict[str, str]


@pytest.fixture(scope="module", params=["reference-degraded", "fault-http-500"])
def run(request, suite, tmp_path_factory):
    """A run with all outputs at once, and the folder that has them; FAIL, or errors and INVALID."""
    folder = tmp_path_factory.mktemp("outputs")
    page = f"--html={folder / 'page.html'}"
    done = suite(
        *("-n", "4", "-v", f"--profile={request.param}", page, "--self-contained-html"),
        environment={"GITHUB_STEP_SUMMARY": str(folder / "summary.md")},
    )
    return done, folder


@pytest.fixture(scope="module")
def kept(run, starter) -> Told:
    """What the run directory has, with which all are compared."""
    done, _ = run
    solved = {task_id: "solved" if one else "unsolved" for task_id, one in done.solved.items()}
    gates = {name: gate["verdict"] for name, gate in done.gates.items()}
    return Told({task_id: solved.get(task_id, "error") for task_id in starter.task_ids}, gates)


def test_the_runs_are_of_every_kind(run, kept):
    done, _ = run

    assert done.code == 1
    assert "solved" in kept.problems.values()
    assert ("unsolved" in kept.problems.values()) == (kept.gates["published"] == "FAIL")
    assert ("error" in kept.problems.values()) == (kept.gates["published"] == "INVALID")


def test_junit(run, kept):
    done, _ = run
    problems, gates = {}, {}
    for name, case in done.cases.items():
        properties = {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}
        element = next((tag for tag in ("error", "failure", "skipped") if case.find(tag) is not None), "")
        if problem := PROBLEM.fullmatch(name):
            problems[problem[1]] = {"": "solved", "skipped": "unsolved", "error": "error"}[element]
        else:
            assert element == {"PASS": "", "FAIL": "failure", "INVALID": "error"}[properties["gate"]]
            gates[name] = properties["gate"]

    assert problems == kept.problems
    assert [*gates.values()] == [*kept.gates.values()]


def test_pytest_html(run, kept):
    _, folder = run
    blob = _Blob()
    blob.feed((folder / "page.html").read_text())
    problems: dict[str, str] = {}
    gates = []
    for name, results in blob.found["tests"].items():
        for result in results:
            if problem := PROBLEM.search(name):
                word = {"Passed": "solved", "Skipped": "unsolved", "Error": "error"}[result["result"]]
                assert problems.setdefault(problem[1], word) == word
            else:
                gates.append({"Passed": "PASS", "Failed": "FAIL", "Error": "INVALID"}[result["result"]])

    assert problems == kept.problems
    assert gates == [*kept.gates.values()]


def test_terminal(run, kept):
    done, _ = run
    said = re.findall(r"(PASSED|UNSOLVED|ERROR) suites/humaneval/test_humaneval.py::(\S+)", done.output)
    words = {"PASSED": "solved", "UNSOLVED": "unsolved", "ERROR": "error"}
    problems = {PROBLEM.fullmatch(name)[1]: words[word] for word, name in said}
    headlines = [line.split(maxsplit=1)[1].partition(":")[0] for line in done.lines if line.startswith("gate  ")]
    at = done.lines.index("humaneval, pass@1 plus")

    assert problems == kept.problems
    assert headlines == [*kept.gates.values()]
    assert done.lines[at + 2].split()[-1] == kept.gates["published"]
    counts = Counter(kept.problems.values())
    for word, count in (("unsolved", counts["unsolved"]), ("passed", counts["solved"])):
        assert (f"{count} {word}" in done.last_line()) == bool(count)


def test_github_summary(run, kept):
    _, folder = run
    page = (folder / "summary.md").read_text()
    listed = set(re.findall(r"^\| `(Starter/\d+)` \|", page, re.M))

    assert re.findall(r"^\*\*([A-Z ]+)\*\* `humaneval", page, re.M) == [*kept.gates.values()]
    assert listed == {task_id for task_id, word in kept.problems.items() if word == "unsolved"}
    missing = [word for word in kept.problems.values() if word == "error"]
    assert (f"{len(missing)} of {len(kept.problems)} missing" in page) == bool(missing)


def test_evalplus_file(run, kept):
    done, _ = run
    results = json.loads((done.run_dir / "eval_results.json").read_text())["eval"]

    passed = {task_id for task_id, (row,) in results.items() if row["base_status"] == row["plus_status"] == "pass"}
    assert passed == {task_id for task_id, word in kept.problems.items() if word == "solved"}
