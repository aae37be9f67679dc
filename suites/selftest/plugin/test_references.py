"""A run that is recorded is what later runs are held to, in pairs, from the tracked file alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PAIRED = "humaneval-paired[{}]"
ROOT = Path(__file__).parents[3]
INSTRUCT = ROOT / "suites" / "humaneval_instruct"


@pytest.fixture(scope="module")
def references(recorded) -> Path:
    return recorded.run_dir.with_name("scores.json")


@pytest.fixture(scope="module")
def held_to(suite, references):
    return lambda *options: suite(f"--references={references}", *options)


def test_recording_adds_one_entry_with_every_outcome(recorded, references):
    before = json.loads((ROOT / "reference-scores.json").read_text())["entries"]
    *others, entry = json.loads(references.read_text())["entries"]

    assert recorded.code == 0
    assert others == before
    assert (entry["solved"], entry["solved_count"], entry["n"]) == ("f" * 11, 44, 44)
    assert any(line.startswith("recording    44 of 44 solved, 100.0 %, in ") for line in recorded.lines)


@pytest.mark.slow
def test_the_same_again_passes_in_pairs_and_is_enough_where_a_gate_is_required(held_to):
    run = held_to("--require-gate")

    assert run.code == 0
    assert {name: gate["verdict"] for name, gate in run.gates.items()} == {"published": "PASS", "paired": "PASS"}
    assert run.cases[PAIRED.format("reference")].find("failure") is None
    assert any("FAIL from 4 newly failing" in line for line in run.lines[:16])


@pytest.mark.slow
def test_a_tenth_wrong_fails_in_terminal_junit_and_exit_code(held_to):
    run = held_to("--profile=reference-degraded")

    assert run.code == 1
    assert run.gates["paired"]["verdict"] == "FAIL"
    assert (
        run.cases[PAIRED.format("reference-degraded")].find("failure").attrib["message"]
        == (run.gates["paired"]["headline"])
    )
    assert len(run.gates["paired"]["figures"]["newly_failing"]) == 4
    assert any(line.startswith("gate         FAIL: 4 newly failing, 0 newly solved of 44") for line in run.lines)


@pytest.mark.slow
def test_a_run_that_lost_takes_the_recorded_ones_place_only_where_it_is_accepted(held_to, references):
    before = references.read_bytes()

    run = held_to("--profile=reference-degraded", "--record-reference")

    assert run.code == 1
    (line,) = [line for line in run.lines if line.startswith("recording    NOT recorded: ")]
    assert "a loss of 9.1 points is proven against the entry that it would replace" in line
    assert references.read_bytes() == before


@pytest.mark.slow
def test_one_flip_of_44_is_listed_and_undecided_so_the_published_score_decides(held_to):
    # a true loss of 10 points, the margin, gives one flip or none 6 times in 100
    run = held_to("--profile=reference-one-flip")
    (flipped,) = [record["task_id"] for record in run.verdicts if not record["solved"]]

    assert run.code == 1
    assert run.gates["paired"]["verdict"] == "INCONCLUSIVE"
    assert any(line.strip() == f"newly failing: {flipped}" for line in run.lines)
    assert run.gates["published"]["headline"].startswith("FAIL: 43 of 44 solved")


@pytest.mark.slow
def test_a_run_of_several_samples_is_recorded_and_gates_one_of_one_sample(suite, tmp_path):
    references = f"--references={tmp_path / 'scores.json'}"
    several = suite(references, "--samples=3", "--temperature=0.7", "--record-reference")

    one = suite(references, "--temperature=0.7", "--require-gate")

    assert several.code == one.code == 0
    assert any(
        line.startswith("recording    132 of 132 samples of 44 problems solved, 100.0 %, in ") for line in several.lines
    )
    assert one.gates["paired"]["headline"].startswith("PASS: 0.0 points, 0 problems worse and 0 better of 44 against")
    assert "n: 44 problems, 44 samples here and 132 there" in one.gates["paired"]["details"]


@pytest.mark.slow
def test_without_a_reference_a_required_gate_fails_and_says_how_to_record_one(suite, written, canonical_rows):
    run = suite(written(canonical_rows), "--problems=starter", "--require-gate")

    failure = run.cases["humaneval[given]"].find("failure")

    assert run.code == 1
    assert failure.attrib["message"].startswith("NO REFERENCE: 44 of 44 solved")
    assert "give this command again with --record-reference" in failure.attrib["message"]


@pytest.mark.slow
def test_a_run_that_measured_nothing_is_not_recorded(suite, references):
    before = references.read_bytes()

    run = suite(f"--references={references}", "--record-reference", "-k", "Starter/1")

    assert run.code == 1
    assert "recording    NOT recorded: only a valid verdict on every problem of the set can be" in run.lines
    assert references.read_bytes() == before


@pytest.mark.slow
def test_github_gets_the_same_verdicts(held_to, suite, references, tmp_path):
    summary = tmp_path / "summary.md"

    run = suite(
        f"--references={references}",
        "--profile=reference-degraded",
        environment={"GITHUB_STEP_SUMMARY": str(summary)},
    )

    text = summary.read_text()
    assert "**FAIL** `humaneval published: reference-degraded`" in text
    assert "**FAIL** `humaneval paired: reference-degraded`" in text
    assert [name for name in run.gates["paired"]["figures"]["newly_failing"] if f"`{name}`" not in text] == []


@pytest.mark.slow
def test_strict_problems_makes_every_unsolved_problem_a_failed_test(suite):
    run = suite("--profile=reference-degraded", "--strict-problems", "-n", "2")

    assert run.code == 1
    assert run.last_line().startswith("5 failed, 40 passed")
    assert (
        run.cases["test_humaneval[Starter/10]"].find("failure").attrib["message"].startswith("unsolved: wrong answer")
    )


@pytest.fixture(scope="module")
def broken_run(suite, tmp_path_factory):
    """Of a suite whose filter drops every reply, with a file of references that is not there yet."""
    references = tmp_path_factory.mktemp("broken") / "scores.json"
    return references, suite(
        "-m", "humaneval_instruct", "--transforms=none", f"--references={references}", "--record-reference"
    )


@pytest.mark.slow
class TestARunThatIsBroken:
    def test_is_not_recorded_and_says_what_speaks_against_it_and_how_to_accept_it(self, broken_run):
        references, run = broken_run
        (line,) = [line for line in run.lines if line.startswith("recording    ")]

        assert run.code == 1
        assert line.startswith(
            "recording    NOT recorded: it solved 0 of 44; a finding about server or harness explains"
        )
        assert "44 unsolved, fence first" in line
        assert f"--profile=replay --run-dir={run.run_dir}" in line
        assert not references.exists()
        assert "give this command again with --record-reference" not in run.output

    def test_is_recorded_later_from_its_folder_asking_nobody_and_its_reason_stands_at_every_gate(
        self, suite, broken_run, project_with
    ):
        references, broken = broken_run
        options = ("-m", "humaneval_instruct", f"--references={references}")

        later = suite(
            *options,
            "--profile=replay",
            f"--run-dir={broken.run_dir}",
            "--record-reference",
            "--accept=to see it",
            root=project_with(suites={INSTRUCT.name: {path.name: path.read_text() for path in INSTRUCT.glob("*.py")}}),
        )

        assert later.code == 0
        assert any("recording    0 of 44 solved, 0.0 %, in " in line for line in later.lines)
        assert not any("to ask:" in line or "server" in line.split()[:1] for line in later.lines)
        assert "it is recorded now, and gates later runs" in later.output

        gated = suite(*options, "--transforms=none", "--require-gate")

        assert gated.code == 0
        (headline,) = [line for line in gated.lines if line.startswith("gate         ")]
        assert headline.startswith("gate         PASS: 0 newly failing")
        assert headline.endswith("(accepted: to see it)")
