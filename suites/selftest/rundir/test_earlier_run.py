"""An earlier run is compared with only where its outcomes make pairs with this one's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.conditions import grader_identity
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.measure import Measure
from servecheck.profiles.schema import Profile, Sampling, SpeculativeDecoding
from servecheck.rundir.complete_run import CompleteRun
from servecheck.rundir.earlier_run import read_baseline
from servecheck.rundir.manifest import ASKED, FORMAT, identity
from servecheck.rundir.run_files import RunFiles
from servecheck.rundir.scores import scores

from suites.selftest.records import ALONE, Yes, record, suite_named

SHA = "0f" * 32
TASKS = ["T/0", "T/1", "T/2"]
SOLVED = {"T/0": True, "T/1": False, "T/2": True}
ONCE = {"T/0": (1, 1), "T/1": (1, 0), "T/2": (1, 1)}
PROFILE = Profile(name="glm47-fp8", model="zai-org/GLM-4.7-FP8", quantisation="fp8")
PASSED = {"published": Decision(GateVerdict.PASS, "PASS: said")}


def keys(profile: Profile = PROFILE) -> dict[str, Any]:
    return identity(profile, "starter", SHA, "asked")


def manifest(samples: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "identity": keys(),
        "profile": PROFILE.model_dump(mode="json"),
        "problems": {"name": "starter", "sha256": SHA, "total": 3},
        "samples": {task_id: list(range(samples)) for task_id in TASKS},
        "segments": [{"began_at": "2026-11-20T10:00:00.000+00:00"}, {"began_at": "2026-11-22T10:00:00.000+00:00"}],
        **changes,
    }


def run(
    folder: Path,
    *,
    suite: str = "humaneval",
    solved: dict[str, bool] = SOLVED,
    gates: dict[str, Decision] = PASSED,
    chosen: bool = False,
    scored: bool = True,
    **changes: Any,
) -> Path:
    """A run directory, written as runs write it."""
    files = RunFiles(folder)
    files.begin(manifest(**changes), [])
    records = [record(task_id, 0, one, suite=suite) for task_id, one in solved.items()]
    for one in records:
        files.add_verdict(one)
    if scored:
        own = suite_named(suite)
        grader = grader_identity(own.grader)
        files.finish(own, records, scores(records, ALONE), gates, margin=5, grader=grader, chosen=chosen)
    files.close()
    return folder


def read(folder: Path, **changes: Any) -> CompleteRun:
    wanted = {"problems": "starter", "problems_sha256": SHA, "task_ids": TASKS, "suites": ["humaneval"], **changes}
    return read_baseline(folder, **wanted)


def refusal(folder: Path, **changes: Any) -> str:
    with pytest.raises(UsageError) as raised:
        read(folder, **changes)
    text = str(raised.value)
    assert text.startswith(f"--baseline {folder}")
    assert text.isprintable()
    return text


def test_a_whole_run_gives_what_it_solved_in_the_sets_order(tmp_path):
    found = read(run(tmp_path, solved={"T/2": True, "T/1": False, "T/0": True}))

    assert list(found.samples["humaneval"].items()) == list(ONCE.items())
    assert (found.problems, found.problems_sha256, found.profile) == ("starter", SHA, "glm47-fp8")
    assert found.run_dir == tmp_path


def test_its_name_is_short_and_has_the_day_that_it_began(tmp_path):
    assert read(run(tmp_path)).name == "glm47-fp8 of 2026-11-20"


def test_every_suite_has_its_own(tmp_path):
    found = read(run(tmp_path, suite="mention"), suites=["mention"])

    assert found.samples == {"mention": ONCE}


def test_a_run_that_failed_its_own_gate_is_compared_with_all_the_same(tmp_path):
    failed = {"published": Decision(GateVerdict.FAIL, "FAIL: said")}

    assert read(run(tmp_path, gates=failed)).samples["humaneval"] == ONCE


def test_what_differs_is_said_in_phrases(tmp_path):
    found = read(run(tmp_path))
    other = PROFILE.model_copy(
        update={
            "sampling": Sampling(temperature=0.8),
            "speculation": SpeculativeDecoding(tokens=2),
            "flags": {"max-model-len": 8192},
        }
    )

    assert found.differences(keys(other)) == (
        'speculation null there, {"method": "mtp", "model": null, "tokens": 2, "lookup": null} here',
        "flags.max-model-len null there, 8192 here",
        "sampling.temperature 0.0 there, 0.8 here",
    )
    assert found.differences(keys()) == ()


def test_of_long_tables_the_entry_that_differs_is_told(tmp_path):
    flags = {f"flag-{number}": number for number in range(50)}
    before = identity(PROFILE.model_copy(update={"flags": flags}), "starter", SHA, "asked")
    found = read(run(tmp_path, identity=before))

    now = keys(PROFILE.model_copy(update={"flags": {**flags, "flag-49": "x" * 1000}}))

    (phrase,) = found.differences(now)
    assert phrase.startswith('flags.flag-49 49 there, "xxx')
    assert len(phrase) < 140


def test_a_folder_without_a_run_says_what_to_name(tmp_path):
    assert refusal(tmp_path).endswith("holds no run: name a profile of this command, or the folder of an earlier run")


@pytest.mark.parametrize("text", ['{"format": 1}', '{"for', "[]"])
def test_a_manifest_that_cannot_be_read_gives_advice_about_the_baseline(tmp_path, text):
    (tmp_path / "run.json").write_text(text)

    told = refusal(tmp_path)

    assert told.endswith("run that profile again, and name the folder of that run")
    assert "--run-dir" not in told


@pytest.mark.parametrize(
    "change",
    [{"profile": {}}, {"problems": []}, {"segments": [{}]}, {"samples": None}, {"samples": {"T/0": 1}}],
    ids=str,
)
def test_a_damaged_manifest_is_said_to_be_one(tmp_path, change):
    (tmp_path / "run.json").write_text(json.dumps({**manifest(), **change}))

    assert "run.json is damaged" in refusal(tmp_path)


def test_other_problems_make_no_pairs(tmp_path):
    run(tmp_path)

    assert "asked starter, and this command asks mbpp-plus: add --problems=starter" in refusal(
        tmp_path, problems="mbpp-plus"
    )
    assert f"another version of starter (sha256 {SHA[:12]}, here {'ab' * 6})" in refusal(
        tmp_path, problems_sha256="ab" * 32
    )


def test_missing_verdicts_are_counted_and_say_how_to_finish(tmp_path):
    told = refusal(run(tmp_path, solved={"T/0": True}))

    assert "no verdict of 2 of 3 problems (T/1 is the first)" in told
    assert told.endswith(f"finish it with --run-dir={tmp_path} and the options of that run")


def test_another_suites_verdicts_are_none(tmp_path):
    assert "no verdict of the suite humaneval (it has: mention)" in refusal(run(tmp_path, suite="mention"))


def test_a_run_that_was_never_scored_was_broken_off(tmp_path):
    assert "was broken off before it was scored" in refusal(run(tmp_path, scored=False))


def test_an_invalid_run_is_refused_with_its_reason(tmp_path):
    gates = {**PASSED, "published": Decision(GateVerdict.INVALID, "INVALID: \x1b[2J6 % of the replies are empty")}

    told = refusal(run(tmp_path, gates=gates))

    assert "cannot be compared with: INVALID: \\x1b[2J6 % of the replies are empty. Name a run that is valid" in told


def test_chosen_problems_were_never_gated_as_a_whole(tmp_path):
    assert "scored on some chosen problems alone" in refusal(run(tmp_path, chosen=True))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"chosen": false, "gates": {"published": {}}}'])
def test_scores_that_cannot_be_read_are_named(tmp_path, text):
    run(tmp_path)
    (tmp_path / "scores.json").write_text(text)

    assert "scores.json is damaged" in refusal(tmp_path)


def test_damaged_verdicts_say_what_to_do(tmp_path):
    run(tmp_path)
    (tmp_path / "verdicts.jsonl").write_text("{\n")

    with pytest.raises(UsageError, match="is damaged"):
        read(tmp_path)


def test_it_says_what_it_measured_with(tmp_path):
    asked, silent = read(run(tmp_path / "a", **{ASKED: "0a" * 32})), read(run(tmp_path / "b"))

    assert asked.measures == {"humaneval": Measure("evalplus_chat", "0a" * 32, grader_identity(Yes()))}
    assert silent.measures == {"humaneval": Measure("evalplus_chat", "", grader_identity(Yes()))}
