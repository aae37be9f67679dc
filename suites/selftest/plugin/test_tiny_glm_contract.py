"""``-m tool_contract`` on a real vLLM with tiny-glm, plain and with MTP: it copies, and vLLM's own faults show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servecheck.problems.tool_contract.values import VALUES

from suites.selftest.plugin.conftest import ROOT

PROFILES = ("plain", "drafting")
# No right reply to these cases is longer, and one that never ends is asked for eighteen times.
OWN = """
[plain]
extends = "tiny-glm"
sampling.max_tokens = 160

[drafting]
extends = "tiny-glm-mtp"
sampling.max_tokens = 160
"""
SHORT = [f"echo/{value.name}" for value in VALUES if len(json.dumps(value.value, ensure_ascii=False)) <= 32]
AT_LEAST = 0.8
# Of vLLM 0.32.0's own parser, found by feeding its class with what a right model writes.
OF_ITS_PARSER = {
    "choice/required-ref",
    "count/text-after",
    "count/undeclared",
    "echo/call-end",
    "echo/const",
    "echo/optional-ref",
    "echo/ref",
    "echo/ref/thinking",
    "echo/value-end",
    "messages/echo-ref",
    "responses/echo-ref",
    "plain/quoted-in-reasoning/thinking",
    "plain/tag-in-reasoning/thinking",
}
# Of its grammar, which keeps a value off the format's tags, and lets a forced call go without what its tool requires.
OF_ITS_GRAMMAR = {
    *("echo/key-tags", "echo/think-tags", "echo/think-tags/thinking"),
    *("choice/required-against", "choice/required-against/thinking"),
}
# Of these, whatever a model copies: a few tokens.
MET = {"echo/const", "choice/required-ref"}
# Other cases take longer replies than a model of this size copies, and files and long histories a processor minutes.
CASES = " or ".join([*SHORT, *OF_ITS_PARSER, *OF_ITS_GRAMMAR])

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of both profiles, one server after the other."""
    folder = tmp_path_factory.mktemp("tiny-glm-contract")
    (folder / "own.toml").write_text(OWN)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    line = [sys.executable, "-m", "pytest", "-m", "tool_contract", "-k", CASES, "-p", "no:cacheprovider"]
    line += [f"--run-dir={folder / 'run'}", f"--profiles-file={folder / 'own.toml'}", f"--profile={','.join(PROFILES)}"]
    subprocess.run(line, cwd=ROOT, env=kept, timeout=1500, check=False)
    return folder / "run"


def records(run_dir: Path, profile: str) -> dict[str, dict[str, Any]]:
    [path] = (run_dir / profile).glob("*verdicts.jsonl")
    return {record["task_id"]: record for record in map(json.loads, path.read_text().splitlines())}


@pytest.mark.parametrize("profile", PROFILES)
def test_short_values_are_delivered_and_most_are_copied(run_dir: Path, profile: str) -> None:
    found = {name: one for name, one in records(run_dir, profile).items() if name in SHORT}
    undelivered = sorted(name for name, one in found.items() if not one["solved"])
    unspoilt = found.keys() - OF_ITS_PARSER - OF_ITS_GRAMMAR
    miscopied = sorted(name for name in unspoilt if not found[name]["tally"].get("copied"))

    assert len(unspoilt) > 50
    assert len(undelivered) <= (1 - AT_LEAST) * len(SHORT), undelivered
    assert len(miscopied) <= (1 - AT_LEAST) * len(unspoilt), miscopied


@pytest.mark.parametrize("profile", PROFILES)
def test_the_engines_own_faults_are_found_and_no_others(run_dir: Path, profile: str) -> None:
    faults = {name for name, one in records(run_dir, profile).items() if str(one["kind"]).endswith("_fault")}

    assert faults >= MET
    assert faults <= OF_ITS_PARSER | OF_ITS_GRAMMAR
