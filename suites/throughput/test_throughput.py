"""What speculative decoding buys at each concurrency: one benchmark a load and arm, of what was recorded."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.throughput


def test_throughput(replayed, load_name, arm):
    assert replayed.extra_info["load"] == load_name
    assert replayed.extra_info["arm"] == arm
