"""Profiles of a command are compared in pairs where they were asked the same problems, and told where they were not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

from servecheck.runs.baseline import BaselineComparison


@dataclass(frozen=True)
class Result:
    """Of a suite that has a score, and what it was held to."""

    held: tuple[object, ...] = ()
    measured: bool = True
    records: tuple[object, ...] = ()

    def held_to(self, other: object) -> Result:
        return replace(self, held=(*self.held, other))


class Measured:
    """A run of one suite with a score of its whole problem set, as far as a comparison looks at it."""

    def __init__(self, name: str, problems: str) -> None:
        self.name = name
        self.plan = SimpleNamespace(problems=problems, problems_sha256=problems, planned=0)
        self.resolved = SimpleNamespace(profile=SimpleNamespace(name=name), beside="")
        self.selection: dict[str, list[object]] = {"humaneval": []}
        self.results = {"humaneval": Result()}

    @property
    def held(self) -> tuple[object, ...]:
        return self.results["humaneval"].held


def test_a_profile_that_was_asked_other_problems_is_not_gated_by_the_baseline_and_no_counts_are_announced():
    said: list[str] = []
    baseline, other = Measured("whole", "starter"), Measured("part", "starter-32")
    comparison = BaselineComparison([baseline, other], None, said.append)

    comparison.begin()
    comparison.judge()

    assert said == []
    assert baseline.held == ()
    assert other.held == ("it asked starter-32, and whole starter: outcomes of other problems make no pairs",)
