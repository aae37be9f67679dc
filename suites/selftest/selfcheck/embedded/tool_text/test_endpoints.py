"""The tool text over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from servecheck.errors import UnknownName
from servecheck.problems.tool_demands import Demand, demand_text
from servecheck.profiles.schema import Embedded
from servecheck.selfcheck.embedded.app import EmbeddedApp
from servecheck.selfcheck.embedded.canonical_replies import NO_PROBLEM, CanonicalReplies

from suites.selftest.selfcheck.embedded.tool_text.delivery import saving

HELLO = {"model": "canonical", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(scope="module")
def http(serve: Any) -> Any:
    with serve(Embedded()) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def ask_of(demand: Demand, tools: list[Any], **fields: Any) -> dict[str, Any]:
    talk = [{"role": "user", "content": demand_text(demand)}]
    return {"model": "canonical", "messages": talk, "tools": tools, **fields}


def events_of(response: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


ASK = ask_of(*saving("a"))


def test_a_demand_is_met_whole(http: httpx.Client) -> None:
    reply = http.post("/v1/chat/completions", json=ASK).json()

    assert (reply["object"], reply["model"]) == ("chat.completion", "canonical")
    (choice,) = reply["choices"]
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"][0]["function"] == {"name": "save", "arguments": '{"value": "a"}'}
    assert choice["finish_reason"] == "tool_calls"


def test_a_demand_is_met_in_a_stream(http: httpx.Client) -> None:
    *chunks, usage, done = events_of(
        http.post("/v1/chat/completions", json={**ASK, "stream": True, "stream_options": {"include_usage": True}})
    )

    whole = http.post("/v1/chat/completions", json=ASK).json()
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert (usage["choices"], usage["usage"], done) == ([], whole["usage"], "[DONE]")
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_other_questions_are_answered_as_ever(http: httpx.Client) -> None:
    reply = http.post("/v1/chat/completions", json=HELLO).json()

    assert reply["choices"][0]["message"]["content"] == NO_PROBLEM
    assert http.post("/tokenize", json=HELLO).status_code == 404


def test_the_text_below_the_reply_can_be_had(http: httpx.Client) -> None:
    """Rendered to tokens, these continued, and the text of all."""
    rendered = http.post("/tokenize", json=ASK).json()
    prompt = http.post("/detokenize", json={"tokens": rendered["tokens"]}).json()["prompt"]
    ask = {"model": "canonical", "temperature": 0}

    by_ids = http.post("/v1/completions", json={**ask, "prompt": rendered["tokens"]}).json()
    by_text = http.post("/v1/completions", json={**ask, "prompt": prompt}).json()

    assert http.post("/tokenize", json={"prompt": prompt}).json() == rendered
    assert by_ids["choices"] == by_text["choices"]
    assert by_ids["choices"][0]["text"].endswith("<arg_value>a</arg_value></tool_call>")
    assert by_ids["usage"]["prompt_tokens"] == rendered["count"]
    chat = http.post("/v1/chat/completions", json=ASK).json()
    assert chat["usage"] == by_ids["usage"]


def test_a_continuation_can_be_streamed_and_cut(http: httpx.Client) -> None:
    ask = {"model": "canonical", "prompt": "x<|assistant|></think>", "max_tokens": 5, "stream": True}

    first, last, done = events_of(http.post("/v1/completions", json=ask))

    assert (first["choices"][0]["text"], last["choices"][0]["finish_reason"], done) == ("There", "length", "[DONE]")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", {"prompt": [10**9]}),
        ("/v1/completions", {"prompt": 5}),
        ("/v1/completions", {"prompt": "x", "model": "other"}),
        ("/detokenize", {"tokens": "x"}),
        ("/v1/chat/completions", {**ASK, "tools": [{}]}),
    ],
)
def test_a_wrong_request_is_refused_in_openais_shape(http: httpx.Client, path: str, body: Any) -> None:
    refused = http.post(path, json=body)

    assert refused.status_code in (400, 404)
    assert refused.json()["error"]["message"]


def test_a_context_that_is_too_short_is_told(serve: Any) -> None:
    with serve(Embedded(max_model_len=100)) as url:
        refused = httpx.post(f"{url}/v1/chat/completions", json=ASK, trust_env=False)

    assert refused.status_code == 400
    assert "maximum context length" in refused.json()["error"]["message"]


def test_an_engine_that_dies_is_http_500_or_an_error_in_mid_stream(serve: Any) -> None:
    ask = {**ASK, "tool_choice": "required"}
    with serve(Embedded(tool_fault="forced_fails")) as url:
        whole = httpx.post(f"{url}/v1/chat/completions", json=ask, trust_env=False)
        streamed = httpx.post(f"{url}/v1/chat/completions", json={**ask, "stream": True}, trust_env=False)

    assert whole.status_code == 500
    assert streamed.status_code == 200
    assert events_of(streamed)[-2]["error"]["code"] == 500


def test_a_call_that_never_ends_is_never_answered(serve: Any) -> None:
    ask, timeout = {**ASK, "tool_choice": "required"}, httpx.Timeout(None, read=0.3)
    with serve(Embedded(tool_fault="required_never_ends")) as url, pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{url}/v1/chat/completions", json=ask, timeout=timeout, trust_env=False)


def test_or_goes_on_for_as_long_as_the_client_stays(serve: Any) -> None:
    ask = {**ASK, "tool_choice": "required", "stream": True}
    with (
        serve(Embedded(tool_fault="required_goes_on")) as url,
        httpx.stream("POST", f"{url}/v1/chat/completions", json=ask, trust_env=False) as streamed,
    ):
        lines = (line for line in streamed.iter_lines() if line)
        deltas = [json.loads(next(lines).removeprefix("data: "))["choices"][0]["delta"] for _ in range(4)]

    assert deltas[1:] == [{"content": " "}] * 3


@pytest.mark.parametrize("behaviour", [Embedded(tool_fault="index_zeros"), Embedded(tool_text="glm99")])
def test_a_fault_or_dialect_that_does_not_exist_is_told(behaviour: Embedded) -> None:
    with pytest.raises(UnknownName, match="did you mean"):
        EmbeddedApp(CanonicalReplies([]), "m", behaviour)
