"""A server is asked as the profile says but for sampling, and again where a fault may pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.errors import GenerationError
from servecheck.fingerprint.endpoint import AnswerRefused, AnswerUnreadable, ModelEndpoint
from servecheck.fingerprint.prompts import FingerprintPrompt
from servecheck.profiles.schema import Profile, Sampling

from suites.selftest.fingerprint.scripted_server import NoSuchThing, serving

pytestmark = pytest.mark.selftest

TOOL = {"type": "function", "function": {"name": "now"}}
PROMPT = FingerprintPrompt("p", "chat", 16, ({"role": "user", "content": "hello"},))


def test_a_profiles_sampling_is_left_out_wherever_it_stands():
    profile = Profile(
        name="p",
        model="m",
        base_url="http://host/v1",
        sampling=Sampling(temperature=0.7, top_p=0.5, seed=3, presence_penalty=1.0),
        extra_body={"top_k": 40, "stop": ["a"], "priority": 3, "max_completion_tokens": 9},
        thinking_switch="enable_thinking",
        system_prompt="Be brief.",
    )

    assert ModelEndpoint(profile, "http://host/v1").chat_body(PROMPT, 5, logprobs=True) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}],
        "temperature": 0.0,
        "top_p": 1.0,
        "max_tokens": 5,
        "logprobs": True,
        "priority": 3,
        "chat_template_kwargs": {"enable_thinking": False},
    }


def test_a_prompts_tools_are_sent():
    prompt = FingerprintPrompt("p", "tools", 16, PROMPT.messages, (TOOL,))

    assert ModelEndpoint(Profile(name="p", model="m"), "http://host/v1").chat_body(prompt, 5)["tools"] == [TOOL]


def test_a_fault_that_may_pass_is_met_again_as_often_as_the_profile_allows():
    faults = iter([NoSuchThing(503, "busy")])

    def answers(path, body):
        if (fault := next(faults, None)) is not None:
            raise fault
        return {"ok": 1}

    with serving(answers) as served:
        assert served.endpoint.ask("/completions", {}) == {"ok": 1}

    assert served.waited == [0.5]
    assert (served.endpoint.requests.sent, served.endpoint.requests.answered) == (2, 1)


def test_requests_for_text_alone_are_counted_and_of_all_that_is_made_of_an_endpoint():
    with serving(lambda _path, _body: {}) as served:
        other = replace(served.endpoint, prompt_ids={})
        for path in ("/chat/completions", "/tokenize"):
            other.ask(path, {})

    assert (served.endpoint.requests.sent, served.endpoint.requests.answered) == (1, 1)


@pytest.mark.parametrize(("status", "times"), [(400, 1), (503, 2)])
def test_what_does_not_pass_is_told_in_the_servers_words(status, times):
    def answers(path, body):
        raise NoSuchThing(status, "no\x1b[31m such thing")

    with serving(answers) as served, pytest.raises(AnswerRefused, match=f"HTTP {status}: no.*such thing") as raised:
        served.endpoint.ask("/completions", {})

    assert "\x1b" not in str(raised.value)
    assert len(served.asked) == times


def test_an_answer_that_is_no_object_is_refused():
    with serving(lambda _path, _body: [1]) as served, pytest.raises(AnswerUnreadable, match="no object"):
        served.endpoint.ask("/completions", {})


def test_a_server_that_is_not_there_is_machinery():
    with serving(lambda _path, _body: {}) as served:
        pass

    with pytest.raises(GenerationError, match="no model server answers"):
        served.endpoint.ask("/completions", {})
