"""Each way in which a server or a model can fail has the outcome that it should have, in words that say what to do."""

from __future__ import annotations

import pytest
from servecheck.profiles.load import load_profile
from servecheck.selfcheck.embedded.server import EmbeddedServer

pytestmark = pytest.mark.slow

MISSING = "INVALID: 4 of 44 missing (Starter/3, Starter/8, Starter/24, Starter/40): they have no verdict"
RESUME = "run again with the same --run-dir"

MEASUREMENT = {
    "http-500": (
        MISSING,
        "was asked 2 times",
        "answered HTTP 500: the engine has died",
        "see the server's log",
        RESUME,
    ),
    "reset": (MISSING, "broke the connection before it answered", "see the server's log", RESUME),
    "disconnect": (MISSING, "was asked 2 times", "broke its reply off", "see the server's log", RESUME),
    "malformed-sse": (MISSING, "was asked 2 times", "sent a malformed reply: not JSON", RESUME),
    "stall": (MISSING, "stalled: it sent nothing within its reply for 1 s", "raise the profile's stall_timeout_s"),
    "abort": (MISSING, "was asked 2 times", "gave up its reply (finish_reason abort)", "see the server's log", RESUME),
    "no-usage": (
        "INVALID: 4 of 44 replies came without usage",
        "have the server send it (stream_options.include_usage)",
    ),
    "empty": ("INVALID: 4 of 44 replies have no answer (4 empty)", "look at these replies", "the server's log"),
    "reasoning-only": (
        "INVALID: 4 of 44 replies have no answer (4 with reasoning that used up max_tokens)",
        "raise max_tokens or turn thinking off",
    ),
    "endless": (
        MISSING,
        "does not end its reply: 4 s after the reply began it still goes on",
        "see that the server honours max_completion_tokens, or raise the profile's reply_timeout_s",
    ),
    "trickle": (
        MISSING,
        "does not end its reply: 4 s after the reply began it still goes on",
        "raise the profile's reply_timeout_s",
    ),
    "zero-usage": (
        "INVALID: 4 of 44 replies came without usage, or with 0 tokens under their text",
        "have the server send it",
    ),
    "limit-ignored": (
        "INVALID: 4 of 44 replies are longer than the max_tokens that was sent",
        "have the server honour max_tokens and max_completion_tokens",
    ),
    "switch-ignored": (
        "INVALID: 4 of 44 replies reason though thinking was switched off in the request",
        "the server's chat template or a flag ignores the switch (enable_thinking)",
    ),
    "no-reasoning": (
        "INVALID: none of 44 replies reasons though thinking was switched on in the request",
        "the server's chat template or a flag ignores the switch (enable_thinking)",
    ),
    "unknown-end": (
        "INVALID: 4 of 44 replies ended with a finish_reason that is no known end (finished)",
        "add the word to the profile's finish_reasons",
    ),
    "tool-call": (
        "INVALID: 4 of 44 replies have no answer (4 that came as tool calls)",
        "check the server's tool parser (vLLM: --tool-call-parser), which took the answer for a call",
    ),
    "changing-model": (
        "INVALID: the replies name 2 models (servecheck/canonical-solutions",
        "spreads requests over several",
    ),
}
MODEL = {
    "truncated": ("4 truncated at max_tokens 768", "[truncated]"),
    "loop": ("4 repetition loops", "[repetition loop]"),
    "think-leak": ("4 think-tag leaks", "start the server with its reasoning parser, or turn thinking off"),
}
OVERCOME = {"http-429": 8, "http-503": 8, "abort-once": 4, "slow-drip": 0}


@pytest.mark.parametrize(("fault", "said"), MEASUREMENT.items())
def test_a_fault_of_the_measurement_makes_the_run_invalid(suite, fault, said):
    run = suite("--profile", f"fault-{fault}")
    error = run.cases[f"humaneval[fault-{fault}]"].find("error")

    assert run.code == 1
    assert run.gate["verdict"] == "INVALID"
    errors = run.output + "".join(run.junit.read_text())
    assert [words for words in said if words not in errors] == []
    assert error is not None
    assert run.gate["headline"] in error.text


@pytest.mark.parametrize(("fault", "said"), MODEL.items())
def test_a_fault_of_the_model_is_unsolved_counted_and_named(suite, fault, said):
    run = suite("--profile", f"fault-{fault}")
    counted, named = said
    unsolved = [record for record in run.verdicts if not record["solved"]]

    assert run.code == 1
    assert run.gate["verdict"] == "FAIL"
    assert f"faults       {counted}" in run.lines
    assert len(unsolved) == 4
    assert [record["reason"] for record in unsolved if named not in record["reason"]] == []
    assert run.json("scores.json")["scores"]["pass@1 plus"]["solved"] == 40


def test_prose_in_place_of_programs_is_unsolved_and_no_fault_of_the_measurement(suite):
    run = suite("--profile", "fault-prose")

    assert run.code == 1
    assert run.gate["verdict"] == "FAIL"
    assert run.json("scores.json")["scores"]["pass@1 plus"]["solved"] == 0
    assert [record["reason"] for record in run.verdicts if "no program in the reply" not in record["reason"]] == []


@pytest.mark.parametrize(("fault", "again"), OVERCOME.items())
def test_a_fault_that_passes_changes_no_verdict_and_is_told(suite, fault, again):
    run = suite("--profile", f"fault-{fault}")
    told = [line for line in run.lines if line.startswith("retries ")]

    assert run.code == 0
    assert run.gate["verdict"] == "PASS"
    assert sum(record["retries"] for record in run.verdicts) == again
    assert told == (
        [f"retries      {again} requests were sent again after a fault of the connection or the server"] * bool(again)
    )


def test_another_name_for_the_model_is_told_and_changes_no_verdict(suite):
    run = suite("--profile", "fault-other-model")
    name = "servecheck/canonical-solutions"
    told = f"server: its replies name model {name}-other, asked for {name}"

    assert run.code == 0
    assert run.gate["verdict"] == "PASS"
    assert [line.strip() for line in run.lines if "its replies name model" in line] == [told]
    assert told in run.gate["details"]
    details = run.cases["humaneval[fault-other-model]"].iterfind("properties/property[@name='detail']")
    assert told in [one.attrib["value"] for one in details]
    assert told in (run.run_dir / "report.html").read_text()


def test_a_list_of_models_without_end_is_ended_and_named(suite, tmp_path):
    with EmbeddedServer(load_profile("fault-models-without-end"), tmp_path / "server.log") as server:
        run = suite(f"--base-url={server.base_url}", "--problems=starter")

    assert run.code == 4
    assert f"{server.base_url}/models did not finish its answer within 10 s; see the server's log" in run.output


def test_a_run_that_is_replayed_has_the_faults_that_it_had(suite):
    run = suite("--profile", "fault-switch-ignored")
    again = suite("--profile=replay", f"--run-dir={run.run_dir}")

    told = [[line for line in one.lines if line.startswith(("gate  ", "faults  "))] for one in (run, again)]
    assert told[0] == told[1] != []
    assert "thinking was switched off" in told[0][0]
