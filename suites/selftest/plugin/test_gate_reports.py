"""A gate is a test: the same verdict in terminal, JUnit and exit code."""

from __future__ import annotations

import json

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.plugin import gate_reports
from servecheck.plugin.gate_reports import reports_of
from servecheck.runs.decided_gates import DecidedGate, gates_of

NAME = "humaneval[reference]"


def _scores(score: str) -> str:
    entry = {
        "model": "servecheck/canonical-solutions",
        "quantisation": "none",
        "variant": {"mtp": None, "thinking": None},
        "suite": "humaneval",
        "protocol": "evalplus_chat",
        "problems": "starter",
        "metric": "pass@1 plus",
        "score": score,
        "solved_count": None,
        "solved": None,
        "n": None,
        "sampling": {"temperature": 0.0},
        "source": "a selftest",
        "date": "2026-11",
        "note": "",
    }
    return json.dumps({"notes": [], "entries": [entry]})


def test_pass_is_a_passed_test(reference_run):
    case = reference_run.cases[NAME]

    assert reference_run.code == 0
    assert reference_run.last_line().startswith("45 passed in")
    assert [child.tag for child in case] == ["properties"]
    assert case.find("properties/property").attrib == {"name": "gate", "value": "PASS"}
    assert reference_run.gate["verdict"] == "PASS"
    assert any(line.startswith("gate         PASS: 44 of 44 solved (100.0 %)") for line in reference_run.lines)


@pytest.mark.slow
def test_fail_is_a_failed_test_and_exit_code_1(mixed):
    case = mixed.cases[NAME]

    assert mixed.code == 1
    assert mixed.last_line().startswith("1 failed, 38 passed, 6 unsolved")
    assert case.find("failure") is not None
    assert case.find("failure").attrib["message"] == mixed.gate["headline"]
    assert case.find("failure").text.startswith("FAIL: 38 of 44 solved (86.4 %)")
    assert "\ncounts of 44: PASS from 44, FAIL up to 43" in case.find("failure").text
    assert case.find("properties/property").attrib == {"name": "gate", "value": "FAIL"}
    assert mixed.gate["verdict"] == "FAIL"


@pytest.mark.slow
def test_the_details_of_a_failed_gate_are_in_the_terminal_once(mixed):
    assert sum(line.strip().startswith("hypothesis: ") for line in mixed.lines) == 1


def test_the_counts_that_decide_are_said_before_anything_is_asked(reference_run):
    counts = reference_run.lines.index(
        "servecheck: gate humaneval: published 100.0 %, margin 10 points, of 44: PASS from 44, FAIL up to 43"
    )

    assert counts < next(n for n, line in enumerate(reference_run.lines) if line.startswith("suites/humaneval/"))


@pytest.mark.slow
def test_inconclusive_is_skipped_said_and_exit_code_0(suite, project_with, written, mixed_rows):
    run = suite(written(mixed_rows), "--profile=reference", root=project_with(scores=_scores("90.0")))

    assert run.code == 0
    assert run.last_line().startswith("38 passed, 1 skipped, 6 unsolved")
    assert run.cases[NAME].find("skipped").attrib["message"].startswith("INCONCLUSIVE: 38 of 44 solved (86.4 %)")
    assert run.gate["verdict"] == "INCONCLUSIVE"
    assert any(line.startswith("gate         INCONCLUSIVE: 38 of 44") for line in run.lines)
    assert any(line.startswith(f"SKIPPED [1] gate::{NAME}: INCONCLUSIVE: 38 of 44") for line in run.lines)


@pytest.mark.slow
def test_no_reference_is_skipped_said_and_exit_code_0(given_run):
    skipped = given_run.cases["humaneval[given]"].find("skipped")

    assert given_run.code == 0
    assert skipped.attrib["message"].startswith("NO REFERENCE: 44 of 44 solved")
    assert given_run.gate["verdict"] == "NO REFERENCE"
    assert any(line.startswith("gate         NO REFERENCE: 44 of 44 solved (100.0 %)") for line in given_run.lines)


@pytest.mark.slow
def test_replies_that_were_given_are_never_said_to_be_asked_what_is_asked_now(given_run):
    told = "asked: what these replies were asked is not known, so they are compared as if it were what is asked now"

    assert "asked_sha256" not in given_run.json("run.json")
    assert not (given_run.run_dir / "prompts.json").exists()
    assert told in given_run.gate["details"]
    assert told in (given_run.run_dir / "report.md").read_text()
    assert f"             {told}" in given_run.lines


@pytest.mark.slow
def test_invalid_is_an_error_and_exit_code_1(suite, written, canonical_rows):
    run = suite(written(canonical_rows[:-2]), "--profile=reference")

    assert run.code == 1
    assert run.last_line().startswith("42 passed, 1 error")
    assert "the replies leave out 2 of 44 problems" in run.cases[NAME].find("error").text
    assert run.gate["verdict"] == "INVALID"


def test_the_gate_adds_no_letter_after_the_last_line_of_letters(reference_run):
    assert not any(line.endswith(("[100%].", "[100%]F", "[100%]E", "[100%]s")) for line in reference_run.lines)


@pytest.mark.parametrize(
    ("verdict", "phases"),
    [
        (GateVerdict.PASS, [("setup", "passed"), ("call", "passed"), ("teardown", "passed")]),
        (GateVerdict.FAIL, [("setup", "passed"), ("call", "failed"), ("teardown", "passed")]),
        (GateVerdict.INVALID, [("setup", "failed"), ("teardown", "passed")]),
        (GateVerdict.INCONCLUSIVE, [("setup", "skipped"), ("teardown", "passed")]),
        (GateVerdict.NO_REFERENCE, [("setup", "skipped"), ("teardown", "passed")]),
        (GateVerdict.NOT_GATED, [("setup", "skipped"), ("teardown", "passed")]),
    ],
)
def test_phases_of_every_verdict(verdict, phases):
    [gate] = gates_of("humaneval", "reference", {"published": Decision(verdict, f"{verdict}: said")}, require=False)
    reports = list(reports_of(gate))

    assert [(report.when, report.outcome) for report in reports] == phases
    assert {report.nodeid for report in reports} == {f"gate::{NAME}"}


def test_a_proven_loss_is_in_junit_with_the_verdict():
    lost = Decision(GateVerdict.PASS, "PASS, loss proven (3.1 points): said", (), {"proven_loss_points": 3.125})
    [gate] = gates_of("humaneval", "reference", {"paired": lost}, require=True)

    assert not gate.fails
    assert {tuple(report.user_properties) for report in reports_of(gate)} == {
        (("gate", "PASS, loss proven (3.1 points)"),)
    }


def test_only_fail_and_invalid_make_the_exit_code():
    failing = {verdict for verdict in GateVerdict if DecidedGate(NAME, Decision(verdict, "said")).fails}

    assert failing == {GateVerdict.FAIL, GateVerdict.INVALID}


@pytest.mark.parametrize("verdict", [GateVerdict.INCONCLUSIVE, GateVerdict.NO_REFERENCE, GateVerdict.NOT_GATED])
def test_a_required_gate_that_decides_nothing_fails(verdict):
    [gate] = gates_of("humaneval", "reference", {"published": Decision(verdict, "said")}, require=True)

    assert gate.fails
    assert [(report.when, report.outcome) for report in reports_of(gate)][1] == ("call", "failed")


@pytest.mark.parametrize(
    ("published", "paired", "failing"),
    [
        (GateVerdict.INCONCLUSIVE, GateVerdict.PASS, []),
        (GateVerdict.PASS, GateVerdict.INCONCLUSIVE, ["humaneval-paired[reference]"]),
        (GateVerdict.FAIL, GateVerdict.PASS, [NAME]),
        (GateVerdict.NOT_GATED, GateVerdict.PASS, []),
    ],
)
def test_where_a_run_is_recorded_it_is_the_paired_gate_that_has_to_pass(published, paired, failing):
    results = {"published": Decision(published, "said"), "paired": Decision(paired, "said")}

    required = gates_of("humaneval", "reference", results, require=True)

    assert [gate.name for gate in required if gate.fails] == failing


def test_a_gate_that_fails_because_it_is_required_says_so():
    [gate] = gates_of("humaneval", "p", {"published": Decision(GateVerdict.NO_REFERENCE, "said")}, require=True)

    called = next(report for report in reports_of(gate) if report.when == "call")

    assert str(called.longrepr) == "said; --require-gate asks for a PASS"


def test_the_words_in_the_terminal():
    def words(verdict: GateVerdict) -> list[str]:
        reports = reports_of(DecidedGate(NAME, Decision(verdict, "said")))
        return [word for _, letter, word in map(gate_reports.status, reports) if word and not letter]

    assert [words(v) for v in (GateVerdict.PASS, GateVerdict.FAIL, GateVerdict.INVALID, GateVerdict.NO_REFERENCE)] == [
        ["PASSED"],
        ["FAILED"],
        ["ERROR"],
        ["SKIPPED"],
    ]


@pytest.mark.slow
def test_a_reply_that_cannot_be_encoded_crosses_from_worker_to_owner(suite, written, canonical_rows):
    rows = [{"task_id": canonical_rows[0]["task_id"], "solution": "x = '\ud800'"}, *canonical_rows[1:]]

    run = suite(written(rows), "--profile=reference", "-n1")

    assert len(run.verdicts) == 44
    assert run.solved["Starter/0"] is False


@pytest.mark.slow
def test_many_empty_replies_say_nothing_about_the_model(suite, written, canonical_rows):
    rows = [{"task_id": row["task_id"], "reply": ""} for row in canonical_rows[:3]] + canonical_rows[3:]

    run = suite(written(rows), "--profile=reference")

    assert run.code == 1
    assert run.gate["verdict"] == "INVALID"
    assert run.gate["headline"].startswith("INVALID: 3 of 44 replies have no answer (3 empty)")
