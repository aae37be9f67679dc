"""A judge that runs already is seen to answer before anything is asked whose answer it is to judge."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.errors import ServerUnreachable, UsageError
from servecheck.generation.judge_check import require_judge
from servecheck.profiles.schema import Profile, Sampling

PROFILE = Profile(name="j", model="judge", retries=3, sampling=Sampling(max_tokens=64))
YES = {
    "model": "judge",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}

pytestmark = pytest.mark.usefixtures("direct")


def accepted(base_url: str) -> None:
    require_judge(base_url, PROFILE, lambda _: "")


def test_one_that_answers_is_asked_a_word_with_its_own_key(scripted_server, monkeypatch):
    monkeypatch.setenv("SERVECHECK_JUDGE_API_KEY", "the-judges")
    heard: list[tuple[str, str]] = []

    def answer(handler: Any, body: Any) -> None:
        heard.append((handler.headers["Authorization"], body["model"]))
        handler.answer_json(YES)

    scripted_server.answer = answer
    accepted(scripted_server.base_url)

    assert heard == [("Bearer the-judges", "judge")]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "answered HTTP 401: no such thing; set SERVECHECK_JUDGE_API_KEY to a key that it accepts"),
        (404, "answered HTTP 404: no such thing; compare the profile's served_name with"),
        (503, "answered HTTP 503: no such thing; see the server's log"),
    ],
)
def test_one_that_refuses_is_told_at_once_with_what_to_do(scripted_server, status, told):
    heard: list[Any] = []

    def answer(handler: Any, body: Any) -> None:
        heard.append(body)
        handler.answer_json({"error": {"message": "no such thing"}}, status)

    scripted_server.answer = answer
    with pytest.raises(ServerUnreachable, match=f"^--judge j: {scripted_server.base_url} {told}"):
        accepted(scripted_server.base_url)
    assert len(heard) == 1


def test_one_that_is_nowhere_is_told_at_once():
    with pytest.raises(
        ServerUnreachable, match=r"^--judge j: http://127\.0\.0\.1:9/v1 could not be reached: .*; start it,"
    ):
        accepted("http://127.0.0.1:9/v1")


def test_one_that_has_too_much_to_do_is_there(scripted_server):
    scripted_server.answer = lambda handler, _: handler.answer_json({"error": {"message": "later"}}, 429)

    accepted(scripted_server.base_url)


def test_one_whose_answers_do_not_count_is_refused(scripted_server):
    scripted_server.answer = lambda handler, _: handler.answer_json(YES)

    with pytest.raises(UsageError, match=r"^--judge j: it is judge$"):
        require_judge(scripted_server.base_url, PROFILE, lambda model: f"it is {model}")


def test_a_key_that_no_header_can_carry_is_told(monkeypatch):
    monkeypatch.setenv("SERVECHECK_JUDGE_API_KEY", "a\nb")

    with pytest.raises(UsageError, match="--judge j: SERVECHECK_JUDGE_API_KEY holds a character"):
        accepted("http://127.0.0.1:9/v1")
