"""Transforms as ``--transforms`` writes them."""

import pytest
from servecheck.errors import UsageError
from servecheck.transforms.option import transform_specs


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("none", []),
        ("", []),
        ("a", ["a"]),
        (" a , b,", ["a", "b"]),
        ('["a", {"name": "b", "x": 1}]', ["a", {"name": "b", "x": 1}]),
        ('[{"name": "a"}]', ["a"]),
    ],
)
def test_names_a_json_list_or_none(text, specs):
    assert transform_specs(text) == specs


@pytest.mark.parametrize(
    "text", ["[", "[1]", '["a", ["b"]]', '[{"name": "a", "x": NaN}]', '[{"name": "a", "name": "b"}]', "[" * 100_000]
)
def test_what_begins_like_a_list_has_to_be_one_of_names_and_objects(text):
    with pytest.raises(UsageError, match=r"^--transforms "):
        transform_specs(text)
