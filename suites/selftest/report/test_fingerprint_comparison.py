"""``servecheck compare`` of fingerprint runs: the texts of each are held to those that the first one recorded."""

from __future__ import annotations

import json
from shutil import copytree

import pytest
from servecheck.errors import UsageError
from servecheck.report.command import main
from servecheck.report.fingerprint_comparison import (
    are_fingerprints,
    compared_fingerprint_lines,
    compared_fingerprints,
)
from servecheck.rundir.fingerprint_json import read_fingerprint, write_fingerprint
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.fingerprint.simulated_readings import everywhere, weights_noise, where
from suites.selftest.report.fingerprints_on_disk import checked_run, recorded_run
from suites.selftest.report.runs_on_disk import written_run

pytestmark = pytest.mark.selftest


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """By name; made once, for none of these tests changes them."""
    folder = tmp_path_factory.mktemp("fingerprints")
    return {
        "good": recorded_run(folder / "good"),
        "again": checked_run(folder / "again"),
        "other": recorded_run(folder / "other", everywhere),
        "loaded": checked_run(folder / "loaded", where(lambda asked: asked.condition == "loaded")),
    }


def verdicts(*folders):
    found = compared_fingerprints([read_stored_run(folder) for folder in folders])
    return {one.label: str(one.gates["fingerprint"].verdict) for one in found}


def test_each_is_held_to_the_first_whether_it_recorded_or_checked(runs):
    assert verdicts(runs["good"], runs["again"], runs["other"], runs["loaded"]) == {
        "again": "PASS",
        "other": "FAIL",
        "loaded": "FAIL",
    }


def test_corruption_under_load_alone_is_named_so(runs):
    good, loaded = (read_stored_run(runs[name]) for name in ("good", "loaded"))
    (found,) = compared_fingerprints([good, loaded])

    assert found.fails
    assert "well idle and badly under load" in found.gates["fingerprint"].headline


def test_what_a_run_scored_is_not_compared_for_it_was_another_text(runs):
    (found,) = compared_fingerprints([read_stored_run(runs[name]) for name in ("good", "again")])

    assert {cell["how"] for cell in found.gates["fingerprint"].figures["cells"]} == {"generated"}
    assert any("texts alone are compared" in detail for detail in found.gates["fingerprint"].details)


def test_the_command_draws_each_and_ends_as_the_worst(runs, capsys):
    same = main(["compare", str(runs["good"]), str(runs["again"])])
    lines = capsys.readouterr().out.splitlines()
    broken = main(["compare", str(runs["good"]), str(runs["again"]), str(runs["other"])])

    assert (same, broken) == (0, 1)
    assert lines[0] == "again against good"
    assert any(line.startswith("generated idle") for line in lines)
    assert any(line.startswith("  mathematics") for line in lines)
    assert any(line.startswith("gate         fingerprint: PASS: the same as good at 28 prompts") for line in lines)


def test_for_programs_it_is_json(runs, capsys):
    main(["compare", str(runs["good"]), str(runs["other"]), "--json"])
    (found,) = json.loads(capsys.readouterr().out)

    assert (found["run"], found["against"], found["gates"]["fingerprint"]["verdict"]) == ("other", "good", "FAIL")


def test_one_that_was_not_read_to_the_end_or_has_other_prompts_cannot_be_compared(runs, tmp_path):
    ended = checked_run(tmp_path / "ended", whole=False)
    others = checked_run(tmp_path / "others", prompts={"chat-16-0": "1" * 64})
    found = compared_fingerprints([read_stored_run(one) for one in (runs["good"], ended, others)])

    assert [one.gates["fingerprint"].headline for one in found] == [
        "INVALID: one of them was not read to the end",
        "INVALID: they have no prompt in common",
    ]
    assert all(one.fails for one in found)


def test_what_one_of_them_was_not_asked_is_told(runs, tmp_path):
    shallow = tmp_path / "shallow"
    copytree(runs["again"], shallow)
    known = read_fingerprint(shallow)
    left = {name: digest for name, digest in known.prompts.items() if "-16-" in name}
    write_fingerprint(shallow, known.model_copy(update={"prompts": left}))
    (found,) = compared_fingerprints([read_stored_run(one) for one in (runs["good"], shallow)])

    told = found.gates["fingerprint"].details
    assert any(line.endswith("prompts of good are none of the other, and not compared") for line in told)
    assert any(line.startswith("compared to depth 16 only, and good goes to depth 2,048") for line in told)


def test_runs_that_were_asked_otherwise_are_not_told_to_be_other_weights(runs, tmp_path):
    known = read_fingerprint(runs["good"])
    for name, prompt in (("plain", None), ("prompted", "Hm.")):
        (tmp_path / name).mkdir()
        asked = {"identity": {"thinking": "off", "system_prompt": prompt}}
        write_fingerprint(tmp_path / name, known.model_copy(update={"manifest": asked, "profile": name}))
    (found,) = compared_fingerprints([read_stored_run(tmp_path / name) for name in ("plain", "prompted")])

    assert found.gates["fingerprint"].headline == (
        f"INVALID: they were asked otherwise, and a difference would say nothing of the model ({found.against}: system "
        "prompt None, the other 'Hm.')"
    )


@pytest.mark.parametrize(
    ("names", "why"),
    [(["again", "good"], "recorded none: name one that did first"), (["good"], "takes two runs or more")],
)
def test_what_it_cannot_be_held_to_is_refused(runs, names, why):
    with pytest.raises(UsageError, match=why):
        compared_fingerprints([read_stored_run(runs[name]) for name in names])


def test_a_fingerprint_beside_a_run_with_a_score_is_no_comparison_of_fingerprints(runs, tmp_path, capsys):
    scored = written_run(tmp_path / "scored")

    assert not are_fingerprints([read_stored_run(runs["good"]), read_stored_run(scored)])
    assert main(["compare", str(runs["good"]), str(scored)]) == 4
    assert capsys.readouterr().err.strip()


def test_a_name_from_a_folder_does_nothing_to_a_terminal(runs, tmp_path):
    hostile = checked_run(tmp_path / "hostile", weights_noise(0.5), profile="\x1b[2Jevil")
    found = compared_fingerprints([read_stored_run(runs["good"]), read_stored_run(hostile)])

    assert all(line.isprintable() for line in compared_fingerprint_lines(found))
