"""Every worker of a parallel run finds the same tests, in the same order, under the same ids.

pytest-xdist holds the bare command to that in each of its runs, under whatever seeds its workers have; here the seeds
are chosen, and the slow tests are held to it too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = ("2", "11")
"""Under which ``{1, "a"}``, ``{"a", "b"}`` and ``{"a", "b", "c"}`` are each written in two orders."""


def _collecting(seed: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    options = ["--collect-only", "-q", "-m", "slow or not slow", "-n0", "-p", "no:cacheprovider"]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *options],
        cwd=ROOT,
        env={**kept, "PYTHONHASHSEED": seed},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_ids_do_not_depend_on_the_hash_seed():
    one, other = (process.communicate()[0].splitlines() for process in [_collecting(seed) for seed in SEEDS])

    ids = [line for line in one if "::" in line]
    assert len(ids) > 1000
    assert ids == [line for line in other if "::" in line]
    assert [line for line in ids if re.search(r"\bat 0x[0-9a-f]{6,}|/pytest-\d+/", line)] == []
