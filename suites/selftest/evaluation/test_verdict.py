"""A verdict is solved with the full score, and with no other."""

from __future__ import annotations

import math
from typing import Any

import pytest
from servecheck.evaluation.verdict import Verdict


def test_the_full_score_is_solved():
    assert (Verdict(score=1.0).solved, Verdict(score=1).kind) == (True, "solved")


def test_less_of_it_is_not_and_says_so():
    assert (Verdict(score=0.5).solved, Verdict(score=0.5).kind) == (False, "partly_solved")
    assert Verdict(score=0.0, kind="wrong_answer").kind == "wrong_answer"


@pytest.mark.parametrize("score", ["1", None, True, math.nan, math.inf, -0.1, 1.5])
def test_what_is_no_share_is_no_score(score: Any):
    with pytest.raises(ValueError, match="a number from 0 to 1"):
        Verdict(score=score)
