"""Log-probabilities are kept as numbers that are some, and read back."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from servecheck.evaluation.token_logprobs import TokenLogprob, is_logprob
from servecheck.evaluation.transcript import Reply, Timings

ONE = TokenLogprob(" B", -0.25, ((" B", -0.25), ("\ud800", -3.5)))
REPLY = Reply("B", None, "stop", "m", None, Timings(1.5, None, 2.5), "ab" * 32)


def test_a_reply_keeps_them():
    reply = replace(REPLY, logprobs=(ONE, TokenLogprob(".", 0.0)))

    assert Reply.from_json(json.loads(json.dumps(reply.to_json()))) == reply


def test_a_reply_without_any_has_no_field_for_them():
    assert "logprobs" not in REPLY.to_json()


@pytest.mark.parametrize(
    "damaged", [{}, "B", ["B"], [["B", -1.0]], [["B", "x", []]], [["B", -1.0, [["A"]]]], [["B", -1.0, [["A", True]]]]]
)
def test_damaged_ones_are_refused(damaged):
    with pytest.raises(TypeError, match=r"log-?prob"):
        Reply.from_json({**REPLY.to_json(), "logprobs": damaged})


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(-0.5, True), (0, True), (-9999, True), (1e-6, True), (0.5, False), (math.nan, False), (-math.inf, False),
     (-(10**400), False), (10**400, False), (True, False), ("-1", False), (None, False)],
)  # fmt: skip
def test_a_logarithm_of_a_probability_is_finite_and_not_above_zero(value, is_one):
    assert is_logprob(value) is is_one
