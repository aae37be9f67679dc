"""What speculative decoding buys at each concurrency: one benchmark a concurrency and arm, of what was recorded."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.throughput


def test_throughput(replayed, load_concurrency, arm):
    assert replayed.extra_info["concurrency"] == load_concurrency
    assert replayed.extra_info["arm"] == arm
