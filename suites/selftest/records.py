"""Records of verdicts and the suites that gave them, for the tests of what counts, gates and shows them."""

from __future__ import annotations

from typing import Any

from servecheck.evaluation.bench import Bench
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.problem import Problem
from servecheck.evaluation.protocols import Grader
from servecheck.evaluation.record import Record
from servecheck.evaluation.suite import Suite
from servecheck.evaluation.transcript import Transcript
from servecheck.evaluation.verdict import PartVerdict, Verdict
from servecheck.grading.code.evalplus_grader import BASE, PLUS

BOTH = (PLUS, BASE)
ALONE = (Metric("pass@1", of_k="pass@{k}"),)


class Yes(Grader[Problem]):
    """Finds everything right; its verdicts have no parts."""

    name = "yes"
    takes = object
    metrics = ALONE

    def grade(self, problem: Problem, transcript: Transcript, bench: Bench) -> Verdict:
        return Verdict(score=1.0)


def suite_named(name: str) -> Suite[Any]:
    """A suite of that name whose verdicts have no parts; humaneval's files have no name in front."""
    return Suite(name=name, grader=Yes(), file_prefix="" if name == "humaneval" else None)


def record(
    task_id: str = "T/0",
    sample: int = 0,
    solved: bool = True,
    *,
    base: bool | None = None,
    plus: bool | None = None,
    suite: str = "humaneval",
    **more: Any,
) -> Record:
    """A verdict; ``base`` and ``plus`` are its parts, where it has any."""
    right = {name: part for name, part in (("base", base), ("plus", plus)) if part is not None}
    parts = {name: PartVerdict("solved" if part else "wrong_answer") for name, part in right.items()}
    more.setdefault("kind", "solved" if solved else "wrong_answer")
    return Record(score=float(solved), suite=suite, task_id=task_id, sample=sample, parts=parts, **more)
