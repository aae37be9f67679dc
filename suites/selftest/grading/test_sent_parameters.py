"""What the server was told is read from the body that was sent, whoever put it there."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.grading.sent_parameters import SentParameters, sent_by, sent_parameters
from servecheck.profiles.schema import Profile, Sampling

from suites.selftest.delivery.replies import CASES


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({"max_completion_tokens": 768}, 768),
        ({"max_tokens": 4096, "max_gen_toks": 4096}, 4096),
        ({"max_completion_tokens": 768, "max_tokens": 32_000}, 32_000),
        ({"max_completion_tokens": None, "max_tokens": 768}, 768),
        ({"max_tokens": 768, "n_predict": 1024}, 1024),
        ({"max_tokens": "many"}, None),
        ({"n_predict": -1}, None),
        ({}, None),
    ],
)
def test_the_limit_is_the_highest_that_was_sent(body: dict[str, Any], limit: int | None) -> None:
    assert sent_parameters(body).max_tokens == limit


def test_a_problems_own_limit_stands_in_the_runs_place() -> None:
    profile = Profile(name="p", model="m", protocol="tool_contract", sampling=Sampling(max_tokens=128))

    assert sent_by(profile).max_tokens == 128
    assert sent_by(profile, CASES["echo/plain"]).max_tokens == 128
    assert sent_by(profile, CASES["cut/second-call"]).max_tokens == 200


@pytest.mark.parametrize(
    ("body", "stops"),
    [
        ({"stop": ["\ndef", "\n#"]}, ("\ndef", "\n#")),
        ({"stop": "\ndef"}, ("\ndef",)),
        ({"stop": ["", 3, "x"]}, ("x",)),
        ({"stop": {"x": 1}}, ()),
        ({"stop": "x", "include_stop_str_in_output": True}, ()),
        ({}, ()),
    ],
)
def test_stops_are_a_text_or_a_list_of_texts(body: dict[str, Any], stops: tuple[str, ...]) -> None:
    assert sent_parameters(body).stops == stops


@pytest.mark.parametrize(
    ("body", "thinking"),
    [
        ({"chat_template_kwargs": {"enable_thinking": False}}, False),
        ({"chat_template_kwargs": {"enable_thinking": True, "clear_thinking": False}}, True),
        ({"chat_template_kwargs": {"thinking": True}}, True),
        ({"enable_thinking": False}, False),
        ({"thinking": {"type": "disabled"}}, False),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, True),
        ({"think": False}, False),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": "high"}, None),
        ({"chat_template_kwargs": {"enable_thinking": True}, "think": False}, None),
        ({"chat_template_kwargs": ["enable_thinking"]}, None),
        ({"thinking": {"type": ["x"]}}, None),
        ({}, None),
    ],
)
def test_a_thinking_switch_is_found_where_servers_look_for_it(body: dict[str, Any], thinking: bool | None) -> None:
    assert sent_parameters(body).thinking is thinking


def test_model_and_the_profiles_own_ends_are_kept() -> None:
    assert sent_parameters({"model": "m"}, ["done"]) == SentParameters(model="m", finish_reasons=frozenset({"done"}))
