"""What the model wrote is known where the prompt that was continued is the chat's, and else in words why it is not."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.delivery.judgement import judged
from servecheck.delivery.symptoms import Blame, Defect
from servecheck.delivery.witness import Witness, witness
from servecheck.evaluation.transcript import Usage
from servecheck.problems.tool_demands import HEADER

from suites.selftest.delivery.replies import CASES, chat, evidence, prompt, reply, streamed

ECHO = CASES["echo/plain"]
WRONG = ("save", {"value": "Heron"})


@pytest.mark.parametrize(
    ("prompts", "text", "why"),
    [
        ([reply("answered HTTP 404: x", "failure")], [], "the server does not say what prompt it makes: answered HTTP"),
        (None, [reply("answered HTTP 404: x", "failure")], "the server continues no prompt: answered HTTP 404: x"),
        ([reply("Hello", "prompt")], None, "the prompt that the server tells is not the request's"),
        (None, [reply("Hello", "text", usage=Usage(7, 1))], "tells has 7 tokens, and the chat's 5"),
        (
            [reply("", "prompt", usage=Usage(7, 0))],
            [reply("Hello", "text", usage=None)],
            "has 7 tokens, and the chat's",
        ),
    ],
)
def test_what_is_written_to_another_prompt_convicts_nobody(prompts: Any, text: Any, why: str) -> None:
    asked = evidence(ECHO, chat(ECHO, WRONG), streamed(ECHO, WRONG))
    asked.prompts = asked.prompts if prompts is None else prompts
    asked.texts = asked.texts if text is None else text

    found = judged(ECHO, asked)

    assert witness(ECHO, asked).text is None
    assert (found.symptoms[0].blame, found.symptoms[0].kind) == (Blame.OPEN, Defect.NOT_AS_ASKED)
    assert why in found.symptoms[0].detail


def test_what_is_written_to_the_chats_own_prompt_is_known() -> None:
    assert witness(ECHO, evidence(ECHO)).text is not None


def test_where_a_grammar_binds_the_chat_alone_nothing_is_missed() -> None:
    assert witness(CASES["choice/required"], evidence(CASES["choice/required"])) == Witness()


def test_a_prompt_that_is_not_the_chats_says_nothing_of_its_template() -> None:
    asked = evidence(ECHO)
    asked.prompts = [reply(HEADER, "prompt", usage=Usage(7, 0))]
    asked.published = reply("another", "prompt", usage=Usage(0, 0))

    assert judged(ECHO, asked).prompt == ()


def test_the_published_prompt_stands_in_for_one_that_is_not_told() -> None:
    asked = evidence(ECHO)
    asked.prompts, asked.published = [], prompt(ECHO)

    assert witness(ECHO, asked).text is not None


def test_a_prompt_that_is_not_the_chats_is_no_fault_of_its_template() -> None:
    problem = CASES["history/three-turns"]
    asked = evidence(problem)
    asked.prompts = [reply("Hello", "prompt")]

    assert judged(problem, asked).is_delivered
