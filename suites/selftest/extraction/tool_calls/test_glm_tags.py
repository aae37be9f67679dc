"""GLM's tags, read and written."""

from __future__ import annotations

import pytest
from servecheck.extraction.tool_calls.argument_schema import ArgumentSchema
from servecheck.extraction.tool_calls.glm45 import DIALECT as GLM45
from servecheck.extraction.tool_calls.glm47 import DIALECT as GLM47
from servecheck.extraction.tool_calls.tool_text import CallReading, FlawKind

from suites.selftest.extraction.tool_calls.saving import save

TEXT = save({"type": "string"})
HELD = {
    **TEXT,
    "now": ArgumentSchema({"type": "object", "properties": {}}),
    "move": ArgumentSchema(
        {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "required": ["x"]}
    ),
}


def one(text: str, tools: dict[str, ArgumentSchema] = HELD) -> CallReading:
    read = GLM47.read(text, tools)
    assert read.decided
    return read.likeliest


def kinds(reading: CallReading) -> set[FlawKind]:
    return {flaw.kind for flaw in reading.all_flaws}


def test_the_two_dialects_differ_in_the_lines() -> None:
    assert GLM47.write("move", {"x": 1, "y": 2}) == (
        "<tool_call>move<arg_key>x</arg_key><arg_value>1</arg_value>"
        "<arg_key>y</arg_key><arg_value>2</arg_value></tool_call>"
    )
    assert GLM45.write("move", {"x": 1}) == (
        "<tool_call>move\n<arg_key>x</arg_key>\n<arg_value>1</arg_value>\n</tool_call>"
    )


def test_strings_are_written_raw_and_all_else_as_json() -> None:
    assert "<arg_value>true</arg_value>" in GLM47.write("save", {"value": "true"})
    assert "<arg_value>true</arg_value>" in GLM47.write("save", {"value": True})
    assert '<arg_value>{"a": ["é"]}</arg_value>' in GLM47.write("save", {"value": {"a": ["é"]}})


@pytest.mark.parametrize("dialect", [GLM45, GLM47])
@pytest.mark.parametrize("reader", [GLM45, GLM47])
def test_each_reads_what_either_writes(dialect, reader) -> None:
    text = dialect.between.join([dialect.write("move", {"x": 3}), dialect.write("now", {})])

    (reading,) = reader.read(f"I go.\n{text}", HELD).readings

    assert reading.content == "I go.\n"
    assert [(call.name, call.likeliest()) for call in reading.calls] == [("move", {"x": 3}), ("now", {})]
    assert reading.all_flaws == ()


@pytest.mark.parametrize(
    "value",
    ["", " edge \n", "\n", "a\tb", 'C:\\new "x"', "007", "null", '{"a": 1}', "a < b <10 </div>", "🫠é龜", "<think>"],
)
def test_a_string_is_what_stands_between_the_tags(value: str) -> None:
    (call,) = one(GLM47.write("save", {"value": value})).calls

    assert call.arguments[0].readings == (value,)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("<tool_call>save<arg_key>value</arg_key><arg_value>abc", FlawKind.UNTERMINATED),
        ("<tool_call>save<arg_key>value</arg_key><arg_value>abc</arg_value>", FlawKind.UNTERMINATED),
        ("<tool_call>save<arg_key>val", FlawKind.UNTERMINATED),
        ("<tool_call>save<arg_key>value</arg_key>", FlawKind.UNTERMINATED),
        ("<tool_call>sa", FlawKind.UNTERMINATED),
        ("<tool_call></tool_call>", FlawKind.NO_NAME),
        ("<tool_call>load</tool_call>", FlawKind.UNKNOWN_NAME),
        ('<tool_call>{"name": "save"}</tool_call>', FlawKind.UNKNOWN_NAME),
        ('<tool_call>{"name": "save"}</tool_call>', FlawKind.MARKUP_IN_NAME),
        ("<tool_call>save</tool_call>", FlawKind.MISSING_KEY),
        (
            GLM47.write("move", {"x": 1}).replace(
                "</tool_call>", "<arg_key>x</arg_key><arg_value>2</arg_value></tool_call>"
            ),
            FlawKind.REPEATED_KEY,
        ),
        (GLM47.write("save", {"value": "a", "path": "b"}), FlawKind.UNDECLARED_KEY),
        (GLM47.write("move", {"x": "one"}), FlawKind.WRONG_TYPE),
        ("<tool_call>now</arg_key></tool_call>", FlawKind.MARKUP_IN_NAME),
        (
            "<tool_call>save<arg_key>value</arg_key></arg_key><arg_value>a</arg_value></tool_call>",
            FlawKind.MARKUP_IN_KEY,
        ),
        (
            "<tool_call>save<arg_key><arg_key>value</arg_key><arg_value>a</arg_value></tool_call>",
            FlawKind.MARKUP_IN_KEY,
        ),
        ("<tool_call>save<arg_key>value</arg_key>a</tool_call>", FlawKind.STRAY_MARKUP),
        ("<tool_call>save value=a<arg_key>value</arg_key><arg_value>a</arg_value>,</tool_call>", FlawKind.STRAY_MARKUP),
        ("</tool_call>", FlawKind.STRAY_MARKUP),
        (GLM47.write("now", {}) + "Done.", FlawKind.TEXT_AFTER_CALL),
    ],
)
def test_each_thing_that_is_wrong_is_named(text: str, flaw: FlawKind) -> None:
    assert flaw in kinds(GLM47.read(text, HELD).likeliest)


def test_an_unended_call_does_not_swallow_the_next_one() -> None:
    reading = one("<tool_call>now" + GLM47.write("now", {}))

    assert [call.is_sound for call in reading.calls] == [False, True]


def test_text_behind_a_call_is_told_and_spoils_nothing() -> None:
    reading = one("Now.\n" + GLM47.write("now", {}) + "\nDone.")

    assert (reading.content, reading.after) == ("Now.\n", "\nDone.")
    assert reading.is_sound


def test_a_repeated_key_has_either_value() -> None:
    (call,) = one(
        "<tool_call>move<arg_key>x</arg_key><arg_value>1</arg_value><arg_key>x</arg_key><arg_value>2</arg_value></tool_call>"
    ).calls

    assert not call.is_sound
    assert [call.accepts({"x": x}) for x in (1, 2, 3)] == [True, True, False]
