"""A judge is asked about each reply once, with its own key, and whoever waits for its answers is told how it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from servecheck.evaluation.judging import JudgeQuestion
from servecheck.generation.judge_queue import JudgeQueue
from servecheck.generation.retry import RetryPolicy
from servecheck.profiles.schema import Profile, Sampling
from servecheck.rundir.judgements import JudgementStore

PROFILE = Profile(name="j", model="judge", concurrency=2, retries=1, sampling=Sampling(max_tokens=64))
QUESTIONS = (JudgeQuestion("Right?"), JudgeQuestion("Right?", 1), JudgeQuestion("Set off?"))


def completion(content: str) -> dict[str, Any]:
    return {
        "model": "judge",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
    }


def chunk(content: str) -> dict[str, Any]:
    whole = completion(content)
    delta = {"index": 0, "delta": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return {**whole, "object": "chat.completion.chunk", "choices": [delta]}


class Asked:
    """A queue over a scripted server; waits for what it is told."""

    def __init__(self, server: Any, folder: Path, refused: Callable[[str], str] = lambda _: "") -> None:
        self.bodies: list[tuple[str, Any]] = []
        self.statuses: list[int] = []
        server.answer = self._answer
        self.store = JudgementStore(folder)
        self.gone: list[str] = []
        policy = RetryPolicy(PROFILE.retries, base_s=0.0)
        self.queue = JudgeQueue(server.base_url, PROFILE, self.store, policy, refused, self.gone.append)
        self.queue.start()

    def _answer(self, handler: Any, body: Any) -> None:
        self.bodies.append((handler.headers["Authorization"], body))
        if self.statuses:
            handler.answer_json({"error": {"message": "busy"}}, self.statuses.pop(0))
        else:
            handler.answer_events(chunk(f"A {len(self.bodies)}"))

    def told(self, *asked: Sequence[JudgeQuestion]) -> list[str]:
        found: list[str] = []
        done = threading.Event()

        def tell(why: str) -> None:
            found.append(why)
            if len(found) == len(asked):
                done.set()

        for questions in asked:
            self.queue.ask(questions, tell)
        assert done.wait(30)
        return found


@pytest.fixture
def asked(scripted_server: Any, tmp_path: Path, direct: None) -> Any:
    found = Asked(scripted_server, tmp_path)
    yield found
    found.queue.stop()


def test_every_question_is_asked_with_the_judges_own_key_and_a_seed_of_its_own(asked):
    assert asked.told(QUESTIONS) == [""]

    assert [(body["messages"], body["seed"]) for _, body in asked.bodies] == [
        ([{"role": "user", "content": one.text}], one.number) for one in QUESTIONS
    ]
    assert asked.store.missing(QUESTIONS) == []
    assert asked.store.reply(QUESTIONS[1]).content == "A 2"


def test_half_a_character_in_a_reply_is_replaced_since_no_request_can_carry_it(asked):
    assert asked.told([JudgeQuestion("Which? \ud800")]) == [""]
    assert asked.bodies[0][1]["messages"][0]["content"] == "Which? ?"


def test_the_key_is_the_judges_and_not_the_models(scripted_server, tmp_path, direct, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "the-models")
    monkeypatch.setenv("SERVECHECK_JUDGE_API_KEY", "the-judges")
    found = Asked(scripted_server, tmp_path)

    assert found.told(QUESTIONS[:1]) == [""]
    found.queue.stop()

    assert {key for key, _ in found.bodies} == {"Bearer the-judges"}


def test_where_it_is_busy_it_is_asked_again(asked):
    asked.statuses = [503]

    assert asked.told(QUESTIONS[:1]) == [""]
    assert len(asked.bodies) == 2


def test_where_it_refuses_whoever_waits_is_told_and_the_next_one_is_asked(asked):
    asked.statuses = [400]

    [why] = asked.told(QUESTIONS[:1])
    assert "the judge j was not to be had" in why
    assert asked.told(QUESTIONS[2:]) == [""]
    assert asked.gone == []


@pytest.mark.parametrize("status", [401, 404])
def test_one_that_refuses_whoever_asks_is_not_asked_again_and_that_is_told_once(asked, status):
    asked.statuses = [status]

    told = asked.told(QUESTIONS[:1]) + asked.told(QUESTIONS[1:2])

    assert told[0] == told[1] == asked.gone[0]
    assert f"the judge j was not to be had: {asked.queue._base_url} answered HTTP {status}" in told[0]
    assert len(asked.gone) == len(asked.bodies) == 1


def test_one_that_is_gone_is_not_asked_for_ever(asked):
    asked.statuses = [503] * 999
    many = [(JudgeQuestion(f"Right? {number}"),) for number in range(40)]

    told = asked.told(*many)

    assert sum("not asked any longer, since 8 questions in a row failed" in why for why in told) >= 30
    assert len(asked.bodies) < 30
    assert len(asked.gone) == 1
    assert "not asked any longer, since 8 questions in a row failed" in asked.gone[0]


def test_what_is_given_up_is_told_with_the_reason(asked):
    asked.queue.fail_all("the judge has died")

    assert asked.told(QUESTIONS) == ["the judge has died"]
    asked.queue.join()
    assert asked.bodies == []


def test_a_key_that_no_header_can_carry_is_told_to_whoever_waits(scripted_server, tmp_path, direct, monkeypatch):
    monkeypatch.setenv("SERVECHECK_JUDGE_API_KEY", "a\nb")
    found = Asked(scripted_server, tmp_path)

    [why] = found.told(QUESTIONS)
    found.queue.stop()

    assert "SERVECHECK_JUDGE_API_KEY holds a character" in why


def test_nothing_more_is_asked_of_one_whose_answers_say_that_it_is_another_model(scripted_server, tmp_path, direct):
    asked = Asked(scripted_server, tmp_path, refused=lambda said: f"it is {said}")

    told = asked.told(QUESTIONS, QUESTIONS[:1])

    asked.queue.stop()

    assert told == ["the judge j is not asked any longer: it is judge"] * 2
    assert asked.store.missing(QUESTIONS) == list(QUESTIONS)
