"""Profiles of a command are compared in pairs where they were asked the same problems, and told where they were not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

from servecheck.gates.pairs import pairs_decision_line
from servecheck.runs.baseline import BaselineComparison


@dataclass(frozen=True)
class Result:
    """Of a suite that has a score, and what it was held to."""

    held: tuple[object, ...] = ()
    measured: bool = True
    records: tuple[object, ...] = ()

    @property
    def may_fail(self) -> bool:
        return self.measured

    def held_to(self, other: object) -> Result:
        return replace(self, held=(*self.held, other))


class Measured:
    """A run of one suite with a score of its whole problem set, as far as a comparison looks at it."""

    def __init__(self, name: str, problems: str, suite: str = "humaneval", samples: int = 1) -> None:
        self.name = name
        task_ids = [f"T/{number}" for number in range(60)]
        self.selection: dict[str, list[object]] = {
            suite: [(one, drawn) for one in task_ids for drawn in range(samples)]
        }
        self.plan = SimpleNamespace(
            profile=SimpleNamespace(margin=5.0),
            problems=problems,
            problems_sha256=problems,
            planned=len(self.selection[suite]),
            total=len(task_ids),
            samples=dict.fromkeys(task_ids, range(samples)),
            most_samples=samples,
        )
        self.resolved = SimpleNamespace(profile=SimpleNamespace(name=name), beside="")
        self.results = {suite: Result()}

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


def test_what_decides_is_told_of_each_suite_by_the_samples_that_this_one_asks():
    said: list[str] = []
    runs = [Measured(name, suite, suite, k) for name in ("a", "b") for suite, k in (("ifeval", 1), ("math500", 3))]

    BaselineComparison(runs, None, said.append).begin()

    assert said == [
        f"gate ifeval: compared with a, margin 5 points, {pairs_decision_line(60, 5.0, 1, 1)}",
        f"gate math500: compared with a, margin 5 points, {pairs_decision_line(60, 5.0, 3, 3)}",
    ]
