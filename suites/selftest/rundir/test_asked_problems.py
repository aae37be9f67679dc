"""Runs over other problems make no pairs, and what is other is said in a line."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from servecheck.rundir.asked_problems import other_problems


@dataclass
class Run:
    problems: str = "mbpp-plus"
    problems_sha256: str = "a" * 64


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (Run(), ""),
        (
            Run("starter"),
            "it asked mbpp-plus, and the baseline starter: outcomes of other problems make no pairs",
        ),
        (
            Run(problems_sha256="b" * 64),
            "it asked another version of mbpp-plus (sha256 aaaaaaaaaaaa, the baseline bbbbbbbbbbbb), so its outcomes "
            "make no pairs: run one of them again",
        ),
    ],
    ids=["the same", "another set", "another version"],
)
def test_name_and_digest_have_to_be_the_same(before: Run, said: str):
    assert other_problems(Run(), before) == said


def test_the_baseline_can_have_a_name_and_a_hostile_set_acts_on_nothing():
    assert other_problems(Run("x\x1b[2J"), Run(), "night") == (
        r"it asked x\x1b[2J, and night mbpp-plus: outcomes of other problems make no pairs"
    )
