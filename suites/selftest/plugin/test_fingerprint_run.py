"""``-m fingerprint`` as its user types it, against embedded language models: recorded, checked, broken, resumed."""

from __future__ import annotations

import json

import pytest
from servecheck.rundir.fingerprint_json import read_fingerprint
from servecheck.rundir.fingerprint_readings import FILE

pytestmark = [pytest.mark.selftest, pytest.mark.slow]

OWN = """
[short]
extends = "fingerprint"
embedded.max_model_len = 2304

[short-2-bits]
extends = "short"
embedded.language_model.weight_bits = 2

[short-changed]
extends = "short"
embedded.language_model.weight_change = 0.06

[short-mtp]
extends = "short"
speculation = { method = "mtp", tokens = 1 }

[short-loaded]
extends = "short"
embedded.latency_s = 0.05
embedded.language_model = { loaded_above = 4, loaded_noise = 4.0 }
"""


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    path = tmp_path_factory.mktemp("references") / "scores.json"
    path.write_text('{\n  "entries": []\n}\n')
    return path


@pytest.fixture(scope="module")
def fingerprint(suite, references):
    """Run ``-m fingerprint`` with these arguments, to its end."""
    own = references.parent / "own.toml"
    own.write_text(OWN)
    options = [f"--references={references}", f"--profiles-file={own}"]
    return lambda *arguments: suite("-m", "fingerprint", *options, *arguments)


@pytest.fixture(scope="module")
def first(fingerprint):
    return fingerprint("--profile=short", "--record-reference", "--require-gate")


@pytest.fixture(scope="module")
def same(fingerprint, first):
    assert first.code == 0
    return fingerprint("--profile=short", "--require-gate")


def _verdict(run):
    return read_fingerprint(run.run_dir).gates["fingerprint"].verdict


def test_the_first_one_is_recorded_and_held_to_nothing(first, references):
    found = read_fingerprint(first.run_dir)
    (entry,) = json.loads(references.read_text())["fingerprints"]

    assert first.code == 0
    assert (found.purpose, found.whole, found.method) == ("record", True, "prompt_logprobs")
    assert (entry["profile"], entry["prompts"]) == ("short", len(found.prompts))
    assert (references.parent / entry["data"]["name"]).is_file()
    assert "test_fingerprint[idle]" in first.cases
    assert "commit both" in first.output


def test_the_same_server_passes(same):
    assert same.code == 0
    assert _verdict(same) == "PASS"
    assert read_fingerprint(same.run_dir).prompt_tokens > 0


def test_the_report_has_a_heat_map_of_depth_by_kind(same):
    page, text = ((same.run_dir / f"report.{kind}").read_text() for kind in ("html", "md"))

    assert 'id="fingerprint"' in page
    assert "scored idle" in page
    assert "scored idle" in text
    assert "mathematics" in text


def test_corruption_under_load_alone_fails(fingerprint, first):
    run = fingerprint("--profile=short-loaded")

    assert (run.code, _verdict(run)) == (1, "FAIL")
    cells = read_fingerprint(run.run_dir).gates["fingerprint"].figures["cells"]
    assert {cell["condition"] for cell in cells if cell["sameness"] == "broken"} == {"loaded"}


@pytest.fixture(scope="module")
def broken(fingerprint, first):
    return fingerprint("--profile=short-2-bits", "--record-reference")


def test_a_broken_one_is_recorded_by_nobody_who_does_not_say_why(broken, references):
    assert broken.code == 1
    assert "--accept" in broken.output
    assert [one["profile"] for one in json.loads(references.read_text())["fingerprints"]] == ["short"]


def test_it_is_accepted_without_asking_anybody_again(fingerprint, broken, references):
    before = (broken.run_dir / FILE).read_bytes()
    run = fingerprint(
        "--profile=short-2-bits", "--record-reference", "--accept=two bits, agreed", f"--run-dir={broken.run_dir}"
    )

    entries = json.loads(references.read_text())["fingerprints"]
    assert [(one["profile"], one.get("accepted")) for one in entries] == [
        ("short", None),
        ("short-2-bits", "two bits, agreed"),
    ]
    assert (broken.run_dir / FILE).read_bytes() == before
    assert run.code == 1  # its gate still says what it is


def test_one_that_is_the_same_replaces_nothing(fingerprint, same, references):
    before = references.read_bytes()
    run = fingerprint("--profile=short", "--record-reference")

    assert run.code == 0
    assert references.read_bytes() == before
    assert "it is the same as" in run.output


def test_what_was_read_is_not_asked_again(fingerprint, same):
    before = (same.run_dir / FILE).read_bytes()
    run = fingerprint("--profile=short", f"--run-dir={same.run_dir}")

    assert run.code == 0
    assert (same.run_dir / FILE).read_bytes() == before


def test_it_is_held_to_an_earlier_run(fingerprint, first):
    run = fingerprint("--profile=short-changed", f"--baseline={first.run_dir}")

    assert _verdict(run) == "INCONCLUSIVE"
    assert str(first.run_dir) in read_fingerprint(run.run_dir).against


def test_what_drafts_is_held_to_what_the_server_counts_of_it(fingerprint, first):
    run = fingerprint("--profile=short-mtp", f"--baseline={first.run_dir}")
    gates = read_fingerprint(run.run_dir).gates

    assert _verdict(run) == "PASS"
    assert gates["acceptance"].headline.startswith("INCONCLUSIVE: acceptance length unknown: http://127.0.0.1:")
    assert "/metrics is not there (HTTP 404): the engine has no counters" in gates["acceptance"].headline
