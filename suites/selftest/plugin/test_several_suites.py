"""Several suites that ask in different ways, in one command: one server start a profile, and a run for each way.

What a suite judges was asked for as it asks: the scores are those of separate commands.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from servecheck.grading.code.lm_eval_findings import Finding

from suites.selftest.plugin import conftest
from suites.selftest.plugin.server_starts import server_starts
from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]
BOTH = ("-m", conftest.BOTH)
PROFILES = conftest.TWO_PROFILES
PROTOCOLS = {"": "evalplus_chat", "-humaneval_instruct": "lm_eval_instruct"}
SUITES = {"": "humaneval", "-humaneval_instruct": "humaneval_instruct"}


@pytest.fixture(scope="module")
def run(both_ways):
    return both_ways


@pytest.fixture(scope="module")
def apart(suite):
    """The same in a command a suite."""
    return {beside: suite("-m", name, f"--profile={','.join(PROFILES)}") for beside, name in SUITES.items()}


def _json(run: Any, folder: str, name: str) -> Any:
    return json.loads((run.run_dir / folder / name).read_text())


def _scores(run: Any, folder: str, suite: str) -> Any:
    return _json(run, folder, "scores.json" if suite == "humaneval" else f"{suite}-scores.json")


def _verdicts(run: Any, folder: str) -> dict[str, Any]:
    rows = map(json.loads, (run.run_dir / folder / "verdicts.jsonl").read_text().splitlines())
    return {
        (row["suite"], row["task_id"]): (row["kind"], row["reason"], row["findings"], row["beside"]) for row in rows
    }


@pytest.mark.slow
def test_a_profiles_server_is_started_once(run):
    addresses = {
        (profile, beside): _json(run, f"{profile}{beside}", "run.json")["segments"][0]["server"]["base_url"]
        for profile in PROFILES
        for beside in SUITES
    }

    assert server_starts(run) == len(PROFILES)
    assert len(set(addresses.values())) == len(PROFILES)
    assert all(addresses[profile, ""] == addresses[profile, "-humaneval_instruct"] for profile in PROFILES)


@pytest.mark.slow
def test_every_way_of_asking_is_a_run_of_its_own(run, starter):
    for folder, protocol in ((f"{p}{beside}", protocol) for p in PROFILES for beside, protocol in PROTOCOLS.items()):
        assert _json(run, folder, "run.json")["identity"]["protocol"] == protocol
        prompts = _json(run, folder, "prompts.json")
        assert [len(messages) for messages in prompts.values()] == [1 + (protocol == "lm_eval_instruct")] * 44
        assert len(list((run.run_dir / folder / "generations").iterdir())) == 44


@pytest.mark.slow
def test_every_verdict_is_of_the_suite_that_asks_so(run):
    for profile in PROFILES:
        for beside, suite in SUITES.items():
            rows = _verdicts(run, f"{profile}{beside}")
            assert {name for name, _ in rows} == {suite}
            assert len(rows) == 44


@pytest.mark.slow
def test_scores_and_verdicts_are_those_of_separate_commands(run, apart):
    for profile in PROFILES:
        for beside, suite in SUITES.items():
            assert _scores(run, f"{profile}{beside}", suite) == _scores(apart[beside], profile, suite)
            assert _verdicts(run, f"{profile}{beside}") == _verdicts(apart[beside], profile)


@pytest.mark.slow
def test_the_exit_code_is_that_of_all_the_gates(run, apart):
    assert {beside: one.code for beside, one in apart.items()} == {"": 1, "-humaneval_instruct": 1}
    assert run.code == 1


@pytest.mark.slow
def test_every_suite_has_its_gates_and_its_table(run):
    gates = {name for name in run.cases if name.partition("[")[2].rstrip("]") in PROFILES}

    assert gates == {
        "humaneval[reference]",
        "humaneval[reference-one-flip]",
        "humaneval-baseline[reference-one-flip]",
        "humaneval_instruct[reference]",
        "humaneval_instruct[reference-one-flip]",
        "humaneval_instruct-baseline[reference-one-flip]",
    }
    tables = run.json("comparison.json")["suites"]
    assert [(table["suite"], [row["profile"] for row in table["profiles"]]) for table in tables] == [
        ("humaneval", list(PROFILES)),
        ("humaneval_instruct", list(PROFILES)),
    ]
    headings = [line for line in run.lines if line in ("humaneval, pass@1 plus", "humaneval_instruct, pass@1 base")]
    assert headings == ["humaneval, pass@1 plus", "humaneval_instruct, pass@1 base"]


@pytest.mark.slow
def test_tests_are_named_by_suite_and_profile(run):
    assert "test_humaneval[reference-one-flip-Starter/0]" in run.cases
    assert "test_humaneval_instruct[reference-one-flip-Starter/0]" in run.cases
    assert sum(name.startswith("test_") for name in run.cases) == 4 * 44


@pytest.fixture(scope="module")
def one_profile(counted):
    return counted(*BOTH, "--require-gate")


@pytest.mark.slow
def test_one_profile_asked_in_two_ways_has_a_folder_a_way_and_no_comparison(one_profile):
    run = one_profile

    assert (run.code, server_starts(run)) == (0, 1)
    assert sorted(path.name for path in run.run_dir.iterdir() if path.is_dir()) == [
        "reference",
        "reference-humaneval_instruct",
    ]
    assert not (run.run_dir / "comparison.json").exists()
    assert {"humaneval[reference]", "humaneval_instruct[reference]"} <= run.cases.keys()


@pytest.mark.slow
def test_one_suites_tests_alone_ask_nothing_for_the_other(counted):
    run = counted(*BOTH, "-k", "test_humaneval_instruct and Starter/1")

    assert run.code == 0
    assert [path.name for path in run.run_dir.iterdir() if path.is_dir()] == ["reference-humaneval_instruct"]


@pytest.mark.slow
def test_paths_name_suites_too(suite):
    run = suite("-m", "", "suites/humaneval", "suites/humaneval_instruct", "-k", "Starter/3")

    assert run.code == 0
    assert {record["suite"] for record in map(json.loads, _lines(run, "reference"))} == {"humaneval"}
    assert {record["suite"] for record in map(json.loads, _lines(run, "reference-humaneval_instruct"))} == {
        "humaneval_instruct"
    }


def _lines(run: Any, folder: str) -> list[str]:
    return (run.run_dir / folder / "verdicts.jsonl").read_text().splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*BOTH, "--transforms=no-such"], "unknown transform 'no-such'"),
        ([*BOTH, "-m", "humaneval", "--transforms=none"], "--transforms is about suites that read replies through"),
    ],
    ids=["no such transform", "no suite with transforms"],
)
def test_what_cannot_be_run_together(refusal, arguments, said):
    assert said in refusal(*arguments)


def test_replies_that_are_given_were_asked_for_in_one_way(refusal, written, canonical_rows):
    said = refusal(*BOTH, written(canonical_rows), "--problems=starter")

    assert "humaneval_instruct asks otherwise than humaneval (the protocol is lm_eval_instruct, not" in said


@pytest.mark.slow
def test_a_run_is_not_replayed_as_if_it_had_been_asked_both_ways(refusal, run):
    said = refusal(*BOTH, "--profile=replay", f"--run-dir={run.run_dir / 'reference'}")

    assert "was asked under evalplus_chat, and humaneval_instruct judges replies to lm_eval_instruct" in said


@pytest.mark.slow
def test_a_run_of_one_way_is_not_gone_on_with_in_another(refusal, run):
    said = refusal("-m", "humaneval_instruct", f"--run-dir={run.run_dir / 'reference'}")

    assert 'protocol "evalplus_chat" there, "lm_eval_instruct" now' in said


@pytest.mark.slow
def test_a_run_of_one_profile_does_not_become_one_of_several(refusal, run):
    said = refusal(*BOTH, f"--run-dir={run.run_dir / 'reference'}")

    assert "holds one run, and this command makes several below it: name another" in said


def test_folders_of_two_runs_never_become_one(refusal, tmp_path):
    (tmp_path / "own.toml").write_text('[reference-humaneval_instruct]\nextends = "reference"\n')

    said = refusal(*BOTH, "--profile=reference*instruct,reference", f"--profiles-file={tmp_path / 'own.toml'}")

    assert "would both be kept in a folder reference-humaneval_instruct: run them apart" in said


@pytest.mark.slow
def test_workers_give_the_same_verdicts_with_as_few_servers(counted, run):
    spread = counted(*BOTH, f"--profile={','.join(PROFILES)}", "-n", "2")

    assert server_starts(spread) == len(PROFILES)
    assert spread.code == run.code
    assert spread.cases.keys() == run.cases.keys()
    for folder in (f"{profile}{beside}" for profile in PROFILES for beside in SUITES):
        assert _verdicts(spread, folder) == _verdicts(run, folder)
    for profile in PROFILES:
        for beside, suite in SUITES.items():
            assert _scores(spread, f"{profile}{beside}", suite) == _scores(run, f"{profile}{beside}", suite)


@pytest.mark.slow
def test_transforms_are_given_to_the_suite_that_reads_through_them(suite):
    run = suite(*BOTH, "--transforms=none")

    assert _scores(run, "reference", "humaneval")["scores"]["pass@1 plus"]["solved"] == 44
    instructed = _scores(run, "reference-humaneval_instruct", "humaneval_instruct")
    assert instructed["reading"]["findings"] == {Finding.FENCE_FIRST: 44}


@pytest.mark.slow
def test_an_earlier_command_can_be_the_baseline_of_both_suites(suite, one_profile):
    before = one_profile.run_dir

    run = suite(*BOTH, "--profile=reference-degraded", f"--baseline={before / 'reference'}")

    for beside, name in SUITES.items():
        against = _scores(run, f"reference-degraded{beside}", name)["gates"]["baseline"]
        assert against["figures"]["newly_failing"]
        assert "reference of 20" in against["headline"]


@pytest.mark.slow
def test_each_suite_is_recorded_as_a_reference_of_its_own(suite, tmp_path):
    scores = tmp_path / "scores.json"
    before = json.loads((ROOT / "reference-scores.json").read_text())
    scores.write_text(json.dumps(before))

    run = suite(*BOTH, "--record-reference", f"--references={scores}")

    assert run.code == 0
    recorded = json.loads(scores.read_text())["entries"][len(before["entries"]) :]
    assert [(one["suite"], one["protocol"], one["solved_count"]) for one in recorded] == [
        ("humaneval", "evalplus_chat", 44),
        ("humaneval_instruct", "lm_eval_instruct", 44),
    ]


@pytest.mark.slow
def test_references_that_cannot_be_read_end_the_command_before_anything_is_asked(suite):
    run = suite(*BOTH, "--references=/nowhere/scores.json")

    assert run.code == 4
    assert "reference scores /nowhere/scores.json cannot be read" in run.last_line()
    assert "Traceback" not in run.output
    assert not run.run_dir.exists()


class Unfinished:
    """A command that asks a slow profile in two ways, to be broken off; ``run`` is its folder."""

    def __init__(self, line: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self._line, self._environment, self.folder = line, dict(environment), folder
        self._commands = 0

    def begin(self) -> subprocess.Popen[bytes]:
        self._commands += 1
        with (self.folder / f"log{self._commands}").open("wb") as output:
            return subprocess.Popen(
                self._line, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )

    def await_replies(self, beside: str, count: int, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + NEVER_S
        while self.replies(beside) < count:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                pytest.fail(f"there were not {count} replies in time:\n{self.said()}")
            time.sleep(0.02)

    def replies(self, beside: str) -> int:
        return len(list((self.folder / "run" / f"slow{beside}" / "generations").glob("*.json")))

    def passed(self, suite: str) -> bool:
        return {part.tag for part in self._gate(suite)} <= {"properties"}

    def error(self, suite: str) -> str:
        found = self._gate(suite).find("error")
        assert found is not None
        return found.attrib["message"]

    def _gate(self, suite: str) -> ET.Element:
        cases = ET.parse(self.folder / "junit.xml").iter("testcase")
        return next(case for case in cases if case.get("name") == f"{suite}[slow]")

    def said(self) -> str:
        return (self.folder / f"log{self._commands}").read_text()


@pytest.fixture(params=["0", "2"])
def unfinished(request, suite_environment, command, tmp_path):
    own = '[slow]\nextends = "reference"\nconcurrency = 4\nembedded.latency_s = 0.1\n'
    (tmp_path / "own.toml").write_text(own)
    options = [*BOTH, f"--profiles-file={tmp_path / 'own.toml'}", "--profile=slow", "-n", request.param]
    return Unfinished(command(tmp_path, *options), suite_environment, tmp_path)


@pytest.mark.slow
def test_a_command_that_was_killed_asks_in_each_way_only_what_is_missing(unfinished):
    process = unfinished.begin()
    unfinished.await_replies("-humaneval_instruct", 6, process)
    process.kill()
    process.wait(NEVER_S)
    kept = unfinished.replies("-humaneval_instruct")

    assert unfinished.begin().wait(NEVER_S) == 0
    assert "resuming: 44 of 44 replies are there, 0 to ask" in unfinished.said()
    assert f"resuming: {kept} of 44 replies are there, {44 - kept} to ask" in unfinished.said()
    assert {suite: unfinished.passed(suite) for suite in SUITES.values()} == dict.fromkeys(SUITES.values(), True)


@pytest.mark.slow
def test_a_server_that_dies_ends_every_run_of_its_profile_and_is_not_started_again(unfinished):
    process = unfinished.begin()
    unfinished.await_replies("", 6, process)
    (server,) = _servers(process.pid)
    os.kill(server, signal.SIGKILL)

    assert process.wait(NEVER_S) == 1
    for suite in SUITES.values():
        assert "the embedded server" in unfinished.error(suite)
    assert unfinished.replies("-humaneval_instruct") == 0
    assert unfinished.begin().wait(NEVER_S) == 0


@pytest.mark.slow
def test_ctrl_c_ends_both_ways_in_order(unfinished):
    process = unfinished.begin()
    unfinished.await_replies("", 6, process)
    server = _servers(process.pid)

    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(NEVER_S) == pytest.ExitCode.INTERRUPTED
    for suite in SUITES.values():
        assert "INVALID: " in unfinished.error(suite)
    assert server
    assert not any(Path(f"/proc/{pid}").exists() for pid in server)


def _servers(owner: int) -> list[int]:
    """The embedded servers below that process; their supervisors have the same words further on."""
    parents, found = {}, []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        if words[1:3] == [b"-m", b"servecheck.selfcheck.embedded.app"]:
            found.append(int(path.name))
    return [pid for pid in found if owner in _ancestors(pid, parents)]


def _ancestors(pid: int, parents: Mapping[int, int]) -> list[int]:
    above = []
    while pid in parents:
        pid = parents[pid]
        above.append(pid)
    return above


ASTRAY = {"test_astray.py": "def test_humaneval_instruct(case, grade):\n    grade(case)\n"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("named", "profiles"),
    [
        ("humaneval or astray", "reference"),
        pytest.param("astray", "reference", marks=pytest.mark.slow),
        pytest.param("astray", "reference,reference-degraded", marks=pytest.mark.slow),
        pytest.param("humaneval or astray", "reference,reference-degraded", marks=pytest.mark.slow),
    ],
)
def test_a_test_in_a_folder_that_declares_no_suite_is_refused(suite, project_with, named, profiles):
    run = suite("-m", named, f"--profile={profiles}", root=project_with(suites={"astray": ASTRAY}))

    assert run.code == 4
    assert "astray is no suite: it has no suite.py" in run.output
    assert not run.run_dir.exists()
