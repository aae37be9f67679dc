"""Answers with and without speculative decoding, graded by the suite that is named for it, and paired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.problem import Problem
from servecheck.evaluation.protocols import Grader
from servecheck.evaluation.suite import Suite
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.gates.decision import Decision
from servecheck.gates.measured import Measured, MeasuredSpeed
from servecheck.gates.quality import OnQuality
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Profile
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.resolve import ResolvedRun
from servecheck.runs.throughput.quality import Answers, graded_quality
from servecheck.sandbox.options import SandboxChoice

from suites.selftest.records import ALONE


class SaysYes(Grader[Problem]):
    """Solved is what says yes: it runs no program."""

    name = "says_yes"
    takes = object
    metrics = ALONE

    def grade(self, problem: Problem, transcript: Transcript, bench: Bench) -> Verdict:
        return Verdict(score=float(transcript.reply.content == "yes"))


SUITE: Suite[Any] = Suite(name="yes", grader=SaysYes())


def reply(content: str) -> Reply:
    return Reply(content, None, "stop", "m", Usage(10, 1), Timings(1.0, None, 1.0), "")


@pytest.fixture
def resolved(tmp_path: Path) -> ResolvedRun:
    problems = load_problem_set("starter")
    nowhere = SandboxChoice("docker", "worker", 1 << 30, None, f"unix://{tmp_path}/nobody.sock")
    samples = dict.fromkeys(problems.task_ids, (0,))
    return ResolvedRun(Profile(name="p", model="m"), problems, samples, None, "asked", tmp_path, nowhere, None)


@pytest.fixture
def answered(resolved: ResolvedRun, tmp_path: Path):
    def all_but(lost: int, arm: str) -> Answers:
        answers = Answers(tmp_path / arm)
        store = ReplyStore(answers.folder)
        for number, task_id in enumerate(resolved.problems.task_ids):
            store.write(task_id, 0, reply("no" if number < lost else "yes"))
        return answers

    return all_but


def gate(resolved: ResolvedRun, off: Answers, on: Answers) -> Decision:
    quality = graded_quality(off, on, resolved, SUITE, margin=10.0, say=lambda _: None)
    found = OnQuality().decide(Measured(speed=MeasuredSpeed(quality=quality)))
    assert found is not None
    return found


def test_answers_that_are_the_same_pass_and_no_sandbox_is_asked_for(resolved, answered):
    result = gate(resolved, answered(3, "off"), answered(3, "on"))

    assert result.headline.startswith("PASS")


def test_answers_that_speculative_decoding_loses_fail(resolved, answered):
    result = gate(resolved, answered(0, "off"), answered(30, "on"))

    assert result.headline.startswith("FAIL")


def test_an_arm_without_replies_has_no_score(resolved, answered):
    on = answered(0, "on")
    on.failed("Starter/1", "the server went away")

    result = gate(resolved, answered(0, "off"), on)

    assert result.headline == (
        "INVALID: speculative decoding on: 1 of 44 problems have no reply (Starter/1: the server went away)"
    )
