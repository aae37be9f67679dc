"""Inputs that JSON's own types cannot hold: a program gets what the host had, in the same order."""

import json
from typing import Any

import pytest
from servecheck.sandbox.runner.inputs import read, write


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        1.0,
        float("inf"),
        -0.0,
        10**40,
        "\ud800 é\n",
        [],
        [[1], 2],
        (),
        (1, [2, (3,)]),
        pytest.param({1, "a"}, id="{1, 'a'}"),  # a set's repr, and so its id, would differ from worker to worker
        set(),
        {"b": (1,), "a": [2]},
        {},
        {(1, 2): {3}},
        complex(0.0, -0.0),
        complex(-0.0, 2.5),
    ],
    ids=repr,
)
def test_what_is_written_is_read(value: Any) -> None:
    [[got]] = read(write([[value]]))

    assert (type(got), repr(got)) == (type(value), repr(value))


def test_what_json_has_is_written_as_json_has_it() -> None:
    inputs = [[1, "a", [2.5, None]], []]

    assert json.loads(write(inputs)) == inputs


@pytest.mark.parametrize(
    "value",
    [b"x", frozenset(), pytest.param(object(), id="object()"), range(3), type("Int", (int,), {})(1)],
    ids=repr,  # no address in it, or workers would collect different tests
)
def test_what_has_no_tag_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no input can be of type"):
        write([[value]])


@pytest.mark.parametrize("text", ['[[{"other": 1}]]', '[[{"set": [1], "tuple": []}]]', "[[{}]]", "[["])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        read(text)
