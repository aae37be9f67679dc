"""Replies read through a profile's transforms, as a client of the proxy would have them."""

import pytest
from servecheck.evaluation.transcript import Reply, Timings
from servecheck.grading.transformed import transformed
from servecheck.profiles.schema import Profile
from servecheck.protocols.request_body import request_body
from servecheck.transforms import Applied

MESSAGES = [{"role": "user", "content": "Complete it:\n```python\ndef f(x):\n```\n"}]
FENCED = "```python\n    return x\n```"
INJECTED = {"name": "inject_chat_template_kwargs", "enable_thinking": False}


def _reply(content: str = FENCED, reasoning: str | None = None, finish_reason: str = "stop", **fields) -> Reply:
    return Reply(content, reasoning, finish_reason, "m", None, Timings(0.0, None, 0.5), "00", **fields)


def _profile(*transforms) -> Profile:
    return Profile(name="p", model="m", transforms=list(transforms))


def test_the_text_is_what_the_transforms_leave_and_all_else_is_as_it_was():
    found = transformed(_reply(), _profile("strip_code_fences"), MESSAGES)

    assert found.reply == _reply("    return x\n")
    assert {one.transform for one in found.applied} == {"strip_code_fences"}


def test_without_transforms_it_is_the_reply_itself():
    reply = _reply()

    assert transformed(reply, _profile(), MESSAGES).reply is reply


def test_reasoning_is_seen_by_them():
    found = transformed(_reply("", "    return x"), _profile("copy_reasoning_to_content"), MESSAGES)

    assert (found.reply.content, found.reply.reasoning) == ("    return x", "    return x")


def test_the_profiles_own_marks_of_reasoning_are_seen_by_them():
    profile = Profile(name="p", model="m", transforms=["split_think_tags"], reasoning_markers=[["<plan>", "</plan>"]])

    found = transformed(_reply("<plan>add</plan>    return x"), profile, MESSAGES)

    assert (found.reply.content, found.reply.reasoning) == ("    return x", "add")


@pytest.mark.parametrize("kind", ["solution", "completion"])
def test_a_program_in_place_of_a_reply_is_left_alone(kind):
    reply = _reply(kind=kind)

    assert transformed(reply, _profile("strip_code_fences"), MESSAGES).reply is reply


def test_the_request_goes_through_them_too_and_that_is_told_of_replies_that_were_asked_for():
    profile = _profile(INJECTED)

    assert request_body(profile, MESSAGES)["chat_template_kwargs"] == {"enable_thinking": False}
    told = Applied("inject_chat_template_kwargs", "request changed", 1)
    assert transformed(_reply(), profile, MESSAGES).applied == (told,)
    assert transformed(_reply(finish_reason="given"), profile, MESSAGES).applied == ()
