"""Values that hold the tags of their own format: told where the schema and the rest of the text tell it."""

from __future__ import annotations

import pytest
from servecheck.extraction.tool_calls.argument_schema import ArgumentSchema
from servecheck.extraction.tool_calls.glm47 import DIALECT as GLM47
from servecheck.extraction.tool_calls.longer_values import MOST_TRIED

from suites.selftest.extraction.tool_calls.saving import save

TEXT = save({"type": "string"})


@pytest.mark.parametrize(
    "value",
    [
        "</arg_value>",
        "a</arg_value>b",
        "</tool_call>",
        "a</tool_call>b",
        "a</arg_value></tool_call>b",
        "<tool_call>",
        "<arg_key>k</arg_key>",
        "x</arg_value><arg_key>other</arg_key>y",
    ],
)
def test_a_value_with_tags_is_told_from_the_rest_of_the_text(value: str) -> None:
    read = GLM47.read(GLM47.write("save", {"value": value}), TEXT)

    assert read.decided
    assert [call.likeliest() for call in read.likeliest.calls] == [{"value": value}]
    assert read.likeliest.all_flaws == ()


@pytest.mark.parametrize(
    "value",
    [
        "x</arg_value><arg_key>other</arg_key><arg_value>y",
        "x</arg_value><arg_key>value</arg_key><arg_value>y",
        "x</arg_value></tool_call><tool_call>load<arg_key>value</arg_key><arg_value>y",
    ],
)
def test_whole_arguments_that_only_the_schema_does_not_know_may_be_meant_too(value: str) -> None:
    read = GLM47.read(GLM47.write("save", {"value": value}), TEXT)

    first, longer = read.readings
    assert first == read.at_first_close
    assert [call.likeliest() for call in longer.calls] == [{"value": value}]


def test_what_a_parser_cuts_at_the_first_tag_is_told_too() -> None:
    read = GLM47.read(GLM47.write("save", {"value": "a</arg_value>b"}), TEXT)

    assert read.at_first_close.calls[0].likeliest() == {"value": "a"}
    assert not read.at_first_close.is_sound


def test_two_calls_are_two_calls_whatever_a_longer_value_could_be() -> None:
    """The format says so: no parser could read them otherwise."""
    read = GLM47.read(GLM47.write("save", {"value": "a"}) + GLM47.write("save", {"value": "b"}), TEXT)

    assert read.decided
    assert [call.likeliest() for call in read.likeliest.calls] == [{"value": "a"}, {"value": "b"}]


def test_two_ends_that_both_make_sense_are_not_decidable() -> None:
    end = "</arg_value></tool_call>"
    second = GLM47.write("save", {"value": f"b{end}"})

    read = GLM47.read(GLM47.write("save", {"value": "a"}) + second, TEXT)

    assert not read.decided
    assert read.accepts((("save", {"value": "a"}), ("save", {"value": f"b{end}"})))
    assert read.accepts((("save", {"value": f"a{end}{second.removesuffix(end)}"}),))
    assert not read.accepts((("save", {"value": "a"}), ("save", {"value": "b"})))


def test_where_the_schema_takes_any_key_the_text_means_that_key() -> None:
    free = {"save": ArgumentSchema({"type": "object", "properties": {"value": {"type": "string"}}})}

    read = GLM47.read(GLM47.write("save", {"value": "x</arg_value><arg_key>y</arg_key><arg_value>z"}), free)

    assert read.decided
    assert read.likeliest.calls[0].likeliest() == {"value": "x", "y": "z"}


def test_a_value_of_a_wrong_type_is_no_reason_to_look_further() -> None:
    read = GLM47.read(GLM47.write("save", {"value": "one"}), save({"type": "integer"}))

    assert read.decided
    assert read.likeliest.calls[0].accepts({"value": "one"})


def test_too_many_possible_ends_are_given_up_and_not_decidable() -> None:
    text = GLM47.write("save", {"value": "</arg_value></tool_call>" * (MOST_TRIED + 1) + "x"}) + "</arg_key>"

    read = GLM47.read(text, TEXT)

    assert not read.searched
    assert not read.decided
