"""What an earlier version wrote is read by all that reads such things, or refused in a line that says what to do.

``earlier_version`` holds run directories of that version, packed, without pages, pictures and logs: ``graded`` has
replies with four kinds of fault and one request that was sent again, ``several_samples`` two samples a problem,
``instruct`` lost every reply to lm-eval's filter, ``throughput`` is of speculative decoding off, on, on and off. Beside
them stand a file of profiles and one of reference scores, in which an accepted run stands beside its origin.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest
from servecheck.gates.recorded_samples import recorded_samples
from servecheck.gates.reference_file import load_references
from servecheck.problems import load_problem_set
from servecheck.profiles.load import load_profile
from servecheck.report.command import main
from servecheck.rundir.earlier_run import read_baseline

HERE = Path(__file__).parent / "earlier_version"
KINDS = ("graded", "several_samples", "instruct", "throughput")
ASKED = {
    "graded": ("-m", "humaneval", "--profile=kept"),
    "several_samples": ("-m", "humaneval", "--profile=kept", "--samples=2"),
    "instruct": ("-m", "humaneval_instruct", "--profile=reference", "--transforms=none"),
}
SCORES = {"graded": "scores.json", "several_samples": "scores.json", "instruct": "humaneval_instruct-scores.json"}


@pytest.fixture
def stored(tmp_path):
    """Unpack a run directory of that kind."""

    def unpacked(kind: str) -> Path:
        with tarfile.open(HERE / f"{kind}.tar.xz") as packed:
            packed.extractall(tmp_path, filter="data")
        return tmp_path / kind

    return unpacked


@pytest.fixture
def references(tmp_path):
    path = tmp_path / "scores.json"
    shutil.copyfile(HERE / "reference-scores.json", path)
    return path


@pytest.fixture
def asked_again(suite, references):
    """Give a command on a run directory, as its user of then would."""
    return lambda folder, *options: suite(
        *options, f"--run-dir={folder}", f"--references={references}", f"--profiles-file={HERE / 'profiles.toml'}"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("graded", "38/44"),
        ("several_samples", "86.4 %"),
        ("instruct", "0/44"),
        ("throughput", "Throughput and latency"),
    ],
)
def test_its_reports_are_made_anew(stored, kind, told):
    folder = stored(kind)

    assert main(["write", str(folder)]) == 0
    assert told in (folder / "report.html").read_text()
    assert (folder / "report.md").read_text()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("instruct", "kept has humaneval, reference has humaneval_instruct; name runs of one suite"),
        ("throughput", "kept has humaneval, kept-mtp has none that was graded; name runs of one suite"),
    ],
)
def test_what_makes_no_pairs_with_the_others_is_not_compared_and_says_so(stored, capsys, kind, said):
    assert main(["compare", str(stored("graded")), str(stored(kind))]) == 4
    assert said in capsys.readouterr().err


def test_it_is_compared_with_another_one(stored, tmp_path, capsys):
    twin = shutil.copytree(stored("graded"), tmp_path / "twin")

    assert main(["compare", str(stored("graded")), str(twin), "--json"]) == 0

    (compared,) = json.loads(capsys.readouterr().out)["suites"]
    assert compared["runs"][0]["gate"]["headline"].startswith("PASS: 0 newly failing, 0 newly solved of 44")


def test_several_samples_of_it_are_compared_with_one(stored, capsys):
    code = main(["compare", str(stored("graded")), str(stored("several_samples")), "--json"])

    (compared,) = json.loads(capsys.readouterr().out)["suites"]
    gate = compared["runs"][0]["gate"]
    assert code == (gate["verdict"] == "FAIL")
    assert (gate["figures"]["gate"], gate["figures"]["n"]) == ("paired-samples", 44)


def test_it_is_a_baseline_of_today_s_runs(stored):
    starter = load_problem_set("starter")

    baseline = read_baseline(
        stored("graded"),
        problems=starter.name,
        problems_sha256=starter.sha256,
        task_ids=starter.task_ids,
        suites=["humaneval"],
    )

    assert sum(solved for _, solved in baseline.samples["humaneval"].values()) == 38
    assert (baseline.name, baseline.margins) == ("kept of 2026-11-29", {"humaneval": 8.0})


def test_its_scores_are_in_the_history(stored, tmp_path, capsys):
    for kind in KINDS:
        stored(kind)

    assert main(["history", str(tmp_path)]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("2026-11-29")]
    assert [line[3] for line in lines] == ["86.4", "86.4", "0.0"]


def test_its_profiles_are_those_that_they_were():
    kept, mtp, vllm = (load_profile(name, extra=HERE / "profiles.toml") for name in ("kept", "kept-mtp", "kept-vllm"))

    assert (kept.margin, kept.sampling.seed, kept.embedded.fault_tries) == (8.0, 7, 2)
    assert (mtp.speculation.kind, mtp.speculation.min_speed_up) == ("MTP", {"2": 0.5})
    assert (vllm.speculation.kind, vllm.margin, len(vllm.reasoning_markers)) == ("EAGLE-3", 5.0, 1)


def test_its_references_have_the_outcomes_that_they_had():
    published, origin, latest = load_references(HERE / "reference-scores.json").entries
    task_ids = [f"Starter/{number}" for number in range(44)]

    assert not published.is_recorded
    assert sum(solved for _, solved in recorded_samples(origin, task_ids).values()) == 38
    assert [task_id for task_id, (_, solved) in recorded_samples(latest, task_ids).items() if not solved] == [
        f"Starter/{number}" for number in (10, 13, 17, 24, 25, 26, 32, 40)
    ]
    assert (latest.accepted, latest.origin) == ("a second one, to be kept", origin.as_origin)


def scored(folder: Path, kind: str) -> dict[str, int]:
    return {name: score["solved"] for name, score in json.loads((folder / SCORES[kind]).read_text())["scores"].items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    ["graded", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("several_samples", "instruct"))],
)
def test_a_run_that_was_broken_off_asks_what_is_left_and_comes_to_the_same_score(stored, asked_again, kind):
    folder = stored(kind)
    before = scored(folder, kind)
    for number in (0, 1):
        (folder / "generations" / f"Starter_{number}-0.json").unlink()
    (folder / SCORES[kind]).unlink()
    verdicts = (folder / "verdicts.jsonl").read_text().splitlines(keepends=True)
    (folder / "verdicts.jsonl").write_text("".join(verdicts[2:]))

    run = asked_again(folder, *ASKED[kind])

    assert f"{len(verdicts) - 2} of {len(verdicts)} replies are there, 2 to ask" in run.output
    assert scored(folder, kind) == before
    assert run.code == 0


@pytest.mark.slow
def test_a_throughput_run_is_not_gone_on_with(stored, asked_again):
    run = asked_again(stored("throughput"), "-m", "throughput", "--profile=kept-mtp")

    assert run.code == 4
    assert "exists and is neither empty nor a run: name a new one, or one that is to be resumed" in run.output


@pytest.mark.slow
def test_it_is_replayed_and_accepted_and_held_to_both_runs_that_were(stored, asked_again, references):
    before = load_references(references).entries

    run = asked_again(stored("graded"), "-m", "humaneval", "--profile=replay", "--record-reference", "--accept=again")

    assert run.code == 0
    gates = [line for line in run.lines if line.startswith("gate         PASS: 0 newly failing")]
    assert "2 newly solved of 44 (+4.5 points) against 81.8 % of 2026-11-29" in gates[0]
    assert gates[1].endswith("against 86.4 % of 2026-11-29, mid-p .5000, margin 8 points (accepted: made to be kept)")
    *kept, entry = load_references(references).entries
    assert kept == list(before[:2])
    assert (entry.score, entry.accepted, entry.origin) == ("86.4", "again", before[1].as_origin)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("several_samples", "76 of 88 samples of 44 problems solved, 86.4 %, in "),
        ("instruct", "0 of 44 solved, 0.0 %, in "),
    ],
)
def test_one_of_another_kind_is_replayed_and_accepted_too(stored, asked_again, kind, told):
    folder = stored(kind)

    run = asked_again(folder, *ASKED[kind][:2], "--profile=replay", "--record-reference", "--accept=again")

    assert any(line.startswith(f"recording    {told}") for line in run.lines)
