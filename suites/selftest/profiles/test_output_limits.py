"""A limit on a reply's tokens counts in whichever field it stands."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.profiles.output_limits import limited, output_limit


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({}, None),
        ({"max_tokens": 768}, 768),
        ({"max_tokens": 768, "max_completion_tokens": 512}, 768),
        ({"max_tokens": 768, "n_predict": 1024}, 1024),
        ({"n_predict": -1, "max_tokens": 0}, None),
        ({"n_predict": -1, "max_tokens": 768}, 768),
        ({"max_tokens": True, "max_completion_tokens": "512", "n_predict": None}, None),
    ],
)
def test_every_field_counts_that_holds_a_number_of_tokens(body: dict[str, Any], limit: int | None) -> None:
    assert output_limit(body) == limit


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"max_tokens": 8}),
        ({"max_completion_tokens": 768}, {"max_completion_tokens": 8}),
        ({"max_tokens": 1, "n_predict": -1}, {"max_tokens": 8, "n_predict": 8}),
        ({"max_tokens": 768, "min_tokens": 9}, {"max_tokens": 8, "min_tokens": 8}),
    ],
)
def test_a_limit_is_set_in_every_field_that_there_is_for_it(body: dict[str, Any], fields: dict[str, Any]) -> None:
    before = dict(body)

    assert limited({**body, "stop": ["x"]}, 8, "min_tokens") == {**fields, "stop": ["x"]}
    assert body == before


def test_further_fields_are_left_where_they_are_not_named() -> None:
    assert limited({"max_tokens": 768, "min_tokens": 9}, 8) == {"max_tokens": 8, "min_tokens": 9}
