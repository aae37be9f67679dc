"""Samples of one problem may be asked in several forms, and each is graded as it was asked."""

from __future__ import annotations

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.sample_form import forms_of, problem_of
from servecheck.problems.gpqa import GpqaStarter
from servecheck.problems.starter import Starter


def test_a_problem_that_all_samples_ask_alike_is_itself():
    starter = Starter()

    assert problem_of(starter, "Starter/1", 5) == starter["Starter/1"]
    assert forms_of(starter, "Starter/1") == (starter["Starter/1"],)


def test_one_that_varies_is_the_samples_form():
    starter = GpqaStarter()
    asked = [problem_of(starter, "StarterChoice/1", sample) for sample in range(8)]

    assert asked[0] == starter["StarterChoice/1"]
    assert len({one.choices for one in asked}) > 1
    assert {one.choices for one in asked} <= {one.choices for one in forms_of(starter, "StarterChoice/1")}


def test_one_that_breaks_is_named_with_its_set():
    class Breaks:
        task_id = "b/1"

        def of_sample(self, sample: int) -> Breaks:
            raise ZeroDivisionError

        def forms(self) -> list[Breaks]:
            raise ZeroDivisionError

    class Set:
        name, version, sha256, task_ids = "broken", "1", "0", ("b/1",)

        def __getitem__(self, task_id: str) -> Breaks:
            return Breaks()

    for take in (lambda: problem_of(Set(), "b/1", 1), lambda: forms_of(Set(), "b/1")):
        with pytest.raises(UsageError, match="the problem set broken over 'b/1' broke"):
            take()
