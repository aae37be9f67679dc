"""Several profiles in one command: one server after another, each with its run, its gates and its row in one table."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from servecheck.report.command import main

from suites.selftest.plugin.conftest import BOTH, TWO_PROFILES

ROOT = Path(__file__).parents[3]

SEVERAL = ",".join(TWO_PROFILES)
NOBODY = '[nobody]\nmodel = "m"\nbackend = "vllm"\nexecutable = "no-such-engine"\nproblems = "starter"\ndelta = 10\n'


@pytest.fixture(scope="module")
def run(both_ways):
    """Of two suites; what is said here of one of them holds of each."""
    return both_ways


def _scores(run, profile):
    return json.loads((run.run_dir / profile / "scores.json").read_text())


@pytest.mark.slow
def test_every_profile_is_a_run_of_its_own_below_one_folder(run):
    for profile, solved in (("reference", 44), ("reference-one-flip", 43)):
        folder = run.run_dir / profile
        assert json.loads((folder / "run.json").read_text())["profile"]["name"] == profile
        assert _scores(run, profile)["scores"]["pass@1 plus"]["solved"] == solved
        assert len((folder / "verdicts.jsonl").read_text().splitlines()) == 44


@pytest.mark.slow
def test_a_tests_id_names_its_profile(run):
    assert "test_humaneval[reference-Starter/0]" in run.cases
    assert "test_humaneval[reference-one-flip-Starter/0]" in run.cases


@pytest.mark.slow
def test_the_first_profile_is_what_the_others_are_compared_with_in_pairs(run):
    against = _scores(run, "reference-one-flip")["gates"]["baseline"]

    assert "baseline" not in _scores(run, "reference")["gates"]
    assert against["verdict"] == "INCONCLUSIVE"
    assert against["figures"]["newly_failing"] == ["Starter/32"]
    assert "humaneval-baseline[reference-one-flip]" in run.cases


@pytest.mark.slow
def test_one_table_has_them_all(run):
    at = run.lines.index("humaneval, pass@1 plus")
    rows = [line.split() for line in run.lines[at + 2 : at + 5]]

    published, compared = ["100.0", "%", "published"], ["baseline", "-2.3", "-1", "+0", ".2500", "INCONCLUSIVE"]
    assert rows == [
        ["reference", "44", "100.0", "%", "92.0-100.0", *published, "0.0", "-", "-", "PASS"],
        ["reference-one-flip", "44", "97.7", "%", "88.0-99.9", *published, "-2.3", "-", "-", "FAIL"],
        compared,
    ]
    assert "baseline: reference" in run.lines
    assert [row["profile"] for row in run.json("comparison.json")["suites"][0]["profiles"]] == SEVERAL.split(",")


@pytest.mark.slow
def test_the_published_score_still_decides_about_each(run):
    assert run.code == 1  # one flip is below a score that holds by construction
    assert _scores(run, "reference")["gates"]["published"]["verdict"] == "PASS"
    assert _scores(run, "reference-one-flip")["gates"]["published"]["verdict"] == "FAIL"


@pytest.mark.slow
def test_a_profile_that_cannot_begin_is_told_and_the_others_go_on(suite, tmp_path):
    (tmp_path / "own.toml").write_text(NOBODY)

    run = suite("--profile", "nobody,reference", f"--profiles-file={tmp_path / 'own.toml'}")

    assert run.code == 1
    assert _scores(run, "reference")["gates"]["published"]["verdict"] == "PASS"
    assert _scores(run, "reference")["gates"]["baseline"]["verdict"] == "NOT GATED"
    headline = run.cases["humaneval[nobody]"].find("error").attrib["message"]
    assert "INVALID: 44 of 44 missing" in headline
    assert "no-such-engine" in headline
    assert any(line.startswith("no result of nobody: ") and "no-such-engine" in line for line in run.lines)


@pytest.mark.slow
def test_an_earlier_run_can_be_what_all_are_compared_with(suite, reference_run):
    run = suite("--profile", "reference-one-flip", f"--baseline={reference_run.run_dir}")

    assert run.gates["baseline"]["figures"]["newly_failing"] == ["Starter/32"]
    assert "reference of 20" in run.gates["baseline"]["headline"]
    assert any("is not all the same: embedded.wrong_count null there, 1 here" in line for line in run.lines)


@pytest.mark.slow
def test_another_of_the_profiles_can_be_the_baseline(suite):
    run = suite("--profile", SEVERAL, "--baseline", "reference-one-flip", "-k", "Starter/32 or Starter/31")

    assert run.json("comparison.json")["suites"][0]["against"] == "reference-one-flip"
    assert "baseline" not in _scores(run, "reference")["gates"]  # some problems are no score


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--baseline=referense"], "unknown baseline 'referense': did you mean reference"),
        (["--replies=x.jsonl"], "--replies is about one profile, and --profile names reference, reference-one-flip"),
        (
            ["--base-url=http://host/v1"],
            "--base-url is about one profile, and --profile names reference, reference-one",
        ),
    ],
    ids=lambda value: value[0].partition("=")[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_said_of_several(refusal, arguments, said):
    assert said in refusal("--profile", SEVERAL, *arguments)


@pytest.mark.slow
def test_a_resumed_run_asks_only_what_is_missing(suite, run, tmp_path):
    folder = shutil.copytree(run.run_dir, tmp_path / "run")

    again = suite("-m", BOTH, "--profile", SEVERAL, f"--run-dir={folder}")

    assert again.output.count("resuming: 44 of 44 replies are there, 0 to ask") == 4


@pytest.mark.slow
def test_a_folder_without_a_name_can_be_meant_as_a_baseline(suite):
    run = suite("--baseline=.")

    assert run.code == 4
    assert "--baseline . holds no run: name a profile of this command" in run.output


@pytest.mark.slow
def test_a_run_is_no_baseline_of_itself(suite, reference_run):
    run = suite(f"--run-dir={reference_run.run_dir}", f"--baseline={reference_run.run_dir}")

    assert run.code == 4
    assert "no run is a baseline of itself" in run.output


@pytest.mark.slow
def test_a_loss_is_not_recorded_and_one_of_two_alike_is(suite, tmp_path):
    scores = tmp_path / "scores.json"
    before = json.loads((ROOT / "reference-scores.json").read_text())
    scores.write_text(json.dumps(before))
    (tmp_path / "own.toml").write_text('[worse]\nextends = "reference"\nembedded.wrong_count = 8\n')
    options = ["--profile", "reference,worse", f"--profiles-file={tmp_path / 'own.toml'}"]

    run = suite(*options, "--record-reference", f"--references={scores}")

    assert run.code == 1
    [recorded] = json.loads(scores.read_text())["entries"][len(before["entries"]) :]
    assert recorded["solved_count"] == 44
    assert any(line.startswith("recording    NOT recorded: to a reference, reference is") for line in run.lines)


@pytest.mark.slow
def test_a_comparison_that_cannot_be_written_loses_no_gate(suite, tmp_path):
    (tmp_path / "comparison.json").mkdir()

    run = suite("--profile", SEVERAL, f"--run-dir={tmp_path}")

    assert run.code == 1
    assert "servecheck: the comparison cannot be written: " in run.output
    assert "humaneval-baseline[reference-one-flip]" in run.cases


@pytest.mark.slow
def test_several_samples_of_a_problem_are_compared_by_their_shares(suite):
    run = suite("--profile=reference,reference-degraded", "--samples=2")

    scores = json.loads((run.run_dir / "reference-degraded" / "scores.json").read_text())
    gate = scores["gates"]["baseline"]
    assert gate["figures"]["gate"] == "paired-samples"
    assert len(gate["figures"]["worse"]) == 4
    assert gate["figures"]["sign_flip_p"] == pytest.approx(0.5**4)
    assert gate["verdict"] == "INCONCLUSIVE"


@pytest.mark.slow
def test_an_earlier_run_is_compared_with_whatever_the_samples_of_a_problem(suite, capsys):
    """Live and of the stored runs: one decision, and the same figures."""
    earlier = suite("--profile=reference")

    run = suite("--profile=reference-degraded", "--samples=2", f"--baseline={earlier.run_dir}")

    gate = json.loads((run.run_dir / "scores.json").read_text())["gates"]["baseline"]
    assert (gate["verdict"], gate["figures"]["gate"], len(gate["figures"]["worse"])) == (
        "INCONCLUSIVE", "paired-samples", 4,
    )  # fmt: skip
    assert "FAIL from 5 problems lost in all samples" in run.output
    assert "where the samples of a problem agree" in run.output
    assert "samples 1 there, 2 here" in run.output
    for page in ("report.md", "report.html"):
        assert "worse, in points" in (run.run_dir / page).read_text()
    assert "4 problems worse" in run.cases["humaneval-baseline[reference-degraded]"].find("skipped").get("message")
    main(["compare", str(earlier.run_dir), str(run.run_dir), "--json"])
    (compared,) = json.loads(capsys.readouterr().out)["suites"]
    stored = compared["runs"][0]["gate"]
    assert {**stored["figures"], "against": ""} == {**gate["figures"], "against": ""}
    assert stored["verdict"] == gate["verdict"]
