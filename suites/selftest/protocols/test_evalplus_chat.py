"""EvalPlus's chat request, to the character."""

import pytest
from servecheck.errors import UnknownName
from servecheck.problems.code import CodeProblem
from servecheck.protocols import prompt_protocol


def problem(prompt: str) -> CodeProblem:
    return CodeProblem("T/0", prompt, "f", "    return 1\n", "[]", "[]", 0.0)


def test_the_request_is_one_user_message_with_the_stripped_prompt_in_a_fence() -> None:
    messages = prompt_protocol("evalplus_chat").messages(problem('\n\ndef f():\n    """One."""\n\n'))

    assert messages == [
        {
            "role": "user",
            "content": (
                "Please provide a self-contained Python script that solves the following problem in a markdown code "
                'block:\n```python\ndef f():\n    """One."""\n```'
            ),
        }
    ]


def test_an_unknown_protocol_is_an_error_that_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown prompt protocol 'evalplus-chat': did you mean evalplus_chat"):
        prompt_protocol("evalplus-chat")
