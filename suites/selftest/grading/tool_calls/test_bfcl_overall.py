"""BFCL's overall formulas, over the single-turn and the multi-turn problems of one profile."""

from __future__ import annotations

import pytest
from servecheck.evaluation.figure import Figure
from servecheck.grading.tool_calls.bfcl_overall import joint_figures

SINGLE = (
    Figure("v3 non-live", 90.0),
    Figure("v3 live", 60.0),
    Figure("v4 non-live", 90.0),
    Figure("v4 live", 60.0),
    Figure("v4 irrelevance", 75.0),
)
MULTI = Figure("multi-turn", 30.0)


def test_each_version_weighs_its_parts() -> None:
    third, fourth = joint_figures((*SINGLE, MULTI))

    assert third == Figure(
        "v3 formula, v4's data",
        60.0,
        "mean of the three; published scores are of v3's own data: v3 non-live 90.0, v3 live 60.0, multi-turn 30.0",
    )
    assert (fourth.name, fourth.percent) == ("v4 formula without agentic", 52.5)  # (900 + 600 + 750 + 900) / 60


@pytest.mark.parametrize("figures", [SINGLE, (MULTI,), (), (*SINGLE, MULTI, MULTI)])
def test_one_kind_of_problems_alone_or_twice_has_none(figures: tuple[Figure, ...]) -> None:
    assert joint_figures(figures) == ()


def test_a_part_that_is_not_known_leaves_the_whole_unknown() -> None:
    third, fourth = joint_figures((*SINGLE, Figure("multi-turn", None, "no case was asked of multi_turn_base")))

    assert (third.percent, fourth.percent) == (None, None)
    assert third.words == "not known of multi-turn"
