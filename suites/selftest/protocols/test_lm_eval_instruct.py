"""lm-eval's humaneval_instruct request, to the character; ``grading/test_lm_eval_parity.py`` asks lm-eval itself."""

import pytest
from servecheck.problems.code import CodeProblem
from servecheck.profiles.schema import Profile, Sampling
from servecheck.protocols import PROTOCOLS
from servecheck.protocols.lm_eval_instruct import LmEvalInstruct
from servecheck.protocols.request_body import request_body

PROBLEM = CodeProblem("T/0", '\ndef f():\n    """One."""\n', "f", "    return 1\n", "[]", "[]", 0.0)
NOTES = Sampling(max_tokens=4096, repetition_penalty=1.05)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROTOCOLS, LmEvalInstruct.name, LmEvalInstruct())


def body(sampling: Sampling = NOTES, *, seed: int | None = None, stream: bool = False) -> dict:
    profile = Profile(name="p", model="m", protocol=LmEvalInstruct.name, sampling=sampling)
    return request_body(profile, LmEvalInstruct().messages(PROBLEM), seed=seed, stream=stream)


def test_the_last_message_is_the_assistants_with_the_prompt_unstripped_in_an_open_fence() -> None:
    assert LmEvalInstruct().messages(PROBLEM) == [
        {
            "role": "user",
            "content": (
                "Write a solution to the following problem and make sure that it passes the tests:\n"
                '```python\n\ndef f():\n    """One."""\n\n```\n'
            ),
        },
        {
            "role": "assistant",
            "content": 'Here is the completed function:\n```python\n\ndef f():\n    """One."""\n\n',
        },
    ]


def test_the_body_is_what_the_client_sends_for_the_notes_generation_arguments() -> None:
    assert body() == {
        "messages": LmEvalInstruct().messages(PROBLEM),
        "model": "m",
        "max_tokens": 4096,
        "temperature": 0,
        "stop": ["\nclass", "\ndef", "\n#", "\nif"],
        "seed": 1234,
        "max_gen_toks": 4096,
        "repetition_penalty": 1.05,
    }


def test_a_stream_differs_in_being_asked_for_alone() -> None:
    asked = {"stream": True, "stream_options": {"include_usage": True}}

    assert body(stream=True) == body() | asked


def test_the_profiles_seed_goes_before_the_clients_and_the_requests_before_both() -> None:
    assert body(Sampling(seed=7))["seed"] == 7
    assert body(Sampling(seed=7), seed=3)["seed"] == 3


def test_top_p_goes_with_a_temperature() -> None:
    assert "top_p" not in body(Sampling(top_p=0.9))
    assert body(Sampling(temperature=0.2, top_p=0.9))["top_p"] == 0.9


def test_every_request_has_a_list_of_stops_of_its_own() -> None:
    body()["stop"].append("\nimport")

    assert len(body()["stop"]) == 4
