"""Counts of solved samples as hex digits; with one sample a problem, a bit each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.gates.packed_counts import pack_counts, unpack_counts


@given(st.integers(1, 40).flatmap(lambda k: st.tuples(st.just(k), st.lists(st.integers(0, k), min_size=1))))
def test_counts_survive_packing(case: tuple[int, list[int]]) -> None:
    samples, counts = case

    assert unpack_counts(pack_counts(counts, samples), len(counts), samples) == tuple(counts)


def test_of_one_sample_the_first_problem_is_the_highest_bit_of_the_first_digit() -> None:
    assert pack_counts([True, False, False, False, True]) == "88"


def test_of_sixteen_samples_a_problem_takes_five_bits() -> None:
    assert pack_counts([16, 0, 1, 15], 16) == "8002f"


@pytest.mark.parametrize(
    ("packed", "n", "samples", "fault"),
    [
        ("89", 5, 1, "bits beyond the 5 problems are set"),
        ("8", 5, 1, "1 hex digits do not hold 5 problems, a bit each"),
        ("888", 5, 16, "3 hex digits do not hold 5 problems, 5 bits each"),
        ("88", 1, 16, "a problem has 17 of 16 samples solved"),
    ],
)
def test_digits_that_cannot_be_counts_are_an_error(packed: str, n: int, samples: int, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        unpack_counts(packed, n, samples)
