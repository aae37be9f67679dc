"""Problem sets are had by name."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from servecheck import problems
from servecheck.errors import UnknownName, UsageError
from servecheck.problems import SETS, add_problem_set, load_problem_set


@pytest.mark.parametrize("name", sorted(SETS))
def test_each_set_answers_to_its_name(name: str) -> None:
    assert load_problem_set(name).name == name


class Own:
    """A suite's own set."""

    version, task_ids = "1", ()

    def __init__(self, name: str, sha256: str) -> None:
        self.name, self.sha256 = name, sha256


class TestASuitesOwn:
    @pytest.fixture(autouse=True)
    def _as_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(problems, "SETS", dict(SETS))

    def test_it_answers_to_its_name_however_often_it_is_declared(self) -> None:
        own: Any = Own("own", "aa")

        add_problem_set(own)
        add_problem_set(own)

        assert load_problem_set("own").sha256 == "aa"

    @pytest.mark.parametrize("name", ["own", "starter"])
    def test_another_of_that_name_is_refused(self, name: str) -> None:
        first: Any = Own("own", "aa")
        add_problem_set(first)
        second: Any = Own(name, "bb")

        with pytest.raises(UsageError, match=f"two problem sets '{name}': give the suite's own another name"):
            add_problem_set(second)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown problem set 'humaneval_plus': did you mean humaneval-plus"):
        load_problem_set("humaneval_plus")


def test_importing_the_registry_imports_no_set() -> None:
    script = "import servecheck.problems, sys; print([m for m in sys.modules if m.startswith('servecheck.problems.')])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['servecheck.problems.code']"
