"""Suites about several problem sets in one command: a run for each, one server start a profile, and one report."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from suites.selftest.plugin.conftest import Finished
from suites.selftest.plugin.server_starts import noting
from suites.selftest.time_limits import NEVER_S

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("MBPP_OVERRIDE_PATH"),
        reason="needs MBPP_OVERRIDE_PATH to name MbppPlus-v0.2.0.jsonl.gz: tests fetch nothing",
    ),
]

SUITES = {"": "humaneval", "-mbpp": "mbpp", "-humaneval_instruct": "humaneval_instruct"}
PROFILES = ("slow", "flawed")
FEW = "Starter/2 or Mbpp/10"
ASKED = {"": 11, "-mbpp": 9, "-humaneval_instruct": 11}
"""Problems that FEW selects."""
OWN = """
[slow]
extends = "reference"
concurrency = 4
embedded.latency_s = 0.1

[flawed]
extends = "slow"
embedded.faults = { truncated = 0.3, prose = 0.2 }
"""


class Resumed:
    """A command that was killed while it asked the second profile, and the same command to its end."""

    def __init__(self, line: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self._line, self._folder = line, folder
        self._noted = folder / "starts"
        self._environment = {**environment, **noting(folder, self._noted)}
        self.run_dir = folder / "run"
        killed = self._begin()
        deadline = time.monotonic() + NEVER_S
        while len(self._replies("flawed-mbpp")) < 2:
            if killed.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the second profile was not asked:\n{self.output}")
            time.sleep(0.02)
        killed.kill()
        killed.wait(NEVER_S)
        self.starts_before = self._starts
        self._kept = self._all_replies()
        self.code = self._begin().wait(NEVER_S)
        self.starts = self._starts
        self.lines = self.output.splitlines()

    @property
    def output(self) -> str:
        return (self._folder / "log").read_text()

    @property
    def asked_again(self) -> list[Path]:
        now = self._all_replies()
        return [path for path, when in self._kept.items() if now.get(path) != when]

    @property
    def was_broken_off(self) -> bool:
        return 0 < len(self._kept) < 2 * sum(ASKED.values())

    def verdicts(self, folder: str) -> dict[tuple[str, str], tuple[str, str]]:
        return _verdicts(self.run_dir / folder)

    def json(self, name: str) -> Any:
        return json.loads((self.run_dir / name).read_text())

    def _begin(self) -> subprocess.Popen[bytes]:
        self._noted.write_text("")
        with (self._folder / "log").open("wb") as output:
            return subprocess.Popen(
                self._line, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def _starts(self) -> int:
        return len(self._noted.read_text().splitlines())

    def _replies(self, folder: str) -> list[Path]:
        return list((self.run_dir / folder / "generations").glob("*.json"))

    def _all_replies(self) -> dict[Path, int]:
        return {
            path: path.stat().st_mtime_ns
            for profile in PROFILES
            for beside in SUITES
            for path in self._replies(f"{profile}{beside}")
        }


def _verdicts(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    rows = map(json.loads, (folder / "verdicts.jsonl").read_text().splitlines())
    return {(row["suite"], row["task_id"]): (row["kind"], row["reason"]) for row in rows}


@pytest.fixture(scope="module")
def resumed(
    suite_environment: Mapping[str, str],
    command: Callable[..., list[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Resumed:
    folder = tmp_path_factory.mktemp("sets")
    (folder / "own.toml").write_text(OWN)
    named = ["-m", " or ".join(SUITES.values()), "-k", FEW]
    options = [f"--profiles-file={folder / 'own.toml'}", f"--profile={','.join(PROFILES)}"]
    return Resumed(command(folder, *named, *options, "-n", "2"), suite_environment, folder)


def test_each_run_has_the_problems_of_its_suite(resumed: Resumed) -> None:
    assert resumed.code == 0
    for profile in PROFILES:
        for beside, suite in SUITES.items():
            assert Counter(name for name, _ in resumed.verdicts(f"{profile}{beside}")) == {suite: ASKED[beside]}
    sets = {beside: resumed.json(f"flawed{beside}/run.json")["identity"]["problems"] for beside in SUITES}
    assert sets == {"": "starter", "-mbpp": "mbpp-plus", "-humaneval_instruct": "starter"}
    assert "servecheck: profiles slow, flawed; problems starter (44), mbpp-plus (378)" in resumed.lines


def test_no_reply_is_asked_for_twice_and_no_server_started_for_a_profile_that_is_done(resumed: Resumed) -> None:
    assert resumed.was_broken_off
    assert resumed.asked_again == []
    assert (resumed.starts_before, resumed.starts) == (2, 1)


def test_one_report_has_a_section_a_suite(resumed: Resumed) -> None:
    assert [table["suite"] for table in resumed.json("comparison.json")["suites"]] == sorted(SUITES.values())
    headings = [line.partition(",")[0] for line in resumed.lines if ", pass@1 " in line and not line.startswith("=")]
    assert [heading for heading in headings if heading in SUITES.values()] == sorted(SUITES.values())
    assert (resumed.run_dir / "report.html").exists()


@pytest.mark.parametrize("beside", SUITES)
def test_verdicts_are_those_of_a_command_of_that_suite_alone(
    resumed: Resumed, suite: Callable[..., Finished], tmp_path: Path, beside: str
) -> None:
    (tmp_path / "own.toml").write_text(OWN)

    alone = suite(
        *("-m", SUITES[beside], "-k", FEW),
        *(f"--profiles-file={tmp_path / 'own.toml'}", f"--profile={','.join(PROFILES)}"),
    )

    assert alone.code == resumed.code
    for profile in PROFILES:
        assert resumed.verdicts(f"{profile}{beside}") == _verdicts(alone.run_dir / profile)
    assert {kind for kind, _ in resumed.verdicts(f"flawed{beside}").values()} > {"solved"}
