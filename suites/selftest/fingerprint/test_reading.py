"""A reading is a value that others compare; what it cost is summed over those that the server counted."""

from __future__ import annotations

import pytest
from servecheck.fingerprint.reading import Condition, Reading, tokens_of

pytestmark = pytest.mark.selftest


def test_tokens_are_summed_over_readings_that_were_counted():
    counted = Reading("a", "chat", 16, Condition.IDLE, (), prompt_tokens=20, completion_tokens=64)
    uncounted = Reading("b", "chat", 16, Condition.IDLE, ())

    assert tokens_of([counted, uncounted, counted]) == (40, 128)
