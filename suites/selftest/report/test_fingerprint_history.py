"""``servecheck history`` of fingerprint runs: of each profile how far each run was, and from what."""

from __future__ import annotations

import json

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.report.command import main
from servecheck.report.fingerprint_history import fingerprint_histories, fingerprint_history_lines
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.report.fingerprints_on_disk import checked_run, recorded_run
from suites.selftest.report.runs_on_disk import written_run

pytestmark = pytest.mark.selftest


def gate(verdict: GateVerdict, nats: float, sameness: str) -> Decision:
    cell = {
        "how": "scored", "condition": "idle", "kind": "", "depths": [2048], "prompts": 7, "judged": True, "nats": nats,
        "nats_limit": 0.1, "agreement": 0.99, "agreement_limit": 0.85, "p": 0.5, "sameness": sameness,
    }  # fmt: skip
    return Decision(verdict, f"{verdict}: told", (), {"gate": "fingerprint", "cells": [cell]})


@pytest.fixture
def folder(tmp_path):
    """Of one profile, a run that recorded and two that were held to it; of another, one that was ended."""
    first = Decision(GateVerdict.NO_REFERENCE, f"{GateVerdict.NO_REFERENCE}: told", (), {})
    recorded_run(tmp_path / "september", profile="glm", began_at="2026-09-01T10:00:00+00:00", gate=first)
    for name, month, found in (
        ("november", "11", gate(GateVerdict.FAIL, 3.2, "broken")),
        ("october", "10", gate(GateVerdict.PASS, 0.02, "same")),
    ):
        checked_run(tmp_path / name, profile="glm", began_at=f"2026-{month}-01T10:00:00+00:00", gate=found)
    checked_run(tmp_path / "ended", profile="awq", whole=False)
    return tmp_path


def shown(capsys, *arguments: str) -> list[str]:
    assert main(["history", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_each_profile_has_its_runs_the_oldest_first_under_what_they_were_held_to(folder, capsys):
    lines = shown(capsys, str(folder))
    own = lines[lines.index("glm, fingerprint") :]

    assert [" ".join(line.split()) for line in own] == [
        "glm, fingerprint",
        "began (UTC) furthest where verdict",
        "held to nothing, or read to be recorded:",
        "2026-09-01 10:00 - NO REFERENCE",
        "held to the accepted one:",
        "2026-10-01 10:00 0.020 scored idle, depth 2,048 PASS",
        "2026-11-01 10:00 3.200! scored idle, depth 2,048 FAIL",
    ]


def test_one_that_was_ended_has_no_distance(folder, capsys):
    lines = shown(capsys, str(folder))

    assert "INVALID" in next(line for line in lines[lines.index("awq, fingerprint") :] if line.startswith("2026"))


def test_for_programs_it_is_json(folder, capsys):
    found = json.loads("\n".join(shown(capsys, str(folder), "--json")))

    assert [(one["profile"], len(one["fingerprints"])) for one in found] == [("awq", 1), ("glm", 3)]
    assert [run["gates"]["fingerprint"]["verdict"] for run in found[1]["fingerprints"][1:]] == ["PASS", "FAIL"]


def test_scores_stand_before_fingerprints_of_the_same_folder(folder, capsys):
    written_run(folder / "scored")
    lines = shown(capsys, str(folder))

    assert any("humaneval" in line for line in lines[: lines.index("awq, fingerprint")])


def test_a_run_that_is_named_twice_counts_once(folder):
    runs = [read_stored_run(folder / name) for name in ("october", "october")]

    assert [len(one.runs) for one in fingerprint_histories(runs)] == [1]


def test_words_of_a_folder_do_nothing_to_a_terminal(tmp_path):
    run = checked_run(tmp_path / "x", profile="\x1b[2J", against="\x1b[31mred", began_at="\x1b]0;x")

    assert all(line.isprintable() for line in fingerprint_history_lines(fingerprint_histories([read_stored_run(run)])))
