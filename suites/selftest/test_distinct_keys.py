"""An object that has a key twice is refused wherever somebody else wrote it, and not read by its last."""

from __future__ import annotations

import json

import pytest
from servecheck.distinct_keys import RepeatedKey, distinct, require_distinct_keys


@pytest.mark.parametrize(
    "text", ['{"a": 1, "b": 2, "b": 2}', '[{"x": {"b": 1, "a": 2, "b": 3}}]', '{"b": {}, "\\u0062": 1}']
)
def test_the_key_that_is_there_twice_is_named(text: str) -> None:
    with pytest.raises(RepeatedKey, match="an object has the key 'b' twice, of which one would count alone"):
        require_distinct_keys(text)
    with pytest.raises(RepeatedKey):
        json.loads(text, object_pairs_hook=distinct)


def test_one_key_of_several_objects_and_a_number_of_any_length_do_no_harm() -> None:
    require_distinct_keys(b'[{"a": {"a": 1}}, {"a": ' + b"9" * 5000 + b"}]")

    assert json.loads('{"a": [{"a": 1}]}', object_pairs_hook=distinct) == {"a": [{"a": 1}]}


def test_a_hostile_key_is_shown_without_control_characters() -> None:
    with pytest.raises(RepeatedKey) as refused:
        distinct([("\x1b[2J" * 99, 1), ("\x1b[2J" * 99, 2)])

    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 250
