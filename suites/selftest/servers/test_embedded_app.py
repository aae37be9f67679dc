"""The embedded server's HTTP interface, over real HTTP."""

import json
import re
import time
from typing import Any

import httpx
import pytest

from fixtures.problems.schema import ProblemSet
from fixtures.profiles.schema import Embedded, Profile
from fixtures.servers.canonical_replies import NO_PROBLEM, chat_reply
from fixtures.servers.embedded import EmbeddedServer


@pytest.fixture(scope="module")
def http(embedded_server: EmbeddedServer) -> Any:
    with httpx.Client(base_url=embedded_server.base_url, trust_env=False, timeout=10) as client:
        yield client


def chat(http: httpx.Client, **fields: Any) -> httpx.Response:
    body = {"model": "canonical", "messages": [{"role": "user", "content": "Hello, you there!"}], **fields}
    return http.post("/chat/completions", json=body)


def events(response: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_health_answers(embedded_server: EmbeddedServer) -> None:
    url = embedded_server.base_url.removesuffix("/v1") + "/health"

    assert httpx.get(url, trust_env=False).status_code == 200


def test_models_lists_the_one_served(http: httpx.Client) -> None:
    listing = http.get("/models").json()

    assert [(card["id"], card["object"]) for card in listing["data"]] == [("canonical", "model")]


def test_a_completion_is_openais_object_with_usage(http: httpx.Client) -> None:
    completion = chat(http).json()

    assert completion["object"] == "chat.completion"
    assert re.fullmatch(r"chatcmpl-\d+", completion["id"])
    assert abs(completion["created"] - time.time()) < 60
    assert completion["model"] == "canonical"
    (choice,) = completion["choices"]
    assert choice["message"] == {"role": "assistant", "content": NO_PROBLEM}
    assert choice["finish_reason"] == "stop"
    # "Hello , you there !" is five tokens.
    tokens = len(re.findall(r"\w+|[^\w\s]", NO_PROBLEM))
    assert completion["usage"] == {"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": 5 + tokens}


def test_every_request_gets_an_id_of_its_own(http: httpx.Client) -> None:
    assert chat(http).json()["id"] != chat(http).json()["id"]


def test_a_problem_is_answered_with_its_solution(http: httpx.Client, starter: ProblemSet) -> None:
    problem = starter[starter.task_ids[0]]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Solve\n{problem.prompt}"}]

    completion = chat(http, messages=messages).json()

    assert completion["choices"][0]["message"]["content"] == chat_reply(problem)


def test_the_last_user_message_counts_and_may_come_in_parts(http: httpx.Client, starter: ProblemSet) -> None:
    first, second = (starter[task_id] for task_id in starter.task_ids[:2])
    messages = [
        {"role": "user", "content": first.prompt},
        {"role": "assistant", "content": "done"},
        {"role": "user", "content": [{"type": "text", "text": "Now: "}, {"type": "text", "text": second.prompt}]},
    ]

    assert chat(http, messages=messages).json()["choices"][0]["message"]["content"] == chat_reply(second)


def test_a_stream_is_the_same_reply_in_words(http: httpx.Client, starter: ProblemSet) -> None:
    messages = [{"role": "user", "content": starter[starter.task_ids[0]].prompt}]
    whole = chat(http, messages=messages).json()

    response = chat(http, messages=messages, stream=True, stream_options={"include_usage": True})

    assert response.headers["content-type"].startswith("text/event-stream")
    opening, *words, closing, last = events(response)
    assert opening["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    texts = [chunk["choices"][0]["delta"]["content"] for chunk in words]
    assert "".join(texts) == whole["choices"][0]["message"]["content"]
    assert all(len(text.split()) == 1 for text in texts)
    assert [chunk["choices"][0]["finish_reason"] for chunk in (opening, *words, closing)] == [None] * (
        len(words) + 1
    ) + ["stop"]
    assert last["choices"] == []
    assert last["usage"] == whole["usage"]
    assert {chunk["object"] for chunk in (opening, *words, closing, last)} == {"chat.completion.chunk"}
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in (opening, *words, closing, last)}) == 1


def test_a_stream_has_no_usage_unless_asked_for(http: httpx.Client) -> None:
    assert all(chunk["choices"] and "usage" not in chunk for chunk in events(chat(http, stream=True)))


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_the_token_limit_cuts_the_reply(http: httpx.Client, field: str) -> None:
    completion = chat(http, **{field: 3}).json()

    assert completion["choices"][0]["message"]["content"].split() == NO_PROBLEM.split()[:3]
    assert completion["choices"][0]["finish_reason"] == "length"
    assert completion["usage"]["completion_tokens"] == 3


def test_a_reply_of_exactly_the_limit_is_whole(http: httpx.Client) -> None:
    tokens = chat(http).json()["usage"]["completion_tokens"]

    assert chat(http, max_tokens=tokens).json()["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"model": "canonical"}', "messages"),
        (b'{"model": "canonical", "messages": []}', "messages"),
        (b'{"model": "canonical", "messages": ["hi"]}', "messages"),
        (b'{"model": "canonical", "messages": [{"role": "user"}]}', "messages"),
        (b'{"model": "canonical", "messages": [{"role": "user", "content": ""}], "n": 2}', "choice"),
        (b'{"model": "canonical", "messages": [{"role": "user", "content": ""}], "max_tokens": 0}', "token limit"),
    ],
)
def test_a_request_that_makes_no_sense_is_400_in_openais_shape(http: httpx.Client, body: bytes, complaint: str) -> None:
    response = http.post("/chat/completions", content=body)

    assert response.status_code == 400
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert complaint in error["message"]


def test_a_model_that_is_not_served_is_404_that_lists_what_is(http: httpx.Client) -> None:
    response = chat(http, model="gpt-5")

    assert response.status_code == 404
    assert response.json()["error"]["message"] == "the model 'gpt-5' does not exist; served: canonical"
    assert response.json()["error"]["code"] == "model_not_found"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/embeddings", 404), ("GET", "/chat/completions", 405)]
)
def test_an_unknown_route_is_an_error_in_openais_shape(http: httpx.Client, method: str, path: str, status: int) -> None:
    response = http.request(method, path)

    assert response.status_code == status
    assert response.json()["error"]["message"]


def test_latency_comes_before_the_first_token_and_wrong_share_spoils_replies(
    embedded_profile: Profile, starter: ProblemSet, tmp_path: Any
) -> None:
    problem = starter[starter.task_ids[0]]
    slow = embedded_profile.model_copy(update={"embedded": Embedded(latency_s=0.3, wrong_share=1.0)})
    body = {"model": "canonical", "messages": [{"role": "user", "content": problem.prompt}], "stream": True}
    arrivals = []
    with (
        EmbeddedServer(slow, tmp_path / "server.log") as server,
        httpx.Client(trust_env=False, timeout=10) as client,
        client.stream("POST", f"{server.base_url}/chat/completions", json=body) as response,
    ):
        start = time.perf_counter()
        text = ""
        for line in response.iter_lines():
            if line.startswith("data: {"):
                content = json.loads(line.removeprefix("data: "))["choices"][0]["delta"].get("content")
                if content:
                    arrivals.append(time.perf_counter() - start)
                    text += content

    assert arrivals[0] > 0.2
    assert text == chat_reply(problem, wrong=True)
