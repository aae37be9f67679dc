"""``-m tool_contract`` from end to end on the embedded server: sound, broken, resumed, on several workers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servecheck.__main__ import main
from servecheck.problems.tool_contract.problem_set import ContractCases
from servecheck.rundir.stored_run import read_stored_run
from servecheck.runs.regraded import regraded

CASES = len(ContractCases().task_ids)
# Of those in two cases that ask three prompts twice.
CACHED = 12
# For servers that never answer: a busy machine may come to them, and a sound case would be blamed.
HASTY = "request_timeout_s = 3\nstall_timeout_s = 1\nreply_timeout_s = 4\n"
LOST = {"echo/ref", "echo/ref/thinking", "choice/required-ref", "responses/echo-ref", "messages/echo-ref"}
PASSED = f"gate         PASS: the server is at fault in none of {CASES} cases"
# No engine of containers answers there.
WITHOUT_DOCKER = {"DOCKER_HOST": "tcp://127.0.0.1:1"}


@pytest.fixture(scope="module")
def broken(suite: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """A run of a server with that fault, of those cases that ``-k`` selects."""

    def run(fault: str, *arguments: str, limits: str = "") -> Any:
        file = tmp_path_factory.mktemp("broken") / "profiles.toml"
        file.write_text(f'[broken]\nextends = "tools"\n{limits}embedded.tool_fault = "{fault}"\n')
        return suite("-m", "tool_contract", f"--profiles-file={file}", "--profile=broken", *arguments)

    return run


@pytest.fixture(scope="module")
def sound(shared: Callable[..., Any], suite: Callable[..., Any]) -> Any:
    def without_docker(*arguments: str) -> Any:
        return suite(*arguments, environment=WITHOUT_DOCKER)

    return shared("tool-contract", "-m", "tool_contract", made_by=without_docker)


@pytest.mark.slow
def test_a_sound_server_passes_without_an_engine_of_containers(sound: Any) -> None:
    assert sound.code == 0, sound.output
    assert PASSED in sound.lines
    assert all(sound.solved.values())
    assert "sandbox" not in sound.output


@pytest.mark.slow
def test_the_gate_tells_rates_of_all_requests_with_their_intervals(sound: Any) -> None:
    rates = [line.strip() for line in sound.lines if line.strip().startswith("rate:")]

    assert len(rates) == 8
    assert rates[1].startswith(
        f"rate: arguments that are no JSON: 0 of {2 * CASES + CACHED} requests (0.0 %, 95 %: 0.0 to "
    )


@pytest.mark.slow
def test_it_is_in_every_report(sound: Any) -> None:
    assert sound.json("tool_contract-scores.json")["gates"]["delivery"]["verdict"] == "PASS"
    assert "the server is at fault in none of" in (sound.run_dir / "report.md").read_text()
    assert "the server is at fault in none of" in (sound.run_dir / "report.html").read_text()
    assert "tool_contract[reference]" in sound.cases


@pytest.mark.slow
def test_a_run_that_is_there_is_judged_again_and_nobody_asked_and_nothing_recorded(
    suite: Callable[..., Any], sound: Any, tmp_path: Path
) -> None:
    references = tmp_path / "reference-scores.json"
    recording = ("--record-reference", f"--references={references}")

    again = suite("-m", "tool_contract", f"--run-dir={sound.run_dir}", *recording, environment=WITHOUT_DOCKER)

    assert "nothing is asked" in again.output
    assert PASSED in again.lines
    assert "NOT recorded: its own gate decides" in again.output
    assert not references.exists()


@pytest.fixture(scope="module")
def chosen(broken: Callable[..., Any]) -> Any:
    """The cases about ``ref``, of a server that loses it."""
    return broken("ref_as_string", "-k", "ref")


@pytest.mark.slow
def test_a_fault_is_told_with_what_it_is_like(chosen: Any) -> None:
    assert {task_id for task_id, is_solved in chosen.solved.items() if not is_solved} == LOST
    told = next(line for line in chosen.lines if line.startswith("  echo/ref  "))
    assert "parser fault, whole 6 of 6, streamed 6 of 6: a value arrives with another type" in told
    page = (chosen.run_dir / "report.md").read_text() + (chosen.run_dir / "report.html").read_text()
    assert "vLLM #46924" in page


@pytest.mark.slow
def test_some_chosen_cases_are_not_gated(chosen: Any) -> None:
    assert chosen.code == 0, chosen.output
    assert f"not gated: {len(chosen.solved)} of {CASES} selected" in chosen.output


@pytest.fixture(scope="module")
def with_fault(broken: Callable[..., Any]) -> Any:
    """All cases, of the same server."""
    return broken("ref_as_string")


@pytest.mark.slow
def test_a_fault_fails_the_gate_of_all_cases(with_fault: Any) -> None:
    run = with_fault

    assert run.code == 1, run.output
    assert run.json("tool_contract-scores.json")["gates"]["delivery"]["verdict"] == "FAIL"
    assert {task_id for task_id, is_solved in run.solved.items() if not is_solved} == LOST


@pytest.mark.slow
def test_a_stored_run_whose_every_file_was_altered_alike_is_held_to_its_replies(
    with_fault: Any, tmp_path: Path
) -> None:
    forged = tmp_path / "forged"
    shutil.copytree(with_fault.run_dir, forged)
    _forge_a_pass(forged)
    assert str(read_stored_run(forged).suites["tool_contract"].gates["delivery"].verdict) == "PASS"

    assert main(["write", str(forged)]) == 0

    report = (forged / "report.md").read_text()
    assert (
        f"5 of {CASES} verdicts are not those of the replies that are kept: echo/ref is stored as solved (1)" in report
    )
    assert "INVALID" in report
    assert "| PASS |" not in report


@pytest.mark.slow
def test_an_honest_run_bears_its_verdicts_out(sound: Any) -> None:
    stored = read_stored_run(sound.run_dir)

    assert regraded(stored) == stored


def _forge_a_pass(folder: Path) -> None:
    """Verdicts, tallies, score and gate, as they would be had the server delivered everything."""
    lines = [json.loads(line) for line in (folder / "verdicts.jsonl").read_text().splitlines()]
    for line in (line for line in lines if not line["solved"]):
        line |= {"solved": True, "score": 1.0, "kind": "solved", "reason": ""}
        line["tally"] = {"asked": 1, "faults": 0, "requests": 2, "copied": 1}
    (folder / "verdicts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    path = folder / "tool_contract-scores.json"
    scores = json.loads(path.read_text())
    scores["scores"]["delivered"] |= {"solved": len(lines), "rate": 1.0}
    scores["gates"]["delivery"] |= {"verdict": "PASS", "headline": PASSED.partition("gate")[2].strip()}
    path.write_text(json.dumps(scores))


@pytest.mark.slow
def test_a_case_with_a_higher_limit_than_the_profiles_is_no_fault(suite: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text('[short]\nextends = "tools"\nsampling = { max_tokens = 128 }\n')

    run = suite("-m", "tool_contract", f"--profiles-file={file}", "--profile=short", "-k", "second-call")

    assert list(run.solved.values()) == [True] * 3
    assert "longer than max_tokens" not in run.output
    assert regraded(read_stored_run(run.run_dir)) == read_stored_run(run.run_dir)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        # Twelve requests of 3 s each, which nothing but waits.
        ("required_never_ends", "stalled: it sent nothing in answer for 3 s; like SGLang #13514"),
        # And such that send without end.
        ("required_goes_on", "grammar fault, whole 6 of 6, streamed 6 of 6: the request brings no reply: stalled"),
    ],
)
def test_a_request_that_never_ends_has_a_named_fault_within_the_profiles_limits(
    broken: Callable[..., Any], fault: str, told: str
) -> None:
    run = broken(fault, "-k", "choice", limits=HASTY)

    _has_named_faults_alone(run, told)


@pytest.mark.parametrize(
    ("fault", "selected", "told"),
    [
        pytest.param(
            "error_in_stream", "count", "reported an error within its reply, HTTP 500", marks=pytest.mark.slow
        ),
        pytest.param(
            "grammar_aborts",
            "ref",
            "grammar fault, whole 6 of 6, streamed 6 of 6: the request brings no reply",
            marks=pytest.mark.slow,
        ),
        # Each request that is closed over is asked a second time, half a second later.
        pytest.param(
            "grammar_closes",
            "echo/ref or echo/plain",
            "grammar fault, whole 6 of 6, streamed 6 of 6: the request brings no reply: broke the connection before it "
            "answered",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "grammar_refused",
            "echo/ref or echo/plain",
            "grammar fault, whole 6 of 6, streamed 6 of 6: the request brings no reply: answered HTTP 500",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "messages_delta_too_soon",
            "messages/count",
            "stream fault, streamed 6 of 6: the events come in a wrong order",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "date_added",
            "choice/strict",
            "the published template: it has a date that the request does not have",
            marks=pytest.mark.slow,
        ),
        pytest.param("cross_talk", "parallel", "a value of another request arrives: nonce-", marks=pytest.mark.slow),
        pytest.param(
            "finish_missing",
            "count",
            "stream fault, streamed 6 of 6: the request brings no reply",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_server_that_breaks_over_a_request_has_a_named_fault_and_the_rest_goes_on(
    broken: Callable[..., Any], fault: str, selected: str, told: str
) -> None:
    _has_named_faults_alone(broken(fault, "-k", selected), told)


def _has_named_faults_alone(run: Any, told: str) -> None:
    assert told in " ".join(record["reason"] for record in run.verdicts), run.output
    assert all("_fault" in record["kind"] for record in run.verdicts if not record["solved"])
    assert not any(case.find("error") is not None for case in run.cases.values()), run.output


@pytest.mark.slow
def test_a_context_that_is_too_short_for_deep_prompts_alone_keeps_no_run_from_beginning(
    suite: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text('[short]\nextends = "tools"\nembedded.max_model_len = 6000\n')

    run = suite("-m", "tool_contract", f"--profiles-file={file}", "--profile=short", "-k", "depth or echo/plain")

    assert run.solved["echo/plain"], run.output
    assert {record["tally"].get("beyond_context") for record in run.verdicts if "depth" in record["task_id"]} == {1}
