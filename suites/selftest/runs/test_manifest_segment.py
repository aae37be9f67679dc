"""A run goes on where it is the same run: asked of the same model, and in the same words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from servecheck.profiles.schema import Profile
from servecheck.rundir.manifest import ASKED, FILE, identity
from servecheck.runs.manifest_segment import manifest_of
from servecheck.runs.plan import Plan

PROFILE = Profile(name="p", model="m", protocol="own")
SAME = "0a" * 32


def manifest(folder: Path, asked: str, say: Callable[[str], None] = lambda _line: None) -> dict[str, Any]:
    """As a command writes it."""
    plan = Plan(PROFILE, "own", "0" * 64, 1, {"T/0": (0,)}, folder / "readiness", folder)
    same = identity(PROFILE, "own", "0" * 64, "asked")
    made = manifest_of(plan, PROFILE, same, {}, {}, asked, say)
    (folder / FILE).write_text(json.dumps(made))
    return made


def test_the_same_prompts_make_a_segment_more(tmp_path):
    manifest(tmp_path, SAME)

    assert len(manifest(tmp_path, SAME)["segments"]) == 2


def test_where_nobody_knows_what_replies_were_asked_the_manifest_does_not_say_it_and_the_user_is_told(tmp_path):
    told: list[str] = []

    assert ASKED not in manifest(tmp_path, "", told.append)
    assert told == ["what these replies were asked is not known, so they are compared as if it were what is asked now"]
