"""A run goes on where it is the same run: asked of the same model, and in the same words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.schema import Profile
from servecheck.rundir.manifest import ASKED, FILE, identity
from servecheck.runs.manifest_segment import manifest_of
from servecheck.runs.plan import Plan

PROFILE = Profile(name="p", model="m", protocol="own")
SAME, OTHER = "0a" * 32, "0b" * 32


def manifest(folder: Path, asked: str, **changes: Any) -> dict[str, Any]:
    """As a command writes it."""
    plan = Plan(PROFILE, "own", "0" * 64, 1, {"T/0": (0,)}, folder / "board", folder)
    same = identity(PROFILE, "own", "0" * 64, "asked")
    made = manifest_of(plan, PROFILE, same, {}, {}, asked, lambda _line: None) | changes
    (folder / FILE).write_text(json.dumps({key: value for key, value in made.items() if value is not None}))
    return made


def test_the_same_prompts_make_a_segment_more(tmp_path):
    manifest(tmp_path, SAME)

    assert len(manifest(tmp_path, SAME)["segments"]) == 2


def test_other_prompts_are_another_run(tmp_path):
    manifest(tmp_path, SAME)

    with pytest.raises(UsageError, match=r"holds replies to other prompts: what the protocol own asks has changed"):
        manifest(tmp_path, OTHER)


def test_a_run_of_a_version_that_did_not_note_its_prompts_goes_on(tmp_path):
    manifest(tmp_path, SAME, **{ASKED: None})

    assert manifest(tmp_path, OTHER)["segments"]
