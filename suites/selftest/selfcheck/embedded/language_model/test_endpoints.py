"""The embedded language model as a server: as OpenAI's API and vLLM's fields beside it have it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from servecheck.generation.logprobs import token_logprobs
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.profiles.schema import Embedded
from servecheck.selfcheck.embedded.app import EmbeddedApp
from servecheck.selfcheck.embedded.canonical_replies import CanonicalReplies

SYSTEM = {"role": "system", "content": "Be brief."}
MESSAGES = [{"role": "user", "content": "What is on the mat, and why?"}]


class Client:
    """Asks one server, in this process."""

    def __init__(self, latency_s: float = 0.0, **faults: Any) -> None:
        behaviour = Embedded(
            language_model=EmbeddedLanguageModel(**faults), latency_s=latency_s, max_model_len=4096, chunk_words=5
        )
        self._app = EmbeddedApp(CanonicalReplies([], 0, 0), "canonical", behaviour)

    def posts(self, path: str, *asked: dict[str, Any]) -> list[httpx.Response]:
        """Answers to requests that are made at the same time."""

        async def answers() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(base_url="http://server", transport=transport, timeout=30) as http:
                waiting = [http.post(path, json={"model": "canonical", **one}) for one in asked]
                return await asyncio.gather(*waiting)

        return asyncio.run(answers())

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.posts(path, fields)[0]

    def chats(self, *asked: dict[str, Any]) -> list[Any]:
        requests = [{"messages": MESSAGES, "temperature": 0, "max_tokens": 12, **one} for one in asked]
        return [answered(response) for response in self.posts("/v1/chat/completions", *requests)]

    def chat(self, **fields: Any) -> Any:
        return self.chats(fields)[0]

    def said(self, **fields: Any) -> str:
        return text_of(self.chat(**fields))

    def completion(self, prompt: Any, **fields: Any) -> Any:
        return answered(self.post("/v1/completions", prompt=prompt, **{"temperature": 0, "max_tokens": 1, **fields}))


def answered(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def text_of(told: Any) -> str:
    return str(told["choices"][0]["message"]["content"])


SOUND = Client()


@pytest.fixture
def sound() -> Client:
    return SOUND


def events(response: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_a_reply_has_usage_and_log_probabilities_of_every_token(sound):
    told = sound.chat(logprobs=True, top_logprobs=20)

    (choice,) = told["choices"]
    found = list(token_logprobs(choice["logprobs"]))
    assert choice["finish_reason"] == "length"
    assert told["usage"]["completion_tokens"] == len(found) == 12
    assert "".join(one.token for one in found) == choice["message"]["content"]
    for one in found:
        assert len(one.alternatives) == 20
        assert one.alternatives[0] == (one.token, one.logprob)
        assert [logprob for _, logprob in one.alternatives] == sorted((lp for _, lp in one.alternatives), reverse=True)


def test_a_stream_says_the_same(sound):
    whole = sound.chat(logprobs=True, top_logprobs=3)
    asked = {"messages": MESSAGES, "temperature": 0, "max_tokens": 12, "logprobs": True, "top_logprobs": 3}

    opening, *chunks, closing, last = events(
        sound.post("/v1/chat/completions", **asked, stream=True, stream_options={"include_usage": True})
    )

    assert opening["choices"][0]["delta"]["role"] == "assistant"
    assert [len(chunk["choices"][0]["logprobs"]["content"]) for chunk in chunks] == [5, 5, 2]
    content = [one for chunk in chunks for one in chunk["choices"][0]["logprobs"]["content"]]
    assert content == whole["choices"][0]["logprobs"]["content"]
    said = "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks)
    assert said == whole["choices"][0]["message"]["content"]
    assert closing["choices"][0]["finish_reason"] == "length"
    assert last["usage"] == whole["usage"]


def test_a_recorded_text_is_scored_by_its_ids_as_it_was_written(sound):
    told = sound.chat(logprobs=True, top_logprobs=5, return_token_ids=True)
    before, text = told["prompt_token_ids"], told["choices"][0]["token_ids"]

    (choice,) = sound.completion([*before, *text], prompt_logprobs=5, return_token_ids=True)["choices"]

    assert choice["prompt_token_ids"] == [*before, *text]
    assert choice["prompt_logprobs"][0] is None
    assert len(choice["prompt_logprobs"]) == len(before) + len(text)
    written = token_logprobs(told["choices"][0]["logprobs"])
    for token, place, was in zip(text, choice["prompt_logprobs"][len(before) :], written, strict=True):
        first, *_ = place
        assert first == str(token)
        assert place[first] == {"logprob": was.logprob, "rank": 1, "decoded_token": was.token}
        assert sorted(one["rank"] for one in place.values()) == [1, 2, 3, 4, 5]
        assert {one["decoded_token"]: one["logprob"] for one in place.values()} == dict(was.alternatives)


def test_a_token_that_is_not_among_the_likely_is_told_with_its_rank(sound):
    (choice,) = sound.completion("The cat of the king", prompt_logprobs=2)["choices"]

    for place in choice["prompt_logprobs"][1:]:
        assert len(place) in (2, 3)
        assert next(iter(place.values()))["rank"] >= 1


def test_no_more_than_the_prompts_own_tokens_are_told_where_none_are_asked_for(sound):
    (choice,) = sound.completion("The cat of the king", prompt_logprobs=0)["choices"]

    assert {len(place) for place in choice["prompt_logprobs"][1:]} == {1}


def test_a_prompt_is_told_again_with_its_log_probabilities(sound):
    (choice,) = sound.completion(" the cat of", echo=True, logprobs=2, max_tokens=3)["choices"]

    told = choice["logprobs"]
    assert choice["text"].startswith(" the cat of")
    assert "".join(told["tokens"]) == choice["text"]
    assert [choice["text"][at:][: len(name)] for at, name in zip(told["text_offset"], told["tokens"], strict=True)] == (
        told["tokens"]
    )
    assert told["token_logprobs"][0] is told["top_logprobs"][0] is None
    assert [len(one) for one in told["top_logprobs"][1:]] == [2] * (len(told["tokens"]) - 1)


def test_a_text_and_its_tokens_are_the_same_prompt(sound):
    ids = sound.post("/tokenize", prompt=" the cat of").json()

    assert ids["count"] == len(ids["tokens"])
    assert ids["max_model_len"] == 4096
    assert sound.post("/detokenize", tokens=ids["tokens"]).json() == {"prompt": " the cat of"}
    of_text, of_ids = (sound.completion(prompt, max_tokens=8) for prompt in (" the cat of", ids["tokens"]))
    assert of_text["choices"] == of_ids["choices"]


def test_a_conversation_has_as_many_tokens_as_usage_says(sound):
    tools = [{"type": "function", "function": {"name": "look"}}]
    asked = {"messages": [SYSTEM, *MESSAGES], "tools": tools}

    told = sound.chat(**asked, return_token_ids=True)

    assert sound.post("/tokenize", **asked).json()["tokens"] == told["prompt_token_ids"]
    assert len(told["prompt_token_ids"]) == told["usage"]["prompt_tokens"]
    assert sound.said(**asked) != sound.said(messages=[SYSTEM, *MESSAGES]) != sound.said()


def test_sampling_is_heeded(sound):
    warm = [sound.said(temperature=1, seed=seed) for seed in (1, 2, 1)]

    assert warm[0] == warm[2] != warm[1]
    assert sound.said(temperature=1) != sound.said(temperature=1)
    assert sound.said(temperature=2, top_p=1e-9) == sound.said(temperature=2, top_k=1) == sound.said()


def test_a_stop_ends_the_text_before_it(sound):
    words = sound.said().split()

    told = sound.chat(stop=f" {words[5]}")["choices"][0]

    assert told["finish_reason"] == "stop"
    assert words[5] not in told["message"]["content"].split()
    assert told["message"]["content"].split() == words[: words.index(words[5])]


def test_several_choices_differ_where_they_are_drawn(sound):
    texts = [one["message"]["content"] for one in sound.chat(temperature=1, n=4)["choices"]]

    assert len(set(texts)) == 4


def test_thinking_is_switched_and_told_apart_from_the_answer(sound):
    thinks = {"chat_template_kwargs": {"enable_thinking": True}}
    (choice,) = sound.chat(**thinks, max_tokens=30, logprobs=True, top_logprobs=1)["choices"]

    assert choice["message"]["reasoning"]
    assert choice["message"]["content"]
    assert len(choice["logprobs"]["content"]) == 30
    assert "reasoning" not in sound.chat()["choices"][0]["message"]


def test_what_does_not_fit_the_context_is_refused_in_vllms_words(sound):
    response = sound.post("/v1/chat/completions", messages=MESSAGES, max_tokens=4096)

    assert response.status_code == 400
    assert "maximum context length is 4096 tokens" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "fields",
    [{"prompt": [1, 99999]}, {"prompt": []}, {"prompt": " a", "logprobs": 21}, {"prompt": " a", "temperature": "hot"}],
    ids=str,
)
def test_what_cannot_be_read_is_refused(sound, fields):
    assert sound.post("/v1/completions", **fields).status_code == 400


@pytest.mark.parametrize(
    ("ignored", "fields"),
    [
        ("temperature", {}),
        ("seed", {"temperature": 1, "seed": 1}),
        ("top_p", {"temperature": 2, "top_p": 1e-9}),
    ],
)
def test_where_what_fixes_a_text_is_ignored_it_differs_each_time(sound, ignored, fields):
    faulty = Client(ignores=[ignored])

    assert faulty.said(**fields) != faulty.said(**fields)
    assert sound.said(**fields) == sound.said(**fields)


def test_a_limit_that_is_ignored_is_passed(sound):
    faulty = Client(ignores=["max_tokens"])

    asked = {"max_tokens": 4, "ignore_eos": True}
    assert [one.chat(**asked)["usage"]["completion_tokens"] for one in (sound, faulty)] == [4, 16]


@pytest.mark.parametrize(
    ("ignored", "fields"),
    [
        ("stop", {"stop": " "}),
        ("system", {"messages": [SYSTEM, *MESSAGES]}),
        ("thinking", {"chat_template_kwargs": {"enable_thinking": True}}),
    ],
)
def test_a_field_that_is_ignored_leaves_the_reply_as_it_is_without(sound, ignored, fields):
    faulty = Client(ignores=[ignored])
    assert faulty.said(**fields) == sound.said()
    assert sound.said(**fields) != sound.said()


def test_a_broken_decode_scores_right_and_writes_wrong(sound):
    faulty = Client(decode_noise=5.0)
    assert (
        faulty.completion(" the cat of", prompt_logprobs=3)["choices"][0]["prompt_logprobs"]
        == (sound.completion(" the cat of", prompt_logprobs=3)["choices"][0]["prompt_logprobs"])
    )
    assert faulty.said() != sound.said()


def test_what_breaks_under_load_alone_is_right_when_idle(sound):
    faulty = Client(loaded_above=2, loaded_noise=5.0)

    idle, loaded = faulty.said(), [text_of(told) for told in faulty.chats(*[{}] * 6)]

    assert idle == faulty.said() == sound.said()
    assert sound.said() not in loaded
    assert [text_of(told) for told in faulty.chats({}, {})] == [sound.said()] * 2


def test_a_server_without_log_probabilities_tells_none():
    faulty = Client(logprobs=False)
    assert faulty.chat(logprobs=True, top_logprobs=5)["choices"][0]["logprobs"] is None
    assert "prompt_logprobs" not in faulty.completion(" the", prompt_logprobs=5)["choices"][0]


def test_a_server_that_caps_them_tells_fewer_or_refuses():
    faulty = Client(most_logprobs=5)
    content = faulty.chat(logprobs=True, top_logprobs=20)["choices"][0]["logprobs"]["content"]
    assert {len(one["top_logprobs"]) for one in content} == {5}
    faulty = Client(most_logprobs=5, refuses_more=True)
    refused = faulty.post("/v1/chat/completions", messages=MESSAGES, logprobs=True, top_logprobs=20)
    assert refused.status_code == 400
    assert "greater than max allowed: 5" in refused.json()["error"]["message"]


def test_a_server_that_scores_no_prompts_passes_over_what_asks_for_that():
    asked = {"prompt_logprobs": 5, "echo": True, "logprobs": 2, "return_token_ids": True}

    (told,) = Client(scores_prompts=False).completion(" the", **asked)["choices"]
    (untold,) = Client(scores_prompts=False, tells_ids=False).completion(" the", **asked)["choices"]

    assert "prompt_logprobs" not in told
    assert len(told["logprobs"]["tokens"]) == len(told["token_ids"]) == 1
    assert not {"prompt_logprobs", "prompt_token_ids", "token_ids"} & untold.keys()


def test_another_tokenizer_has_other_tokens_for_the_same_text(sound):
    other = Client(tokenizer="characters")
    counted = [one.post("/tokenize", prompt=" the cat").json()["count"] for one in (other, sound)]
    assert counted == [8, 5]
    assert other.said()
