"""The prompt that the published template makes of a request, with what the profile puts into it."""

from __future__ import annotations

from typing import Any

from servecheck.generation.published_prompt import published_prompt
from servecheck.problems.tool_contract.problem_set import ContractCases
from servecheck.profiles.schema import Profile

USER = {"role": "user", "content": "Hi"}


def profile(**more: Any) -> Profile:
    return Profile(name="p", model="m", published_template="glm47", **more)


def test_it_is_the_templates() -> None:
    found = published_prompt(profile(), (USER,), {"chat_template_kwargs": {"enable_thinking": False}})

    assert (found.form, found.content) == ("prompt", "[gMASK]<sop><|user|>Hi<|assistant|></think>")


def test_it_has_the_profiles_system_prompt_and_switches_as_the_request_has() -> None:
    own = profile(system_prompt="Be brief.", thinking_switch="enable_thinking", thinking="off")

    assert published_prompt(own, (USER,), {}).content == (
        "[gMASK]<sop><|system|>Be brief.<|user|>Hi<|assistant|></think>"
    )


def test_a_switch_of_the_requests_own_ending_is_none_of_the_templates() -> None:
    found = published_prompt(profile(), (USER,), {"chat_template_kwargs": {"add_generation_prompt": False}})

    assert found.content.endswith("<|assistant|><think>")


def test_a_profile_that_names_no_template_has_none() -> None:
    found = published_prompt(Profile(name="p", model="m"), (USER,), {})

    assert (found.form, found.content) == ("failure", "the profile names no published_template")


def test_what_the_template_refuses_has_none() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "save", "arguments": "{"}}

    found = published_prompt(profile(), (USER, {"role": "assistant", "tool_calls": [call]}), {})

    assert found.form == "failure"
    assert "no JSON" in found.content


def test_it_can_be_had_of_every_case_of_the_contract() -> None:
    cases = ContractCases()

    made = {one: published_prompt(profile(), cases[one].messages, cases[one].fields) for one in cases.task_ids}

    assert {one for one, found in made.items() if found.form != "prompt"} == set()
