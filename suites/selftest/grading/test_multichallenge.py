"""A reply passes where the judge says what the authors want said, and the score is the mean of the axes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.case import Case
from servecheck.evaluation.judging import Judge
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.grading.multichallenge import MultiChallengeGrader
from servecheck.grading.recorded import recorded
from servecheck.grading.sent_parameters import sent_by
from servecheck.problems.multichallenge import (
    MULTICHALLENGE,
    MULTICHALLENGE_STARTER,
    ConversationProblem,
    conversation_problems,
)
from servecheck.profiles.schema import Profile
from servecheck.protocols.given_conversation import GivenConversation

PROFILE = Profile(name="p", model="m")
GRADER = MultiChallengeGrader()
PROBLEM = ConversationProblem("m/0", "And now?", "Is it so?", said=(("user", "And now?"),), axis="SELF_COHERENCE")


def graded(verdict: str, problem: ConversationProblem = PROBLEM) -> Record:
    reply = Reply("So it is.", None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")
    transcript = Transcript.of(reply)
    found = GRADER.grade(
        problem, transcript, Bench(PROFILE, "0" * 64, judge=Judge("j", lambda _: f"It is.\n{verdict}"))
    )
    return recorded(
        "multichallenge", Case(problem.task_id, 0), transcript, found, sent_by(PROFILE), began_at=0, ended_at=0
    )


@pytest.mark.parametrize(("said", "wanted", "passes"), [("YES", "YES", True), ("NO", "YES", False), ("NO", "NO", True)])
def test_what_the_judge_is_to_say_is_the_problems(said, wanted, passes):
    assert graded(said, replace(PROBLEM, passes_on=wanted)).solved is passes


def test_the_score_is_the_mean_of_the_axes_and_not_the_share_of_all():
    of_memory = replace(PROBLEM, axis="INFERENCE_MEMORY")
    records = [graded("YES", replace(of_memory, task_id=f"m/{number}")) for number in range(8)]
    records += [graded(said, replace(PROBLEM, task_id=f"c/{said}")) for said in ("YES", "NO")]

    figures = {figure.name: (figure.percent, figure.words) for figure in GRADER.figures(records)}

    assert figures["MultiChallenge's score"] == (75.0, "mean of 2 axes, as its authors count")
    assert figures["axis inference memory"] == (100.0, "8 of 8 conversations")
    assert figures["axis self coherence"] == (50.0, "1 of 2 conversations")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('{"reasoning": "YES, nearly", "verdict": "NO"}', "NO"),
        ("It holds.\n\n**YES**", "YES"),
        ("no.", "NO"),
        ("Verdict: yes", "YES"),
        ("It says YES here and NO there.", None),
        ("verdict: yes\n\nNO", None),
        ('verdict: "YES" or "NO"', None),
        ("Verdict: yes/no", None),
        ("", None),
    ],
)
def test_the_named_verdict_or_a_last_line_that_is_one_is_read(said, kind):
    found = GRADER.prompt.read(said)

    assert (found.kind if found is not None else None) == kind


def test_the_conversation_is_asked_as_it_was_held():
    problem = MULTICHALLENGE_STARTER["MultiChallenge/starter-0"]
    assert isinstance(problem, ConversationProblem)

    asked = GivenConversation().messages(problem)

    assert [one["role"] for one in asked] == ["user", "assistant", "user"]
    assert asked[-1]["content"] == problem.question


def test_the_starter_set_has_thirty_conversations_on_four_axes():
    found = [MULTICHALLENGE_STARTER[task_id] for task_id in MULTICHALLENGE_STARTER.task_ids]

    assert len(found) == len({problem.question for problem in found}) == 30
    assert len({problem.axis for problem in found if isinstance(problem, ConversationProblem)}) == 4


def test_a_file_in_another_form_and_none_at_all_are_told(monkeypatch):
    row = {"QUESTION_ID": "a", "AXIS": "X", "TARGET_QUESTION": "?", "PASS_CRITERIA": "YES"}
    said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]
    with pytest.raises(ProblemSetError, match="the conversation 'a' does not end with the user"):
        conversation_problems(json.dumps({**row, "CONVERSATION": said}).encode(), "t")
    monkeypatch.delenv("MULTICHALLENGE_OVERRIDE_PATH", raising=False)
    with pytest.raises(ProblemSetError, match="MultiChallenge is not on this machine: no licence lets anybody"):
        _ = MULTICHALLENGE.task_ids
