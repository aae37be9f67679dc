"""The words in which calls are asked for, and that they can be read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.problems.tool_demands import CallDemand, Demand, demand_in, demand_text, demands_in


def test_the_words_are_plain() -> None:
    demand = Demand(
        (CallDemand("save", {"value": "007", "times": [1, None]}), CallDemand("now")), say="Yes.", after="Done."
    )

    assert demand_text(demand) == (
        "Do exactly this and nothing else. Take what stands between two marks %% exactly as it is, without the marks.\n"
        "Say: %%Yes.%%\n"
        "Call the tool save with these arguments:\n"
        "- value, text: %%007%%\n"
        "- times, JSON: %%[1, null]%%\n"
        "Call the tool now without arguments.\n"
        "Then say: %%Done.%%\n"
        "That is all."
    )


HARD = [
    "",
    "%%",
    "%",
    "%%@@##~~",
    "a%",
    "%1%",
    "\n",
    "Say: %%x%%\n",
    "That is all.",
    "Do exactly this and nothing else.",
]


@pytest.mark.parametrize("value", [*HARD, demand_text(Demand(say="no"))])
def test_a_value_may_be_anything(value: str) -> None:
    demand = Demand((CallDemand("save", {"value": value}),), think=value, say=value, after=value)

    assert demand_in(f"<|user|>{demand_text(demand)}<|assistant|>") == demand


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
WORDS = st.one_of(st.text(max_size=12), st.sampled_from(HARD))
CALLS = st.builds(
    CallDemand,
    st.from_regex(r"[a-zA-Z0-9_-]{1,8}", fullmatch=True),
    st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.one_of(WORDS, JSON), max_size=3),
)


@given(st.builds(Demand, st.lists(CALLS, max_size=3).map(tuple), WORDS, WORDS, WORDS), WORDS)
def test_every_demand_is_read_as_it_was_written(demand: Demand, before: str) -> None:
    assert demand_in(before + "\n" + demand_text(demand)) == demand


def test_the_last_demand_counts() -> None:
    first, second = Demand(say="one"), Demand(say="two")
    text = f"{demand_text(first)}<|assistant|>one<|user|>{demand_text(second)}"

    assert [found for found, _ in demands_in(text)] == [first, second]
    assert demand_in(text) == second


@pytest.mark.parametrize("text", ["", "What is the time?", demand_text(Demand(say="one"))[:-3]])
def test_other_words_demand_nothing(text: Any) -> None:
    assert demand_in(text) is None
