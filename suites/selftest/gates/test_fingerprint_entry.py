"""Which recorded fingerprint a profile is held to, and how one becomes an entry of the file that people read."""

from __future__ import annotations

import json

import pytest
from servecheck.errors import UsageError
from servecheck.gates.data_file import DataFile
from servecheck.gates.fingerprint_entry import FingerprintEntry, fingerprint_for, fingerprint_named
from servecheck.gates.fingerprint_recording import record_fingerprint
from servecheck.gates.reference_file import load_references
from servecheck.profiles.schema import Profile

pytestmark = pytest.mark.selftest

PROFILE = Profile(name="own", model="zai-org/GLM-4.7", quantisation="fp8")


def entry(**changes):
    """One that ``PROFILE`` is held to."""
    known = {
        "model": "zai-org/GLM-4.7",
        "quantisation": "fp8",
        "thinking": "off",
        "profile": "own",
        "method": "one_token",
        "prompts": 60,
        "length": 4096,
        "data": DataFile(name="a.json", sha256="0" * 64),
        "date": "2026-11-30",
    }
    return FingerprintEntry(**known | changes)


@pytest.mark.parametrize(
    "changes",
    [{}, {"model": "ZAI-org/glm-4.7"}, {"quantisation": "BF16"}, {"profile": "another"}],
)
def test_a_profile_is_held_to_a_fingerprint_of_its_model(changes):
    found = entry(**changes)

    assert fingerprint_for([found], PROFILE) == found


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model": "zai-org/GLM-4.6"}, "no fingerprint of zai-org/GLM-4.7 is recorded"),
        ({"quantisation": "int4"}, "quantisation 'int4', this run 'fp8'"),
        ({"thinking": "on"}, "thinking 'on', this run 'off'"),
        ({"system_prompt": "Be\x1b[2J kind."}, r"system prompt 'Be\x1b[2J kind.', this run None"),
    ],
)
def test_one_of_something_else_is_told_and_not_held_against_it(changes, why):
    assert why in fingerprint_for([entry(**changes)], PROFILE)


def test_of_several_its_own_goes_first_then_its_quantisation_then_the_newer():
    full = entry(profile="full", quantisation="bf16", date="2026-12-02")
    old, new = entry(profile="a", date="2026-11-01"), entry(profile="b", date="2026-12-01")
    own = entry(date="2026-01-01")

    assert fingerprint_for([full, old, new, own], PROFILE) == own
    assert fingerprint_for([full, new, old], PROFILE) == new
    assert fingerprint_for([full], PROFILE) == full


def test_of_a_name_the_one_that_was_asked_alike_is_compared_with_and_why_not_the_others_is_told():
    alike = entry(profile="old", quantisation="int4", date="2026-01-01")
    prompted = entry(profile="old", system_prompt="Be kind.")
    reasoning = entry(profile="old", thinking="on")

    found, passed_over = fingerprint_named([alike, prompted, reasoning, entry()], "old", PROFILE)

    assert found == alike
    assert [why.partition(": ")[2] for why in passed_over] == [
        "system prompt 'Be kind.', this run None",
        "thinking 'on', this run 'off'",
    ]
    assert fingerprint_named([prompted, reasoning], "old", PROFILE) == (None, passed_over)
    assert fingerprint_named([entry()], "old", PROFILE) == (None, ())


def test_of_several_of_a_name_its_own_model_goes_first_then_its_quantisation_then_the_newer():
    other_model = entry(profile="old", model="zai-org/GLM-4.6", date="2026-12-03")
    coarse = entry(profile="old", quantisation="int4", date="2026-12-02")
    own = entry(profile="old", date="2026-01-01")
    newer = entry(profile="old", date="2026-01-02")

    assert fingerprint_named([newer, own, coarse, other_model], "old", PROFILE) == (newer, ())
    assert fingerprint_named([coarse, other_model], "old", PROFILE) == (coarse, ())
    assert fingerprint_named([other_model], "old", PROFILE) == (other_model, ())


def test_an_entry_is_added_and_no_other_character_changes(tmp_path):
    path = tmp_path / "scores.json"
    path.write_text('{\n  "notes": ["a [word] of \\"mine\\""],\n  "entries": [ ]\n}\n')

    first = record_fingerprint(path, entry(), {"readings": [1]})
    second = record_fingerprint(path, entry(profile="b"), {"readings": [2]})

    assert path.read_text().startswith('{\n  "notes": ["a [word] of \\"mine\\""],\n  "entries": [ ],\n')
    assert load_references(path).fingerprints == (first, second)
    assert load_references(path).fingerprints[1].data.read() == {"readings": [2]}


def test_one_of_the_same_profile_takes_its_place(tmp_path):
    path = tmp_path / "scores.json"
    record_fingerprint(path, entry(), {"readings": [1]})
    other = record_fingerprint(path, entry(profile="b"), {})

    again = record_fingerprint(path, entry(accepted="int4, agreed in May"), {"readings": [3]})

    assert load_references(path).fingerprints == (again, other)
    assert "int4, agreed in May" in again.told
    assert again.data.read() == {"readings": [3]}


def test_a_file_with_an_entry_that_is_none_is_refused(tmp_path):
    path = tmp_path / "scores.json"
    told = json.loads(entry().model_dump_json())
    path.write_text(json.dumps({"entries": [], "fingerprints": [told | {"prompts": 0}]}))

    with pytest.raises(UsageError, match=r"fingerprints\.0\.prompts"):
        load_references(path)
