"""The owner: same verdicts however the run is cut up, and a gate only where every problem has one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from servecheck.rundir.transcripts import UNFINISHED

from suites.selftest.time_limits import NEVER_S


@pytest.fixture(scope="module")
def chosen(suite, written, mixed_rows):
    return suite(written(mixed_rows), "--profile=reference", "-k", "Starter/1 or Starter/2")


@pytest.mark.slow
def test_a_chosen_subset_is_not_gated_and_never_passes(chosen):
    verdicts = chosen.solved

    assert chosen.code == 0
    assert chosen.gate["verdict"] == "NOT GATED"
    assert chosen.gate["headline"] == f"not gated: {len(verdicts)} of 44 selected"
    skipped = chosen.cases["humaneval[reference]"].find("skipped")
    assert skipped.attrib["message"] == chosen.gate["headline"]
    assert any(line.startswith("SKIPPED [1] gate::humaneval[reference]: not gated: ") for line in chosen.lines)


@pytest.mark.slow
def test_a_chosen_subset_gets_the_verdicts_of_the_whole(chosen, mixed):
    assert chosen.solved == {task: solved for task, solved in mixed.solved.items() if task in chosen.solved}
    assert 0 < len(chosen.solved) < 44


@pytest.mark.slow
def test_a_file_that_has_the_chosen_problems_alone_is_not_gated_either(suite, written, canonical_rows):
    run = suite(written(canonical_rows[:2]), "--problems=starter", "-k", "Starter/0 or Starter/1")

    assert run.code == 0
    assert run.gate["headline"] == "not gated: 2 of 44 problems selected"
    assert run.json("scores.json")["chosen"]


@pytest.mark.slow
def test_no_gate_is_announced_for_a_subset(chosen):
    assert not any("PASS from" in line for line in chosen.lines)


@pytest.mark.slow
def test_the_run_folder_holds_every_reply_verdict_and_result(mixed):
    assert len(list((mixed.run_dir / "generations").glob("*.json"))) == 44
    assert len(mixed.verdicts) == 44
    assert len((mixed.run_dir / "samples.jsonl").read_text().splitlines()) == 44
    assert len(mixed.json("eval_results.json")["eval"]) == 44
    score = {"solved": 38, "samples": 44, "rate": 38 / 44, "k": 1, "part": ""}
    assert mixed.json("scores.json")["metric"] == "pass@1 plus"
    assert mixed.json("scores.json")["scores"]["pass@1 plus"] == score


@pytest.mark.slow
def test_no_half_written_file_is_left(mixed):
    assert not list(mixed.run_dir.rglob(".*"))


def test_a_run_on_the_starter_problems_is_headed_as_a_self_check(reference_run):
    title = next(n for n, line in enumerate(reference_run.lines) if "servecheck: humaneval, reference" in line)

    assert reference_run.lines[title + 1] == "self-check, not HumanEval: the project's own problems"


def test_the_embedded_server_has_ended(reference_run):
    assert "Traceback" not in (reference_run.run_dir / "server.log").read_text()
    assert not _processes_naming(reference_run.run_dir)


@pytest.mark.slow
def test_other_tests_start_no_run(suite):
    run = suite("-m", "", "suites/selftest/runs/test_plan.py", "-q")

    assert run.code == 0
    assert not run.run_dir.exists()
    assert "gate" not in run.output


@pytest.mark.slow
def test_several_samples_a_problem_are_scored_and_held_to_the_published_score(suite, written, canonical_rows):
    run = suite(written([*canonical_rows, *canonical_rows]), "--profile=reference")

    assert run.code == 0
    assert run.gate["headline"].startswith(
        "PASS: mean pass@1 plus 100.0 % of 44 problems, 2 samples each, published 100.0 %"
    )
    assert run.last_line().startswith("89 passed")
    assert {(record["task_id"], record["sample"]) for record in run.verdicts} == {
        (row["task_id"], sample) for row in canonical_rows for sample in (0, 1)
    }


MATRIX = [
    ("-n", "0"),
    ("-n", "1"),
    ("-n", "4"),
    ("-n", "2", "--dist", "worksteal"),
    ("-x",),
    ("-v",),
    ("-q",),
    ("-s",),
    ("--sandbox-isolation=problem",),
]


@pytest.mark.slow
@pytest.mark.parametrize("options", MATRIX, ids=" ".join)
def test_the_same_verdicts_and_gate_however_it_is_run(suite, written, mixed_rows, mixed, options):
    run = suite(written(mixed_rows), "--profile=reference", *options)

    assert (run.code, run.gate) == (mixed.code, mixed.gate)
    assert {r["task_id"]: (r["kind"], r["reason"]) for r in run.verdicts} == {
        r["task_id"]: (r["kind"], r["reason"]) for r in mixed.verdicts
    }
    assert run.cases.keys() == mixed.cases.keys()


@pytest.mark.slow
@pytest.mark.docker
def test_containers_give_the_same_verdicts_as_processes(suite, written, mixed_rows, mixed):
    run = suite(written(mixed_rows), "--profile=reference", "--sandbox=docker")

    assert run.json("run.json")["segments"][0]["sandbox"]["choice"]["kind"] == "docker"
    assert {r["task_id"]: (r["kind"], r["reason"]) for r in run.verdicts} == {
        r["task_id"]: (r["kind"], r["reason"]) for r in mixed.verdicts
    }


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_infinite_loop_costs_one_problem(suite, written, canonical_rows, workers):
    rows = [{"task_id": "Starter/3", "completion": "    while True:\n        pass\n"}, *canonical_rows[4:8]]

    run = suite(written(rows), "--problems=starter", "-n", workers)

    assert [task for task, solved in run.solved.items() if not solved] == ["Starter/3"]
    assert next(r for r in run.verdicts if not r["solved"])["kind"] == "timeout"


def _processes_naming(text: object) -> list[str]:
    """Command lines of the processes that name something, such as this run's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        if str(text) in line:
            found.append(line)
    return found


def _descendants(pid: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = children.get(waiting.pop(), [])
        found.update(new)
        waiting += new
    return found


def _begun(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)


def _await_verdicts(folder: Path, process: subprocess.Popen[bytes], count: int) -> None:
    deadline = time.monotonic() + NEVER_S
    path = folder / "run" / "verdicts.jsonl"
    while not path.exists() or path.read_text().count("\n") < count:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"there were not {count} verdicts in time:\n{(folder / 'log').read_text()}")
        time.sleep(0.05)


def _alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def _await_end(pids: set[int]) -> None:
    deadline = time.monotonic() + NEVER_S
    while _alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_ends_everything_soon_and_keeps_every_finished_verdict(
    suite_environment, command, slow_server, tmp_path, workers
):
    url = slow_server(2 * NEVER_S, at_once=6)
    arguments = command(tmp_path, f"--base-url={url}", "--problems=starter", "-n", workers)
    process = _begun(arguments, suite_environment, tmp_path / "log")
    _await_verdicts(tmp_path, process, 6)
    descendants = _descendants(process.pid)

    os.killpg(process.pid, signal.SIGINT)
    code = process.wait(NEVER_S)
    _await_end(descendants)
    output = (tmp_path / "log").read_text()

    assert code == pytest.ExitCode.INTERRUPTED
    assert "INVALID: 38 of 44 missing" in output
    assert len((tmp_path / "run" / "verdicts.jsonl").read_text().splitlines()) == 6
    assert json.loads((tmp_path / "run" / "scores.json").read_text())["gates"]["published"]["verdict"] == "INVALID"
    assert descendants
    assert not _alive(descendants)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_does_not_wait_for_a_program_that_never_ends(
    suite_environment, command, written, canonical_rows, tmp_path, workers
):
    endless = [{"task_id": f"Starter/{n}", "completion": "    while True:\n        pass\n"} for n in range(4, 8)]
    options = (written([*canonical_rows[:4], *endless]), "--problems=starter", "-n", workers)
    process = _begun(command(tmp_path, *options), suite_environment, tmp_path / "log")
    _await_verdicts(tmp_path, process, 4)
    time.sleep(0.5)  # it is in the loop now
    descendants = _descendants(process.pid)

    os.killpg(process.pid, signal.SIGINT)
    process.wait(NEVER_S)
    _await_end(descendants)

    assert "INVALID: 4 of 8 missing" in (tmp_path / "log").read_text()
    assert not _alive(descendants)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_nothing_outlives_an_owner_that_is_killed(suite_environment, command, slow_server, tmp_path, workers):
    url = slow_server(2 * NEVER_S, at_once=6)
    arguments = command(tmp_path, f"--base-url={url}", "--problems=starter", "-n", workers)
    process = _begun(arguments, suite_environment, tmp_path / "log")
    _await_verdicts(tmp_path, process, 6)
    descendants = _descendants(process.pid)

    process.kill()
    process.wait(NEVER_S)
    _await_end(descendants)

    assert descendants
    assert not _alive(descendants)
    assert len((tmp_path / "run" / "verdicts.jsonl").read_text().splitlines()) == 6


@pytest.mark.slow
def test_a_killed_worker_makes_the_run_invalid(suite_environment, command, slow_server, tmp_path):
    arguments = command(tmp_path, f"--base-url={slow_server(3.0, at_once=6)}", "--problems=starter", "-n", "2")
    process = _begun(arguments, suite_environment, tmp_path / "log")
    _await_verdicts(tmp_path, process, 6)
    worker = next(
        pid for pid in _descendants(process.pid) if b"sys.stdin.readline" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )

    os.kill(worker, signal.SIGKILL)
    code = process.wait(NEVER_S)
    output = (tmp_path / "log").read_text()

    assert code == 1
    assert "INVALID: 1 of 44 missing (Starter/" in output
    assert len((tmp_path / "run" / "verdicts.jsonl").read_text().splitlines()) == 43


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_folder_that_cannot_be_written_makes_the_run_invalid_and_can_be_resumed(
    suite_environment, command, tmp_path, workers
):
    """Files that may not grow beyond 36 KiB stand for a full disk: the prompts fit, the verdicts do not."""
    arguments = [part for part in command(tmp_path, "-n", workers) if not part.startswith("--junitxml")]

    full = subprocess.run(
        ["prlimit", "--fsize=36864", *arguments], env=suite_environment, capture_output=True, text=True, check=False
    )
    resumed = subprocess.run(arguments, env=suite_environment, capture_output=True, text=True, check=False)

    assert full.returncode == 1, full.stdout + full.stderr
    assert "the run directory cannot be written" in full.stdout
    assert f"make room, then resume with --run-dir={tmp_path / 'run'}" in full.stdout
    assert "INVALID" in full.stdout
    assert "INTERNALERROR" not in full.stdout + full.stderr
    assert resumed.returncode == 0, resumed.stdout
    assert "servecheck: resuming: " in resumed.stdout
    assert len((tmp_path / "run" / "verdicts.jsonl").read_text().splitlines()) == 44


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_second_ctrl_c_ends_at_once_and_leaves_nothing(suite_environment, command, slow_server, tmp_path, workers):
    url = slow_server(2 * NEVER_S, at_once=6)
    arguments = command(tmp_path, f"--base-url={url}", "--problems=starter", "-n", workers)
    process = _begun(arguments, suite_environment, tmp_path / "log")
    _await_verdicts(tmp_path, process, 6)
    descendants = _descendants(process.pid)

    os.killpg(process.pid, signal.SIGINT)
    while process.poll() is None and "ending; what is finished is kept" not in (tmp_path / "log").read_text():
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError):  # it may have been quicker
        os.kill(process.pid, signal.SIGINT)
    code = process.wait(NEVER_S)
    _await_end(descendants)

    assert code in (130, pytest.ExitCode.INTERRUPTED)
    assert descendants
    assert not _alive(descendants)
    assert not (tmp_path / "run" / UNFINISHED).exists()
