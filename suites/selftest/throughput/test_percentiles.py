"""Percentiles agree with numpy's; weighted ones with what each value would be if it stood there several times."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.throughput.percentiles import distribution, weighted_distribution

seconds = st.floats(0, 100, allow_nan=False)


@given(st.lists(seconds, min_size=1, max_size=50))
def test_a_distribution_is_numpys_in_milliseconds(values):
    found = distribution(values)

    assert found is not None
    milliseconds = numpy.array(values) * 1e3
    assert found.mean == pytest.approx(milliseconds.mean())
    assert found.std == pytest.approx(milliseconds.std(), abs=1e-6)
    assert [found.p50, found.p90, found.p95, found.p99] == pytest.approx(
        numpy.percentile(milliseconds, [50, 90, 95, 99])
    )


@given(st.lists(st.tuples(seconds, st.integers(0, 5)), min_size=1, max_size=30))
def test_a_weight_is_so_many_equal_values(pairs):
    repeated = [value * 1e3 for value, weight in pairs for _ in range(weight)]

    found = weighted_distribution([(value, float(weight)) for value, weight in pairs])

    if not repeated:
        assert found is None
        return
    assert found is not None
    assert found.count == len(repeated)
    assert found.mean == pytest.approx(numpy.mean(repeated))
    assert found.std == pytest.approx(numpy.std(repeated), abs=1e-6)
    expected = numpy.percentile(repeated, [50, 90, 95, 99], method="inverted_cdf")
    assert [found.p50, found.p90, found.p95, found.p99] == pytest.approx(expected)


def test_nothing_has_no_distribution():
    assert distribution([]) is None
    assert weighted_distribution([]) is None
