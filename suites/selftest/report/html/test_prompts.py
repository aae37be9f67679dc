"""What was asked is the messages that were sent, else the problem's text where it surely is the same, else missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from servecheck.problems import load_problem_set
from servecheck.report.html.prompts import Prompts
from servecheck.rundir.stored_run import StoredRun, read_stored_run

from suites.selftest.report.html.stored import Case, write_run

STARTER = load_problem_set("starter")


def run(folder: Path, task_id: str = "Starter/0", **identity: Any) -> StoredRun:
    return read_stored_run(write_run(folder, [Case(task_id, True)], identity=identity))


def test_the_messages_that_were_sent_come_first(tmp_path: Path):
    messages = [{"role": "system", "content": "Be exact."}, {"role": "user", "content": "Write f."}]
    stored = read_stored_run(write_run(tmp_path, [Case("T/0", True)], prompts={"T/0": messages}))

    found = Prompts().of(stored, "T/0")

    assert found.messages == (("system", "Be exact."), ("user", "Write f."))


def test_the_problem_stands_in_where_its_set_is_the_runs(tmp_path: Path):
    found = Prompts().of(run(tmp_path, problems="starter", problems_sha256=STARTER.sha256), "Starter/0")

    assert found.messages == (("", STARTER["Starter/0"].prompt),)
    assert found.origin.startswith("the problem's text, from the problem set starter")


@pytest.mark.parametrize(
    ("identity", "task_id", "why"),
    [
        ({"problems": "starter", "problems_sha256": "0" * 64}, "Starter/0", "starter is another version here"),
        ({"problems": "starter", "problems_sha256": STARTER.sha256}, "T/9", "starter has no such problem"),
        ({"problems": "../../etc", "problems_sha256": "0" * 64}, "T/0", "there is no problem set ../../etc here"),
        ({"problems": ["starter"], "problems_sha256": 7}, "T/0", "which problems it asked is not known"),
    ],
)
def test_what_cannot_be_known_is_said_to_be_missing(tmp_path: Path, identity: dict[str, Any], task_id: str, why: str):
    found = Prompts().of(run(tmp_path, **identity), task_id)

    assert found.messages == ()
    assert found.origin == f"the run's folder does not have the messages, and {why}"


def test_no_problem_set_is_fetched_for_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("HUMANEVAL_OVERRIDE_PATH", raising=False)
    stored = run(tmp_path, problems="humaneval-plus", problems_sha256="0" * 64)

    found = Prompts().of(stored, "HumanEval/0")

    assert found.origin.endswith("the file of humaneval-plus is not on this machine")
    assert not (tmp_path / "cache").exists()
