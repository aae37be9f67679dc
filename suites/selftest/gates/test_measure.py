"""Two scores were measured with the same, or it is told what was another; what is not known differs in nothing."""

from __future__ import annotations

import pytest
from servecheck.gates.measure import Measure, Unlike

OWN = Measure("own", "0a" * 32, "mention 00aa")


@pytest.mark.parametrize(
    ("other", "unlike"),
    [
        (OWN, None),
        (Measure("own", "0b" * 32, "mention 00aa"), Unlike.ASKED),
        (Measure("own", "0a" * 32, "mention 00bb"), Unlike.GRADER),
        (Measure("own", "0b" * 32, "mention 00bb"), Unlike.ASKED),
        (Measure("other", "0b" * 32, "mention 00aa"), None),
        (Measure("other", "0b" * 32, "mention 00bb"), Unlike.GRADER),
        (Measure("own"), None),
        (Measure("own", grader="mention 00bb"), Unlike.GRADER),
    ],
    ids=[
        "same",
        "prompts",
        "grader",
        "both",
        "another protocol by choice",
        "and grader",
        "not told",
        "prompts not told",
    ],
)
def test_what_is_another_thing_under_one_name(other: Measure, unlike: Unlike | None):
    assert (OWN.unlike(other), other.unlike(OWN)) == (unlike, unlike)
