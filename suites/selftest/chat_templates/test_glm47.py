"""GLM-4.7's prompts: by its published rules, and byte for byte as a copy of its template renders them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.chat_templates.rendering import compiled, published, render, render_with
from servecheck.errors import UnknownName, UsageError

COPY = "SERVECHECK_GLM47_TEMPLATE"
USER = {"role": "user", "content": "Hi"}
TOOL = {"type": "function", "function": {"name": "save", "parameters": {"type": "object", "é": "<'&>"}}}


def calling(arguments: Any, **more: Any) -> dict[str, Any]:
    call = {"id": "a", "type": "function", "function": {"name": "save", "arguments": arguments}}
    return {"role": "assistant", "content": "", "tool_calls": [call], **more}


def result(content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "a", "content": content}


def test_a_question() -> None:
    assert render([USER]) == "[gMASK]<sop><|user|>Hi<|assistant|><think>"
    assert render([USER], enable_thinking=False) == "[gMASK]<sop><|user|>Hi<|assistant|></think>"
    assert render([{"role": "system", "content": "Be brief."}, USER], add_generation_prompt=False) == (
        "[gMASK]<sop><|system|>Be brief.<|user|>Hi"
    )


def test_tools_are_json_with_every_character_as_it_is() -> None:
    prompt = render([USER], [TOOL, TOOL])

    line = '{"type": "function", "function": {"name": "save", "parameters": {"type": "object", "é": "<\'&>"}}}\n'
    assert prompt.startswith("[gMASK]<sop><|system|>\n# Tools\n\nYou may call one or more functions")
    assert f"<tools>\n{line}{line}</tools>\n\nFor each function call" in prompt
    assert prompt.endswith("<arg_value>{arg-value-2}</arg_value>...</tool_call><|user|>Hi<|assistant|><think>")


def test_calls_have_raw_strings_and_json() -> None:
    prompt = render([USER, calling({"a": " <x>\n", "b": [True, "é"], "c": None})], add_generation_prompt=False)

    assert prompt.endswith(
        "<|assistant|></think><tool_call>save<arg_key>a</arg_key><arg_value> <x>\n</arg_value>"
        '<arg_key>b</arg_key><arg_value>[true, "é"]</arg_value>'
        "<arg_key>c</arg_key><arg_value>null</arg_value></tool_call>"
    )


def test_results_of_one_turn_are_one_observation_in_their_order() -> None:
    prompt = render([USER, calling({}), result("one"), result("two"), calling({}), result("three")])

    assert "<|observation|><tool_response>one</tool_response><tool_response>two</tool_response><|assistant|>" in prompt
    assert prompt.count("<|observation|>") == 2


def test_a_list_of_results_is_an_observation_of_its_own() -> None:
    """As the template has it, which no engine reaches that normalises a tool's parts."""
    results = [result("one"), result([{"output": "two"}, "three"])]

    assert render_with(published("glm47"), results, add_generation_prompt=False) == (
        "[gMASK]<sop><|observation|><tool_response>one</tool_response>"
        "<|observation|><tool_response>two</tool_response><tool_response>three</tool_response>"
    )


def test_reasoning_is_kept_behind_the_last_question_alone() -> None:
    talk = [USER, calling({}, reasoning_content="first"), result("1"), USER, calling({}, reasoning="second")]

    prompt = render(talk, add_generation_prompt=False)

    assert "first" not in prompt
    assert "<|assistant|><think>second</think><tool_call>save</tool_call>" in prompt
    assert "<think>first</think>" in render(talk, clear_thinking=False)


def test_reasoning_in_the_content_is_taken_out_of_it() -> None:
    said = {"role": "assistant", "content": "<think>\nwhy\n</think>\n\nSo."}

    assert render([USER, said], add_generation_prompt=False).endswith("<|assistant|><think>why</think>So.")
    assert render([said, USER], add_generation_prompt=False) == "[gMASK]<sop><|assistant|></think>So.<|user|>Hi"


@pytest.mark.parametrize("content", [None, "", []])
@pytest.mark.parametrize("arguments", ['{"a": 1}', {"a": 1}])
def test_spellings_that_the_protocol_allows_are_one_prompt(content: Any, arguments: Any) -> None:
    talk = [
        USER,
        calling(arguments, content=content),
        result([{"type": "text", "text": "o"}, {"type": "text", "text": "k"}]),
    ]

    assert render(talk) == render([USER, calling({"a": 1}), result("ok")])


def test_content_that_is_left_out_is_empty() -> None:
    said = calling({})
    del said["content"]

    assert render([USER, said]) == render([USER, calling({})])


@pytest.mark.parametrize("arguments", ["{", "[1]", None, 5])
def test_arguments_that_are_no_object_cannot_be_rendered(arguments: Any) -> None:
    with pytest.raises(UsageError, match="arguments of a tool call"):
        render([USER, calling(arguments)])


def test_a_template_that_does_not_exist_is_told() -> None:
    with pytest.raises(UnknownName, match="glm47"):
        render([USER], template="glm46")


def test_what_a_template_refuses_is_told() -> None:
    with pytest.raises(UsageError, match="no tools here"):
        render_with(compiled("{{ raise_exception('no tools here') }}"), [USER])


TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["<think>a</think>b", "</think>\n\nc", "<think>\n</think>", " x \n", "<|user|>", "None", "{{ 1 }}"]
    ),
)
PARTS = st.lists(
    st.one_of(TEXTS, st.fixed_dictionaries({"type": st.sampled_from(["text", "image"]), "text": TEXTS})), max_size=2
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=4,
)
CALLS = st.fixed_dictionaries({"name": TEXTS, "arguments": st.dictionaries(TEXTS, VALUES, max_size=2)})
SAID = st.fixed_dictionaries(
    {"role": st.just("assistant"), "content": st.one_of(TEXTS, PARTS)},
    optional={
        "reasoning_content": st.one_of(st.none(), TEXTS),
        "tool_calls": st.lists(st.one_of(CALLS, CALLS.map(lambda call: {"function": call})), max_size=2),
    },
)
ASKED = st.fixed_dictionaries({"role": st.sampled_from(["user", "system"]), "content": st.one_of(TEXTS, PARTS)})
TOLD = st.fixed_dictionaries(
    {
        "role": st.just("tool"),
        "content": st.one_of(TEXTS, st.lists(st.one_of(TEXTS, st.fixed_dictionaries({"output": TEXTS})), max_size=2)),
    }
)
SWITCHES = st.fixed_dictionaries(
    {}, optional={name: st.booleans() for name in ("enable_thinking", "clear_thinking", "add_generation_prompt")}
)


@pytest.mark.skipif(COPY not in os.environ, reason=f"{COPY} names no copy of the published template")
@given(
    messages=st.lists(st.one_of(ASKED, SAID, TOLD), max_size=5),
    tools=st.lists(st.dictionaries(TEXTS, VALUES, max_size=2), max_size=2),
    switches=SWITCHES,
)
def test_every_byte_is_the_published_templates(messages: Any, tools: Any, switches: Any) -> None:
    copy = compiled(Path(os.environ[COPY]).read_text(encoding="utf-8"))

    own = render_with(published("glm47"), messages, tools, **switches)
    assert own == render_with(copy, messages, tools, **switches)
