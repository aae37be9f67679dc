"""A fingerprint's cells are drawn as kinds by depths, in reports and where runs are compared."""

from __future__ import annotations

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.report.fingerprint_cells import heat_maps
from servecheck.report.fingerprint_text import drawn, fingerprint_lines
from servecheck.report.html import html_report
from servecheck.report.html.fingerprints import heat_class
from servecheck.report.markdown_report import markdown_report
from servecheck.rundir.fingerprint_json import FingerprintRunEntry, write_fingerprint
from servecheck.rundir.stored_run import read_stored_run
from servecheck.rundir.throughput_json import GateEntry

pytestmark = pytest.mark.selftest


def cell(kind="", depths=(), **changes):
    known = {
        "how": "scored",
        "condition": "idle",
        "kind": kind,
        "depths": list(depths),
        "prompts": 7,
        "judged": True,
        "nats": 0.02,
        "nats_limit": 0.1,
        "agreement": 0.99,
        "agreement_limit": 0.85,
        "p": 0.5,
        "sameness": "same",
    }
    return known | changes


GATE = Decision(
    GateVerdict.FAIL,
    "FAIL: broken against q",
    ("n: 7 prompts",),
    {
        "gate": "fingerprint",
        "cells": [
            cell(),
            cell("code"),
            cell("code", [16]),
            cell("code", [2048, 8192], nats=3.2, sameness="broken"),
            cell("\x1b[2J<b>", [16], nats=None, nats_limit=None, agreement=0.5, sameness="changed"),
            {"how": "scored"},
            "none",
        ],
    },
)


@pytest.fixture
def entry():
    return FingerprintRunEntry(
        suite="fingerprint",
        purpose="check",
        profile="p",
        manifest={"identity": {"model": "m"}},
        began_at="2026-11-30T10:00:00+00:00",
        against="q",
        prompts={"code-16-1": "0" * 64},
        method="one_token",
        why=("texts are scored",),
        seconds=2.0,
        prompt_tokens=1234,
        whole=True,
        gates={"fingerprint": GateEntry.of(GATE)},
    )


def test_a_map_has_kinds_down_and_depths_across():
    (found,) = heat_maps(GATE)

    assert found.depths == ("all", "16", "2,048+")
    assert [(kind, [cell and cell.told for cell in cells]) for kind, cells in found.rows] == [
        ("all", ["0.020", None, None]),
        ("\x1b[2J<b>", [None, "50 %*", None]),
        ("code", ["0.020", "0.020", "3.200!"]),
    ]


def test_what_looks_hot_is_what_is_near_the_limit():
    (found,) = heat_maps(GATE)
    cells = dict(found.rows)["code"]

    assert [heat_class(one) for one in cells] == ["heat-0", "heat-0", "heat-broken"]


def test_a_map_is_drawn_in_lines_that_do_nothing_to_a_terminal():
    (found,) = heat_maps(GATE)
    lines = list(drawn(found))

    assert "3.200!" in next(line for line in lines if line.startswith("  code"))
    assert all(line.isprintable() for line in lines)


def test_of_a_run_the_terminal_says_how_it_was_read_and_what_it_cost(entry):
    how, cost = fingerprint_lines(entry)

    assert how == "method       texts are scored"
    assert "1,234 prompt tokens" in cost


def test_reports_show_it_with_nothing_that_acts(entry, tmp_path):
    write_fingerprint(tmp_path, entry)
    run = read_stored_run(tmp_path)
    html_report([run], tmp_path / "report.html")
    page, text = (tmp_path / "report.html").read_text(), markdown_report([run])

    assert 'class="number heat-broken"' in page
    assert "&lt;b&gt;" in page
    assert "\x1b" not in page + text
    assert "**`3.200!`**" in text
    assert "FAIL" in text


def test_a_run_that_was_not_read_to_the_end_is_believed_by_nobody(entry, tmp_path):
    write_fingerprint(tmp_path, entry.model_copy(update={"whole": False}))

    found = read_stored_run(tmp_path)

    assert found.fingerprint.gates["fingerprint"].verdict is GateVerdict.INVALID
    assert any("not read to the end" in gap for gap in found.gaps)


def test_a_damaged_file_is_a_gap_and_no_error(tmp_path):
    (tmp_path / "fingerprint.json").write_text('{"format": 1}')

    found = read_stored_run(tmp_path)

    assert found.fingerprint is None
    assert found.suites["fingerprint"].damage
