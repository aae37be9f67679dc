"""What a fingerprint run may be held to, and what is refused in words."""

from __future__ import annotations

import pytest
from servecheck.errors import UsageError
from servecheck.fingerprint.filler_text import STYLES
from servecheck.fingerprint.prompts import FingerprintPrompt, prompts_for
from servecheck.fingerprint.recorded import prompt_digest
from servecheck.rundir.fingerprint_json import FingerprintRunEntry, write_fingerprint
from servecheck.rundir.fingerprint_readings import ReadingFile
from servecheck.runs.fingerprint.conclusion import concluded
from servecheck.runs.fingerprint.held_to import HeldTo, density_of, earlier_run, same_prompts
from servecheck.runs.fingerprint.setting import ServerAbilities, checked_setting

from suites.selftest.fingerprint.recorded_texts import PROMPT, line, recorded_texts

pytestmark = pytest.mark.selftest

DENSITY = dict.fromkeys(STYLES, 0.5)


def _stored(folder, **changes):
    known = {
        "suite": "fingerprint",
        "purpose": "record",
        "profile": "p",
        "manifest": {},
        "began_at": "2026-11-30T10:00:00+00:00",
        "prompts": {PROMPT.id: prompt_digest(PROMPT)},
        "density": DENSITY,
        "method": "one_token",
        "whole": True,
    }
    entry = FingerprintRunEntry(**known | changes)
    write_fingerprint(folder, entry)
    with ReadingFile(folder) as kept:
        for one in (line(), line(1), line(2, condition="loaded")):
            kept.add(one)
    return entry


def test_an_earlier_run_that_recorded_is_one(tmp_path):
    _stored(tmp_path)

    found = earlier_run(tmp_path)

    assert found.texts.lines == (line(), line(1), line(2, condition="loaded"))
    assert str(tmp_path) in found.told


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"purpose": "check", "against": "q"}, "was itself held to q"), ({"whole": False}, "not read to the end")],
)
def test_one_that_checked_or_was_ended_is_not(tmp_path, changes, why):
    _stored(tmp_path, **changes)

    with pytest.raises(UsageError, match=why):
        earlier_run(tmp_path)


def test_a_folder_without_a_fingerprint_is_refused(tmp_path):
    with pytest.raises(UsageError, match="holds no fingerprint"):
        earlier_run(tmp_path)


def test_a_prompt_that_was_edited_is_not_compared():
    edited = FingerprintPrompt(PROMPT.id, PROMPT.kind, PROMPT.depth, ({"role": "user", "content": "Hullo."},))

    assert same_prompts((PROMPT,), recorded_texts()) == (PROMPT,)
    assert same_prompts((), recorded_texts()) == ()
    with pytest.raises(UsageError, match="other prompts of the same names"):
        same_prompts((edited,), recorded_texts())


def test_a_style_of_another_version_is_told():
    with pytest.raises(UsageError, match="record it anew"):
        density_of({"prose": 1.0})


def test_prompts_that_a_shorter_server_has_no_room_for_are_left_out_and_told():
    made = prompts_for(4096, DENSITY)
    texts = recorded_texts(length=4096, density=DENSITY, prompts={one.id: prompt_digest(one) for one in made})

    found = checked_setting(ServerAbilities(20), 1024, texts)

    assert {one.depth for one in found.prompts} == {16, 256}
    assert "left out" in found.notes[0]
    assert len(checked_setting(ServerAbilities(20), 4096, texts).prompts) == len(made)


def test_a_run_that_is_held_to_nothing_says_how_one_is_recorded(tmp_path):
    entry = _stored(tmp_path)

    found = concluded(entry, [line(), line(1), line(2, condition="loaded")], "no fingerprint of m is recorded")

    assert "--record-reference" in found.reason


def test_a_run_with_other_prompts_is_not_comparable(tmp_path):
    entry = _stored(tmp_path)
    other = HeldTo("q", recorded_texts(prompts={PROMPT.id: "0" * 64}))

    assert "has no prompt of this run" in concluded(entry, [line(), line(1)], other).reason
