"""A reply is announced once it is judged; where every answer is there nobody is asked, and no judge is started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.case import Case
from servecheck.evaluation.judging import JudgeQuestion
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.problems.simpleqa import SIMPLEQA_STARTER
from servecheck.profiles.schema import Profile
from servecheck.rundir.judgements import JudgementStore
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs import judging as module
from servecheck.runs.declared import declared
from servecheck.runs.judging import Judging, judge_in
from servecheck.runs.plan import Plan
from servecheck.runs.resolve import ResolvedRun
from servecheck.runs.shared_server import SharedServer
from servecheck.sandbox.options import SandboxChoice

PROFILE = Profile(name="glm", model="glm", base_url="http://host/v1")
JUDGE = Profile(name="j", model="llama", base_url="http://judge/v1")
AUTO = SandboxChoice(kind="auto", isolation="worker", memory_bytes=1 << 30, image=None, runtime=None)
CASES = [Case("SimpleQA/0", 0), Case("SimpleQA/1", 0)]


def reply(content: str) -> Reply:
    return Reply(content, None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")


class Queue:
    """In the place of the one that asks: says A to everything, or why it does not."""

    begun: list[Queue]
    why = ""

    def __init__(
        self,
        base_url: str,
        profile: Profile,
        store: JudgementStore,
        *,
        refused: Callable[[str], str],
        gone: Callable[[str], None],
    ) -> None:
        self.base_url, self.store, self.refused, self.gone = base_url, store, refused, gone
        self.asked: list[JudgeQuestion] = []
        self.begun.append(self)

    def start(self) -> None:
        pass

    def ask(self, questions: Sequence[JudgeQuestion], told: Callable[[str], None]) -> None:
        self.asked += questions
        for question in questions if not self.why else ():
            self.store.keep(question, reply("<think>Hm.</think>A"))
        told(self.why)


class Announced:
    """Keeps what is announced."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def ready(self, key: str) -> None:
        self.said.append((key, ""))

    def failed(self, key: str, message: str) -> None:
        self.said.append((key, message))


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> list[Queue]:
    begun: list[Queue] = []
    monkeypatch.setattr(module, "JudgeQueue", type("OfThisTest", (Queue,), {"begun": begun}))
    return begun


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses at which it was seen whether a judge answers; all do."""
    found: list[str] = []
    monkeypatch.setattr(module, "require_judge", lambda *asked: found.append(asked[0]))
    return found


@pytest.fixture
def gone() -> list[str]:
    """Why a judge cannot be asked any more, as the run is told."""
    return []


@pytest.fixture
def judged(tmp_path: Path, queues: list[Queue], gone: list[str]) -> Any:
    """A run with a reply to each of two problems; gives what judges it, and what is announced."""
    declared("simpleqa")
    samples = {case.task_id: (0,) for case in CASES}
    store = ReplyStore(tmp_path)
    for case in CASES:
        store.write(case.task_id, case.sample, reply("It is mercury."))

    def judging(**more: Any) -> tuple[Judging, Announced]:
        given = {"judge": JUDGE, **more}
        resolved = ResolvedRun(PROFILE, SIMPLEQA_STARTER, samples, None, "asked", tmp_path, AUTO, None, **given)
        plan = Plan(PROFILE, "simpleqa-starter", "0" * 64, 2, samples, Path(), tmp_path, judge=JUDGE)
        announced = Announced()
        found = Judging(
            JUDGE, SharedServer(), resolved, plan, {"simpleqa": CASES}, announced, lambda _: None, gone.append
        )
        return found, announced

    return judging


def test_a_reply_is_announced_once_the_judges_three_answers_are_kept(judged, queues, tmp_path):
    judging, announced = judged()
    judging.begin(PROFILE, CASES[:1], asking=True)

    judging.ready(CASES[0].key)
    judging.ready("run")
    judging.failed(CASES[1].key, "the server has died")

    assert announced.said == [(CASES[0].key, ""), ("run", ""), (CASES[1].key, "the server has died")]
    [queue] = queues
    assert (queue.base_url, [one.number for one in queue.asked]) == ("http://judge/v1", [0, 1, 0])
    judge = judge_in(tmp_path, JUDGE)
    assert judge is not None
    assert (judge.called, judge.says(queue.asked[0])) == ("llama", "A")


def test_where_every_answer_is_there_nobody_is_asked(judged, queues):
    first, _ = judged()
    first.begin(PROFILE, CASES, asking=False)
    for case in CASES:
        first.ready(case.key)

    again, announced = judged()
    again.begin(PROFILE, CASES, asking=False)
    for case in CASES:
        again.ready(case.key)

    assert len(queues) == 1
    assert announced.said == [(case.key, "") for case in CASES]


@pytest.mark.parametrize(("ended", "said"), [("stop", "A"), ("STOP", "A"), ("length", ""), ("content_filter", "")])
def test_an_answer_that_was_cut_off_says_nothing(tmp_path, ended, said):
    question = JudgeQuestion("Right?")
    JudgementStore(tmp_path).keep(question, replace(reply("A"), finish_reason=ended))

    judge = judge_in(tmp_path, JUDGE)

    assert judge is not None
    assert judge.says(question) == said


def test_one_whose_answers_say_that_they_are_by_the_model_under_test_is_given_up(judged, queues):
    judging, _ = judged()
    judging.begin(PROFILE, (), asking=True)

    assert queues[0].refused("llama") == ""
    assert "the model under test" in queues[0].refused("zai-org/GLM")


def test_whoever_waits_is_told_why_the_judge_gave_no_answer(judged, queues):
    judging, announced = judged()
    judging.begin(PROFILE, (), asking=True)
    queues[0].why = "the judge j was not to be had"

    judging.ready(CASES[0].key)

    assert announced.said == [(CASES[0].key, "the judge j was not to be had")]


def test_a_judge_that_only_a_stored_run_names_is_never_started(judged, queues):
    judging, _ = judged(judge_is_named=False)

    with pytest.raises(UsageError, match="lacks answers of its judge j: say with --judge NAME who is to give them"):
        judging.begin(PROFILE, CASES, asking=False)
    assert queues == []


def test_a_model_that_turns_out_to_be_the_judge_is_refused_before_it_is_asked(judged, queues):
    judging, _ = judged()

    with pytest.raises(UsageError, match="--judge j is the model under test"):
        judging.begin(PROFILE.model_copy(update={"model": "meta/Llama"}), (), asking=True)
    here = PROFILE.model_copy(update={"base_url": JUDGE.base_url})
    with pytest.raises(UsageError, match="--judge j is the model under test"):
        judging.begin(here, (), asking=True, names=["glm", "llama"])
    assert queues == []


def test_one_that_runs_already_is_seen_to_answer_once_before_the_model_is_asked(judged, queues, seen):
    judging, _ = judged()

    judging.require_judge(PROFILE)
    assert (seen, queues) == (["http://judge/v1"], [])
    judging.begin(PROFILE, (), asking=True)
    assert (len(seen), len(queues)) == (1, 1)


def test_where_only_its_verdicts_are_missing_it_is_seen_to_answer_too(judged, seen):
    judging, _ = judged()

    judging.begin(PROFILE, CASES, asking=False)

    assert seen == ["http://judge/v1"]


def test_one_that_is_not_to_be_asked_is_not_looked_for(judged, queues, seen):
    judging, _ = judged(judge_is_named=False)

    judging.require_judge(PROFILE)

    assert seen == []


def test_the_run_is_told_of_a_judge_that_is_gone(judged, queues, gone):
    judging, _ = judged()
    judging.begin(PROFILE, (), asking=True)

    queues[0].gone("not asked any longer")

    assert gone == ["not asked any longer"]


def test_of_a_run_without_a_judge_nobody_has_said_anything(tmp_path):
    assert judge_in(tmp_path, None) is None
