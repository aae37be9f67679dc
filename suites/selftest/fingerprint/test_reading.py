"""A reading is a value that others compare; what it cost is summed over those that the server counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.fingerprint.reading import Condition, Reading, tokens_of

pytestmark = pytest.mark.selftest


def test_tokens_are_summed_over_readings_that_were_counted():
    counted = Reading("a", "chat", 16, Condition.IDLE, (), prompt_tokens=20, completion_tokens=64)
    uncounted = Reading("b", "chat", 16, Condition.IDLE, ())

    assert tokens_of([counted, uncounted, counted]) == (40, 128)


def test_positions_are_the_first_of_the_text_unless_it_says_which():
    first, second = TokenLogprob("a", -1.0), TokenLogprob("b", -2.0)
    reading = Reading("a", "chat", 16, Condition.IDLE, (first, second))

    assert reading.by_place == {0: first, 1: second}
    assert replace(reading, places=(4, 9)).by_place == {4: first, 9: second}
