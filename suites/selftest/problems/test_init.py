"""Problem sets are had by name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from servecheck.errors import UnknownName
from servecheck.problems import SETS, load_problem_set


@pytest.mark.parametrize("name", sorted(SETS))
def test_each_set_answers_to_its_name(name: str) -> None:
    assert load_problem_set(name).name == name


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown problem set 'humaneval_plus': did you mean humaneval-plus"):
        load_problem_set("humaneval_plus")


def test_importing_the_registry_imports_no_set() -> None:
    script = "import servecheck.problems, sys; print([m for m in sys.modules if m.startswith('servecheck.problems.')])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['servecheck.problems.code']"
