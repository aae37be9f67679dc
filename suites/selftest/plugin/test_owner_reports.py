"""A gate's verdict reaches every reader, whatever the terminal is told to show, and is never shown as another."""

from __future__ import annotations

import pytest
from servecheck.plugin.owner import _colour


@pytest.mark.parametrize(
    ("headline", "colour"),
    [
        ("PASS: 44 of 44 solved", "green"),
        ("FAIL: 40 of 44 solved", "red"),
        ("INVALID: 44 of 44 missing; the server said PASS: all fine", "red"),
        ("not gated: the recorded run gates instead; else FAIL: 40 of 44 solved", "yellow"),
        ("INCONCLUSIVE: 42 of 44 solved", "yellow"),
    ],
)
def test_the_colour_is_the_verdicts_and_not_that_of_a_word_further_on(headline, colour):
    assert _colour(f"gate         {headline}") == {colour: True, "bold": True}


@pytest.mark.slow
def test_without_a_terminal_reporter_the_run_is_the_same(suite, tmp_path):
    page = tmp_path / "summary.md"

    run = suite(
        *("-o", "addopts=--import-mode=importlib", "-p", "no:terminal", "--profile=reference-degraded"),
        environment={"GITHUB_STEP_SUMMARY": str(page)},
    )

    assert run.code == 1
    assert run.gate["verdict"] == "FAIL"
    assert run.cases["humaneval[reference-degraded]"].find("failure") is not None
    assert "**FAIL** `humaneval published: reference-degraded`" in page.read_text()


@pytest.mark.slow
def test_without_the_terminals_summary_github_has_its_own(suite, tmp_path):
    page = tmp_path / "summary.md"

    suite("--no-summary", environment={"GITHUB_STEP_SUMMARY": str(page)})

    assert "**PASS** `humaneval published: reference`" in page.read_text()


@pytest.mark.parametrize(("option", "code"), [("--require-gate", 1), ("--color=no", 0)])
@pytest.mark.slow
def test_tests_without_a_gate_do_not_decide_what_a_gate_is_required_for(suite, project_with, option, code):
    root = project_with(suites={"plain": {"test_plain.py": "def test_plain():\n    pass\n"}})

    run = suite("-m", "", option, "suites/plain", root=root)

    assert run.code == code
    assert run.last_line().startswith("1 passed")
    assert ("--require-gate: no test with a gate was selected" in run.output) == bool(code)
