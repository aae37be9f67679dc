"""The calibration error is that of the authors' own code, the bin that it leaves out included."""

from __future__ import annotations

import pytest
from servecheck.stats.calibration import calibration_error


def test_one_bin_alone_is_left_out_as_the_authors_leave_it():
    assert calibration_error([0.9] * 100, [False] * 100) == 0.0
    assert calibration_error([0.9] * 199, [False] * 199) == 0.0


def test_all_bins_but_the_last_count_by_their_share():
    confidences, right = [0.2] * 100 + [0.9] * 100, [False] * 200

    assert calibration_error(confidences, right) == pytest.approx((0.5 * 0.2**2) ** 0.5)


def test_replies_are_sorted_by_confidence_first():
    confidences = [0.9, 0.2] * 100

    assert calibration_error(confidences, [True, False] * 100) == pytest.approx((0.5 * 0.2**2) ** 0.5)


def test_fewer_than_a_bin_have_none():
    with pytest.raises(ValueError, match="99 replies fill no bin of 100"):
        calibration_error([0.5] * 99, [True] * 99)
