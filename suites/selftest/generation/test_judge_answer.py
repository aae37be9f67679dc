"""What a judge says is bounded: an answer that is longer than any verdict, or has no end, says nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from servecheck.evaluation.judging import JudgeQuestion
from servecheck.evaluation.transcript import Reply
from servecheck.generation import reading
from servecheck.generation.client import ChatClient
from servecheck.generation.judge_answer import LONGEST_ANSWER, judge_answer
from servecheck.generation.retry import RetryPolicy
from servecheck.profiles.schema import Profile, Sampling
from servecheck.rundir.judgements import JudgementStore
from servecheck.runs.judging import judge_in

PROFILE = Profile(name="j", model="judge", retries=3, sampling=Sampling(max_tokens=64))
QUESTION = JudgeQuestion("Right?")

pytestmark = pytest.mark.usefixtures("direct")


def completion(content: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return {"model": "judge", "choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 1}}


def asked(base_url: str, profile: Profile = PROFILE) -> Reply:
    async def ask() -> Reply:
        async with ChatClient(base_url, profile) as client:
            return await judge_answer(client, QUESTION, RetryPolicy(0))

    return asyncio.run(ask())


def said(reply: Reply, folder: Path) -> str:
    """As who grades hears it."""
    JudgementStore(folder).keep(QUESTION, reply)
    judge = judge_in(folder, PROFILE)
    assert judge is not None
    return judge.says(QUESTION)


def test_an_answer_of_usual_length_is_kept_whole(scripted_server, tmp_path):
    text = "B" * LONGEST_ANSWER
    scripted_server.answer = lambda handler, _: handler.answer_json(completion(text[: LONGEST_ANSWER // 2]))

    assert said(asked(scripted_server.base_url), tmp_path) == text[: LONGEST_ANSWER // 2]


def test_of_an_answer_of_many_megabytes_nothing_is_kept_or_read(scripted_server, tmp_path):
    scripted_server.answer = lambda handler, _: handler.answer_json(completion("A" * (20 << 20)))

    reply = asked(scripted_server.base_url)

    assert said(reply, tmp_path) == ""
    assert "said more than 262,144 characters" in reply.remarks[0]
    assert sum(path.stat().st_size for path in (tmp_path / "judgements").iterdir()) < 4096


def test_a_judge_that_may_say_more_is_heard(scripted_server, tmp_path):
    profile = PROFILE.model_copy(update={"sampling": Sampling(max_tokens=LONGEST_ANSWER)})
    scripted_server.answer = lambda handler, _: handler.answer_json(completion("A" * 2 * LONGEST_ANSWER))

    assert len(said(asked(scripted_server.base_url, profile), tmp_path)) == 2 * LONGEST_ANSWER


@pytest.fixture
def endless(scripted_server: Any) -> Any:
    """Sends chunks until nobody listens any more."""
    gone = threading.Event()
    delta = {"index": 0, "delta": {"content": "A "}, "finish_reason": None}
    event = f"data: {json.dumps({'model': 'judge', 'choices': [delta]})}\n\n".encode()

    def answer(handler: Any, _: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(event)
        except OSError:
            gone.set()

    scripted_server.answer = answer
    yield scripted_server
    assert gone.wait(30)


def test_an_answer_that_never_ends_says_nothing(endless, tmp_path):
    reply = asked(endless.base_url)

    assert said(reply, tmp_path) == ""
    assert reply.remarks[0].startswith("does not end its reply: ")


def test_an_answer_that_never_ends_in_one_piece_says_nothing(scripted_server, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_REPLY", 1 << 20)
    scripted_server.answer = lambda handler, _: handler.answer_json(completion("A" * (2 << 20)))

    reply = asked(scripted_server.base_url)

    assert (said(reply, tmp_path), reply.remarks[0]) == ("", "sent a reply of more than 1 MiB")
