"""What a dialect writes it reads again, whatever the values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.extraction.tool_calls.dialects import DIALECTS
from servecheck.extraction.tool_calls.json_text import same_json
from servecheck.extraction.tool_calls.reading import read_raw
from servecheck.extraction.tool_calls.tools import tools_of

TYPES = ("string", "integer", "number", "boolean", "null", "array", "object")
TOOLS = tools_of(
    [
        {
            "type": "function",
            "function": {
                "name": f"save_{name}",
                "parameters": {
                    "type": "object",
                    "properties": {"value": {"type": name}, "again": {"type": name}},
                    "additionalProperties": False,
                },
            },
        }
        for name in TYPES
    ]
)
# No quarter of a tag is likely among random characters, so tags and their pieces are put in on purpose.
PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["</arg_value>", "<arg_key>", "</tool_call>", "<tool_call>", "</", "<10", "<think>", "\n", " ", '"']
    ),
)
STRINGS = st.lists(PIECES, max_size=4).map("".join)
UNTAGGED = STRINGS.filter(lambda text: "arg_" not in text and "tool_call" not in text)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, UNTAGGED),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(UNTAGGED, inner, max_size=3)),
    max_leaves=6,
)
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "string": UNTAGGED,
    "integer": st.integers(),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "null": st.none(),
    "array": st.lists(JSON, max_size=3),
    "object": st.dictionaries(UNTAGGED, JSON, max_size=3),
}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(TYPES))
    keys = draw(st.lists(st.sampled_from(["value", "again"]), unique=True))
    return f"save_{name}", {key: draw(OF_TYPE[name]) for key in keys}


@pytest.mark.parametrize("name", DIALECTS)
@given(made=st.lists(calls(), min_size=1, max_size=4))
def test_calls_are_read_as_they_were_written(name: str, made: list[tuple[str, dict[str, Any]]]) -> None:
    dialect = DIALECTS[name]
    text = dialect.between.join(dialect.write(tool, arguments) for tool, arguments in made)

    read = read_raw(f"Why not.</think>So:\n{text}", dialect, TOOLS, prompt="<think>")

    assert read.decided
    assert (read.likeliest.reasoning, read.likeliest.content) == ("Why not.", "So:\n")
    assert read.likeliest.all_flaws == ()
    assert [call.name for call in read.likeliest.calls] == [tool for tool, _ in made]
    for call, (_, arguments) in zip(read.likeliest.calls, made, strict=True):
        assert list(call.likeliest()) == list(arguments)
        assert same_json(call.likeliest(), arguments)


@pytest.mark.parametrize("name", DIALECTS)
@given(value=STRINGS)
def test_a_value_with_tags_is_among_the_readings(name: str, value: str) -> None:
    """Or else what ends at the first tag is a call like any other, as the format has it."""
    dialect = DIALECTS[name]

    read = dialect.read(dialect.write("save_string", {"value": value}), TOOLS)

    assert read.accepts((("save_string", {"value": value}),)) or read.at_first_close.is_flawless


@pytest.mark.parametrize("name", DIALECTS)
@given(
    pieces=st.lists(
        st.one_of(PIECES, st.sampled_from(["save_string", "value", "</arg_key>", "<arg_value>"])), max_size=24
    )
)
def test_no_text_raises(name: str, pieces: list[str]) -> None:
    read = read_raw("".join(pieces), DIALECTS[name], TOOLS)

    assert read.readings
    assert all(reading.all_flaws or reading.is_flawless for reading in read.readings)
