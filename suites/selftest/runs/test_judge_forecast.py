"""Before the first request a command says how much it asks its judge, and of a resumed run what is left of that."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from servecheck.evaluation.case import Case
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.grading.simpleqa import SimpleQaGrader
from servecheck.problems.simpleqa import SIMPLEQA_STARTER
from servecheck.problems.sysbench import SYSBENCH_STARTER
from servecheck.profiles.schema import Profile, Sampling
from servecheck.protocols import prompt_protocol
from servecheck.rundir.judgements import JudgementStore
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.declared import declared
from servecheck.runs.judge_forecast import to_ask_judge
from servecheck.runs.resolve import ResolvedRun
from servecheck.sandbox.options import SandboxChoice

JUDGE = Profile(name="j", model="llama", base_url="http://judge/v1", sampling=Sampling(max_tokens=100))
AUTO = SandboxChoice(kind="auto", isolation="worker", memory_bytes=1 << 30, image=None, runtime=None)
REPLY = Reply("Mercury.", None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")


@pytest.fixture
def resolved(tmp_path: Path) -> ResolvedRun:
    declared("simpleqa")
    samples = dict.fromkeys(SIMPLEQA_STARTER.task_ids, (0, 1))
    profile = Profile(name="glm", model="glm", protocol="simpleqa")
    return ResolvedRun(profile, SIMPLEQA_STARTER, samples, None, "asked", tmp_path, AUTO, None, suites=("simpleqa",),
                       judge=JUDGE)  # fmt: skip


def test_every_reply_is_asked_about_three_times(resolved):
    line = to_ask_judge(resolved)

    assert re.fullmatch(
        r"to ask the judge j: at most 180 questions, about [\d,]{6,} tokens of prompts beside the replies in them, at "
        r"most 18,000 of answers",
        line,
    )


def test_every_turn_of_a_dialogue_is(resolved):
    declared("sysbench")
    protocol = prompt_protocol("system_dialogue").name
    samples = {SYSBENCH_STARTER.task_ids[0]: (0,)}
    dialogues = replace(resolved, problems=SYSBENCH_STARTER, samples=samples, suites=("sysbench",),
                        profile=resolved.profile.model_copy(update={"protocol": protocol}))  # fmt: skip

    assert "at most 15 questions" in to_ask_judge(dialogues)


def test_of_replies_that_are_there_what_is_not_answered_yet_is_counted(resolved, tmp_path):
    case = Case(SIMPLEQA_STARTER.task_ids[0], 0)
    ReplyStore(tmp_path).write(case.task_id, case.sample, REPLY)
    transcript = ReplyStore(tmp_path).transcript(case.task_id, case.sample)
    questions = SimpleQaGrader().judge_questions(SIMPLEQA_STARTER[case.task_id], transcript, resolved.profile)

    for number, question in enumerate(questions):
        assert f"at most {3 - number} question" in to_ask_judge(resolved, [case])
        JudgementStore(tmp_path).keep(question, replace(REPLY, content="A"))
    assert to_ask_judge(resolved, [case]) == ""


def test_an_empty_reply_is_asked_nothing_about_and_no_judge_nothing_at_all(resolved, tmp_path):
    case = Case(SIMPLEQA_STARTER.task_ids[0], 0)
    ReplyStore(tmp_path).write(case.task_id, case.sample, replace(REPLY, content=""))

    assert to_ask_judge(resolved, [case]) == ""
    assert to_ask_judge(replace(resolved, judge=None)) == ""
