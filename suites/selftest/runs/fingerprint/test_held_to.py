"""What a fingerprint run may be held to, and what is refused in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.errors import UsageError
from servecheck.fingerprint.filler_text import STYLES
from servecheck.fingerprint.prompts import FingerprintPrompt, prompts_for
from servecheck.fingerprint.recorded import prompt_digest
from servecheck.profiles.schema import Profile
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


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"thinking": "on"}, "thinking 'on', this run 'off'"),
        ({"system_prompt": "Be\x1b[2J kind."}, r"system prompt 'Be\x1b[2J kind.', this run None"),
    ],
)
def test_one_that_was_asked_otherwise_is_refused(tmp_path, asked, why):
    _stored(tmp_path, manifest={"identity": {"thinking": "off", "system_prompt": None} | asked})

    with pytest.raises(UsageError) as refused:
        earlier_run(tmp_path, Profile(name="p", model="m"))

    assert f"was asked otherwise, and a difference would say nothing of the model ({why})" in str(refused.value)


def test_a_folder_without_a_fingerprint_is_refused(tmp_path):
    with pytest.raises(UsageError, match="holds no fingerprint"):
        earlier_run(tmp_path)


def test_a_prompt_that_was_edited_is_not_compared():
    edited = FingerprintPrompt(PROMPT.id, PROMPT.kind, PROMPT.depth, ({"role": "user", "content": "Hullo."},))

    assert same_prompts((PROMPT,), recorded_texts()) == (PROMPT,)
    with pytest.raises(UsageError, match="other prompts of the same names"):
        same_prompts((edited,), recorded_texts())
    with pytest.raises(UsageError, match=f"this version of the suite has not .{PROMPT.id}"):
        same_prompts((), recorded_texts())


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


@pytest.mark.parametrize(
    ("recorded", "served", "told"),
    [
        (4096, 4096, ()),
        (4096, 4200, ()),
        (4096, 131072, ("compared to depth 3,520 only, and this server has room for 120,320",)),
        (None, 131072, ("compared to depth 2,048 only, and this server has room for 120,320",)),
        (
            8192,
            4096,
            ("recorded prompts are left out", "compared to depth 2,048 only, and this server has room for 3,5"),
        ),
        (4096, None, ("the server does not tell its context length: beyond depth 3,520 this says nothing",)),
    ],
)
def test_depths_that_a_server_has_and_nobody_recorded_are_told(recorded, served, told):
    made = prompts_for(recorded, DENSITY)
    texts = recorded_texts(length=recorded, density=DENSITY, prompts={one.id: prompt_digest(one) for one in made})

    notes = checked_setting(ServerAbilities(20), served, texts).notes

    assert len(notes) == len(told)
    assert all(words in note for note, words in zip(notes, told, strict=True))


def test_prompts_that_the_recorded_server_refused_are_told():
    made = prompts_for(4096, DENSITY)
    digests = {one.id: prompt_digest(one) for one in made if one.kind != "tools"}

    (note,) = checked_setting(
        ServerAbilities(20), 4096, recorded_texts(length=4096, density=DENSITY, prompts=digests)
    ).notes

    assert note.startswith(f"{len(made) - len(digests)} of {len(made)} prompts were not recorded")
    assert "tools-16-1" in note


def test_a_run_that_is_held_to_nothing_says_how_one_is_recorded(tmp_path):
    entry = _stored(tmp_path)

    found = concluded(entry, [line(), line(1), line(2, condition="loaded")], "no fingerprint of m is recorded")

    assert "--record-reference" in found.reason


def test_what_a_new_recording_is_not_compared_at_is_told(tmp_path):
    entry = _stored(tmp_path)
    more = HeldTo("q", recorded_texts(prompts=recorded_texts().prompts | {"chat-32768-1": "0" * 64}))

    found = concluded(entry, [line(), line(1), line(2, condition="loaded")], more)

    assert "1 of 2 prompts of q are none of this run, and not compared" in found.notes


def test_a_new_recording_that_goes_deeper_says_to_which_depth_it_is_compared(tmp_path):
    deep = line(prompt="chat-8192-1", depth=8192).model_copy(update={"prompt": "chat-8192-1"})
    entry = _stored(tmp_path, prompts=recorded_texts().prompts | {"chat-8192-1": "0" * 64})

    found = concluded(entry, [line(), deep, line(1), line(2, condition="loaded")], HeldTo("q", recorded_texts()))

    assert "1 of 2 prompts of this run are none of q, and not compared" in found.notes
    assert (
        "compared to depth 16 only, and this run goes to depth 8,192: of a fault beyond 16 this says nothing"
    ) in found.notes


def test_a_recording_without_load_says_nothing_of_load(tmp_path):
    entry = _stored(tmp_path)
    idle = HeldTo("q", recorded_texts(lines=(line(), line(1))))

    found = concluded(entry, [line(), line(1)], idle)

    assert "q was read one request at a time: of a fault under load this says nothing" in found.notes


@pytest.mark.parametrize(("then", "is_told"), [(16, True), (8, False), (4, False), (None, False)])
def test_less_load_than_was_recorded_is_told(tmp_path, then, is_told):
    entry = _stored(tmp_path, at_once=8)
    lines = (line(), line(1), line(2, condition="loaded"))

    found = concluded(entry, lines, HeldTo("q", recorded_texts(at_once=then)))

    assert any(note.startswith("under load 8 requests at a time, and 16") for note in found.notes) is is_told


@pytest.mark.parametrize(("method", "is_text_alone"), [("one_token", False), ("greedy", True)])
def test_where_tokens_are_others_texts_alone_are_compared(tmp_path, method, is_text_alone):
    entry = _stored(tmp_path, purpose="check", method=method)
    cut_otherwise = tuple(replace(one, token=f"{one.token} ") for one in line().readings[0].positions)

    found = concluded(entry, [line(positions=cut_otherwise, token_ids=(1, 2))], HeldTo("q", recorded_texts()))

    assert {cell.nats is None for cell in found.cells} == {is_text_alone}
    assert {cell.agreement for cell in found.cells} == {1.0 if is_text_alone else 0.0}


def test_a_method_of_another_version_is_no_traceback(tmp_path):
    entry = _stored(tmp_path, purpose="check", method="by dreams")

    assert "no scoring method" in concluded(entry, [line()], HeldTo("q", recorded_texts())).reason


def test_a_run_with_other_prompts_is_not_comparable(tmp_path):
    entry = _stored(tmp_path)
    other = HeldTo("q", recorded_texts(prompts={PROMPT.id: "0" * 64}))

    assert "has no prompt of this run" in concluded(entry, [line(), line(1)], other).reason
