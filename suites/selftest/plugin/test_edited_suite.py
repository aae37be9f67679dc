"""A suite that was edited is not held to what was recorded of it before: prompts and grader, and no comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from suites.selftest.plugin.test_multiple_choice import CAPITALS, Server

SUITE = """from pathlib import Path

from servecheck.evaluation.suite import Suite
from servecheck.grading.choice import Choice
from servecheck.problems.choice import ChoiceFile
from servecheck.protocols.multiple_choice import MultipleChoice


class Asked(MultipleChoice):
    name = "capitals_asked"

    def messages(self, problem):
        (message,) = super().messages(problem)
        return [{**message, "content": f"Think first. {message['content']}"}]


class Lenient(Choice):
    name = "lenient"

    def grade(self, problem, transcript, bench):
        # as it is
        return super().grade(problem, transcript, bench)


SUITE = Suite(
    name="capitals",
    grader=Lenient(),
    problems=ChoiceFile(Path(__file__).with_name("capitals.jsonl"), "capitals"),
    protocol=Asked(),
)
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def edited(suite, suite_environment, project_with, http_server, tmp_path_factory) -> Any:
    """Run the suite with a text of it in place of another, held to what was recorded of the text as it is."""
    root, scores = project_with(suites={"capitals": CAPITALS}), tmp_path_factory.mktemp("scores") / "scores.json"
    file: Path = root / "suites" / "capitals" / "suite.py"
    address = f"{http_server(Server)}/v1"

    def run(*arguments: str, old: str = "", new: str = "") -> Any:
        assert old in SUITE
        file.write_text(SUITE.replace(old, new) if old else SUITE)
        own = ("-m", "capitals", f"--base-url={address}", f"--references={scores}")
        return suite(*own, *arguments, root=root, environment=suite_environment)

    assert run("--record-reference").code == 0
    return run


def test_one_with_another_comment_and_margin_is_held_to_what_was_recorded(edited):
    run = edited(old='    name="capitals",\n', new='    name="capitals",  # of countries\n    margin=4,\n')

    assert run.json("capitals-scores.json")["gates"].keys() == {"paired"}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "Think first.",
            "Be quick.",
            "the protocol capitals_asked asked otherwise when it was recorded: record it anew",
        ),
        (
            "        return super().grade(",
            "        pass\n        return super().grade(",
            "grader 'lenient ",
        ),
    ],
    ids=["prompts", "grader"],
)
def test_one_with_other_prompts_or_another_grader_is_not_and_says_why(edited, old, new, why):
    run = edited("--require-gate", old=old, new=new)

    gates = run.json("capitals-scores.json")["gates"]
    assert run.code == 1, run.output
    assert [gate["verdict"] for gate in gates.values()] == ["NO REFERENCE"]
    assert f"not compared 75.0 % accuracy (recorded by servecheck): {why}" in run.output


def test_a_part_of_a_run_is_not_graded_again_by_a_grader_that_was_edited_and_all_of_it_is(edited):
    run = edited()
    one, *_ = run.verdicts
    scores = (run.run_dir / "capitals-scores.json").read_bytes()
    edit = {"old": "        return super().grade(", "new": "        pass\n        return super().grade("}

    assert edited(f"--run-dir={run.run_dir}", "-k", one["task_id"]).code != 4
    part = edited(f"--run-dir={run.run_dir}", "-k", one["task_id"], **edit)
    assert part.code == 4, part.output
    assert "was graded as a whole by lenient " in part.output
    assert (run.run_dir / "capitals-scores.json").read_bytes() == scores

    assert edited(f"--run-dir={run.run_dir}", **edit).code == 0
    assert (run.run_dir / "capitals-scores.json").read_bytes() != scores
