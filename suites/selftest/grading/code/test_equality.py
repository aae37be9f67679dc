"""EvalPlus's comparison, row by row of its table, and its sticky tolerance."""

import collections
import decimal
import enum
import fractions
import math
import time
from typing import Any

import numpy as np
import pytest
from servecheck.grading.code.equality import FLOAT_ATOL, equal, is_floats, tolerance_at
from servecheck.sandbox.runner.encoding import encode
from servecheck.sandbox.wire import decode


class Name(str):
    pass


class Colour(enum.IntEnum):
    RED = 1


class Anything(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


def passes(out: Any, expected: Any, atol: float = 0.0) -> bool:
    """As the host sees it: both have crossed the wire."""
    return equal(decode(encode(out)), decode(encode(expected)), atol)


class TestExactComparison:
    @pytest.mark.parametrize(
        ("out", "expected"),
        [
            (1, 1.0),
            (1.0, 1),
            (True, 1),
            (0, False),
            (-0.0, 0.0),
            (decimal.Decimal(1), 1.0),
            (fractions.Fraction(1, 2), 0.5),
            (1 + 0j, 1),
            (np.float64(0.5), 0.5),
            (np.int64(3), 3),
            (np.bool_(True), True),
            (np.array([5]), [5]),
            (collections.Counter("aab"), {"a": 2, "b": 1}),
            (collections.OrderedDict(b=1, a=2), {"a": 2, "b": 1}),
            (Name("x"), "x"),
            (Colour.RED, 1),
            (frozenset({1}), {1}),
            ({1: 2}.keys(), {1}),
            (bytearray(b"x"), b"x"),
            ([1.0, True, (2,)], [1, 1, (2,)]),
            (math.inf, math.inf),
        ],
        ids=lambda value: f"{type(value).__name__} {value!r}"[:40],
    )
    def test_passes(self, out: Any, expected: Any) -> None:
        assert passes(out, expected)

    @pytest.mark.parametrize(
        ("out", "expected"),
        [
            ((1, 2), [1, 2]),
            ([1, 2], (1, 2)),
            ([1, 2], [2, 1]),
            ([1], [1, 1]),
            ("1", 1),
            (b"a", "a"),
            (None, 0),
            ({1: 2}, {1: 3}),
            ({1}, [1]),
            (math.nan, math.nan),
            ([math.nan], [math.nan]),
            (np.array([1, 2]), [1, 2]),
            (np.array([]), []),
            (0.1 + 0.2, 0.3),
            (Anything(4), 5),
        ],
        ids=lambda value: f"{type(value).__name__} {value!r}"[:40],
    )
    def test_fails(self, out: Any, expected: Any) -> None:
        assert not passes(out, expected)


class TestTolerance:
    @pytest.mark.parametrize(
        ("out", "expected"),
        [
            (0.1 + 0.2, 0.3),
            (1.0 + 0.9e-6, 1.0),
            ([0.1 + 0.2, 1.0], [0.3, 1.0]),
            ((0.1 + 0.2,), (0.3,)),
            ([[0.1 + 0.2]], [[0.3]]),
            (10**8 + 1, 10**8),
            (1e300 * (1 + 1e-8), 1e300),
            (decimal.Decimal(1), 1.0),
        ],
        ids=repr,
    )
    def test_passes_within(self, out: Any, expected: Any) -> None:
        assert passes(out, expected, FLOAT_ATOL)

    @pytest.mark.parametrize(
        ("out", "expected"),
        [
            (1.0 + 1.2e-6, 1.0),
            (np.float64(0.1 + 0.2), 0.3),
            (fractions.Fraction(3000000001, 10000000000), 0.3),
            ([0.3], (0.1 + 0.2,)),
            ([0.3, 0.3], [0.1 + 0.2]),
            ([0.1 + 0.2], [0.3, 0.3]),
            (math.nan, math.nan),
            (math.inf, 1.0),
            ("a", "b"),
            ([None], [0.0]),
            (Name("a"), "b"),
            ([0.1 + 0.2, [1.0]], [0.3, 1.0]),
            ({1: 0.1 + 0.2}, {1: 0.3}),
        ],
        ids=repr,
    )
    def test_fails_beyond(self, out: Any, expected: Any) -> None:
        assert not passes(out, expected, FLOAT_ATOL)

    def test_without_tolerance_only_the_exact_value_passes(self) -> None:
        assert not passes(10**8 + 1, 10**8)
        assert not passes(0.1 + 0.2, 0.3)


class TestStickiness:
    @pytest.mark.parametrize(
        ("index", "atol", "first_floats", "tolerance"),
        [
            (0, 0, None, 0),
            (4, 0, 5, 0),
            (5, 0, 5, FLOAT_ATOL),
            (900, 0, 5, FLOAT_ATOL),
            (0, 0, 0, FLOAT_ATOL),
            (7, 1e-4, 5, 1e-4),
            (7, 1e-4, None, 1e-4),
        ],
    )
    def test_all_inputs_from_the_first_floats_on_have_it(
        self, index: int, atol: float, first_floats: int | None, tolerance: float
    ) -> None:
        assert tolerance_at(index, atol, first_floats) == tolerance

    @pytest.mark.parametrize(
        "value", [1.0, math.nan, [1.0], (1.0, 2.0), np.array([1.0]), np.float32([1]), np.float64(1)]
    )
    def test_floats(self, value: Any) -> None:
        assert is_floats(value)

    @pytest.mark.parametrize(
        "value", [1, True, "1.0", None, [], (), [1.0, 1], [[1.0]], {1.0}, {1: 1.0}, np.array([1]), np.float32(1), 1j]
    )
    def test_no_floats(self, value: Any) -> None:
        assert not is_floats(value)


class TestCostOnTheHost:
    """A value that a program forges must not make the comparison cost far more than the value is long."""

    @pytest.mark.parametrize(
        ("out", "expected", "atol"),
        [
            pytest.param(np.zeros((100_000, 1)), [0.0] * 100_000, 0.0, id="a column against a row, by =="),
            pytest.param([np.zeros((100_000, 1))], [[0.0] * 100_000], 0.0, id="the same in a list"),
            pytest.param({1: np.zeros((100_000, 1))}, {1: [0.0] * 100_000}, 0.0, id="the same in a dict"),
            pytest.param([[1.0]] * 100_000, [0.0] * 100_000, FLOAT_ATOL, id="a column against a row, by allclose"),
            pytest.param(["a" * 10_000_000] + [""] * 9_999, [0.0] * 10_000, FLOAT_ATOL, id="text padded to 400 GB"),
            pytest.param([[b"a" * 10_000_000], *[[b""]] * 9_999], [[0.0]] * 10_000, FLOAT_ATOL, id="bytes, nested"),
        ],
    )
    def test_costly_comparisons_fail_at_once(self, out: Any, expected: Any, atol: float) -> None:
        began = time.process_time()

        assert not equal(out, expected, atol)

        assert time.process_time() - began < 2

    def test_a_comparison_that_raises_fails(self) -> None:
        assert not equal(decimal.Decimal("sNaN"), 1, 0)
        assert not equal([10**400], [1.0], FLOAT_ATOL)

    @pytest.mark.filterwarnings("error")
    def test_overflow_is_no_warning(self) -> None:
        assert not equal(1e308, -1e308, FLOAT_ATOL)
