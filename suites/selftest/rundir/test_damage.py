"""A run whose files do not hold together is INVALID, ``damaged``, in every report, and a PASS in none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.report.command import main
from servecheck.report.write_reports import write_reports
from servecheck.rundir.stored_run import read_stored_run
from servecheck.rundir.throughput_json import GateEntry, write_throughput

from suites.selftest.report.runs_on_disk import PROFILE, written_run
from suites.selftest.report.test_curves import results

OTHER = PROFILE.model_copy(update={"name": "glm47-awq"})


def cut(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:200]) and None


def edited(folder: Path) -> None:
    path = folder / "verdicts.jsonl"
    path.write_text(path.read_text().replace('"solved": true', '"solved": false', 1))


DAMAGE = {
    "scores cut off": (cut("scores.json"), "scores.json is damaged"),
    "verdicts cut off": (cut("verdicts.jsonl"), "there are scores and no verdicts that they could rest on"),
    "verdicts edited": (edited, "the verdicts that are there say"),
    "verdicts gone": (lambda folder: (folder / "verdicts.jsonl").unlink(), "there are scores and no verdicts"),
    "manifest cut off": (cut("run.json"), "run.json is damaged"),
    "manifest gone": (lambda folder: (folder / "run.json").unlink(), "run.json is missing"),
}


@pytest.fixture(params=DAMAGE.values(), ids=DAMAGE)
def damaged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    harm, said = request.param
    folder = written_run(tmp_path / "harmed", profile=OTHER)
    harm(folder)
    return folder, said


def test_it_has_no_score_and_no_gate_that_passes(damaged: tuple[Path, str]) -> None:
    folder, said = damaged

    suite = read_stored_run(folder).suites["humaneval"]

    assert said in suite.damage
    assert suite.gated_score is None
    assert [str(gate.verdict) for gate in suite.gates.values()] == ["INVALID"]


def test_every_report_says_so_in_the_same_words(
    damaged: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, said = damaged
    sound = written_run(tmp_path / "sound")
    told = {}

    for report in write_reports(folder):
        told[report.name] = report.read_text()
    main(["history", str(folder)])
    told["history"] = capsys.readouterr().out
    assert main(["compare", str(sound), str(folder)]) == 4
    told["compare"] = capsys.readouterr().out
    assert main(["compare", str(folder), str(sound)]) == 4
    told["compare with it"] = capsys.readouterr().out

    for name, text in told.items():
        assert "INVALID" in text, name
        assert "damaged: " in text, name
        assert said in text, name
    assert not [name for name in ("report.md", "report.html") if ">PASS<" in told[name] or "| PASS |" in told[name]]


def test_a_measured_load_that_cannot_be_read_is_damaged_too(tmp_path: Path) -> None:
    (tmp_path / "throughput.json").write_text('{"format": 1, "blocks": [')

    run = read_stored_run(tmp_path)

    assert {name: str(gate.verdict) for name, gate in run.suites["throughput"].gates.items()} == {"points": "INVALID"}
    assert "throughput.json is damaged" in run.suites["throughput"].damage


PASSED = {name: GateEntry.of(Decision(GateVerdict.PASS, "PASS: x")) for name in ("points", "speed-up")}


@pytest.mark.parametrize(
    ("marks", "gates", "said"),
    [
        (["late"], PASSED, "1 points do not count, which its gates do not say"),
        (["late"], {"speed-up": PASSED["speed-up"]}, "1 points do not count, which its gates do not say"),
        ([], {}, "it has no gates"),
    ],
    ids=["a PASS beside a mark", "no gate on points beside a mark", "no gates"],
)
def test_a_measured_load_has_no_pass_that_its_points_do_not_bear_out(
    tmp_path: Path, marks: list[str], gates: dict[str, GateEntry], said: str
) -> None:
    write_throughput(tmp_path / "throughput.json", results("p", *marks).model_copy(update={"gates": gates}))

    run = read_stored_run(tmp_path)

    assert run.throughput is not None
    assert run.throughput.gates.keys() == (gates or {"points": None}).keys()
    for gate in run.throughput.gates.values():
        assert gate.verdict is GateVerdict.INVALID
        assert "damaged: " in gate.headline
        assert said in gate.headline


def test_a_measured_load_whose_points_count_is_as_its_gates_have_it(tmp_path: Path) -> None:
    write_throughput(tmp_path / "throughput.json", results("p").model_copy(update={"gates": PASSED}))

    run = read_stored_run(tmp_path)

    assert (run.throughput and run.throughput.gates, run.gaps) == (PASSED, ())


@pytest.mark.parametrize("harm", [cut("run.json"), lambda folder: (folder / "run.json").unlink()], ids=["cut", "gone"])
def test_a_measured_load_hides_no_suite_beside_it(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    folder = written_run(tmp_path / "a")
    write_throughput(folder / "throughput.json", results("p").model_copy(update={"gates": PASSED}))
    harm(folder)

    suite = read_stored_run(folder).suites["humaneval"]

    assert "run.json is" in suite.damage
    assert [str(gate.verdict) for gate in suite.gates.values()] == ["INVALID"]


def test_a_run_that_was_broken_off_is_not_damaged(tmp_path: Path) -> None:
    folder = written_run(tmp_path / "a", is_scored=False)

    suite = read_stored_run(folder).suites["humaneval"]

    assert (suite.damage, dict(suite.gates), suite.why_no_score) == ("", {}, "broken off before it was scored")


@pytest.mark.parametrize(
    "scores",
    [
        {"gates": None},
        {"gates": []},
        {"gates": {}},
        {"scores": None},
        {"gates": {"paired": {"verdict": "FAIL", "headline": 5}}},
        {"gates": {"paired": {"verdict": "FAIL!", "headline": "x"}}},
        {"scores": {"pass@1 base": {"solved": "some"}}},
        {"published": 5},
    ],
    ids=str,
)
def test_a_part_of_the_scores_that_cannot_be_read_leaves_no_pass(tmp_path: Path, scores: dict[str, Any]) -> None:
    folder = written_run(tmp_path / "a")
    stored = json.loads((folder / "scores.json").read_text())
    for name, told in scores.items():
        stored[name] = {**stored[name], **told} if told and isinstance(told, dict) else told
    (folder / "scores.json").write_text(json.dumps(stored))

    suite = read_stored_run(folder).suites["humaneval"]

    assert "scores.json" in suite.damage
    assert {str(gate.verdict) for gate in suite.gates.values()} == {"INVALID"}


def test_of_two_files_that_claim_one_suite_neither_is_believed(tmp_path: Path) -> None:
    folder = written_run(tmp_path / "a")
    (folder / "a-scores.json").write_text((folder / "scores.json").read_text().replace("PASS", "FAIL"))

    suite = read_stored_run(folder).suites["humaneval"]

    assert suite.damage == "a-scores.json and scores.json are both of the suite humaneval"
    assert str(suite.gates["published"].verdict) == "INVALID"


@pytest.mark.parametrize("end", ["\n", ""], ids=["a line", "a line that is cut short"])
def test_a_verdict_that_cannot_be_read_is_damage_but_for_what_a_killed_command_leaves(tmp_path: Path, end: str) -> None:
    folder = written_run(tmp_path / "a")
    with (folder / "verdicts.jsonl").open("a") as file:
        file.write('{"suite": "mention", "task' + end)

    suite = read_stored_run(folder).suites["humaneval"]

    assert suite.damage == ("verdicts.jsonl: 1 line(s) are damaged" if end else "")


@pytest.mark.parametrize("name", ["profile", "identity", "samples", "segments"])
@pytest.mark.parametrize("value", [None, [], {}, 5])
def test_a_manifest_that_lacks_a_part_is_damaged(tmp_path: Path, name: str, value: object) -> None:
    folder = written_run(tmp_path / "a")
    found = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**found, name: value}))

    assert read_stored_run(folder).suites["humaneval"].damage == f"run.json is damaged: it has no {name}"
