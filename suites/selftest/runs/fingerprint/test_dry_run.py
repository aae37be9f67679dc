"""A dry run of a fingerprint tells about as many tokens as a run takes."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from servecheck.engines.machine import Machine
from servecheck.profiles.load import load_profile
from servecheck.runs.fingerprint.dry_run import fingerprint_dry_run

pytestmark = pytest.mark.selftest


def test_its_tokens_are_those_of_the_servers_own_length_in_every_pass_written_and_scored(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[short]\nextends = "fingerprint"\nembedded.max_model_len = 2304\n')
    profile = load_profile("short", extra=own)
    run: Any = SimpleNamespace(
        profile=profile, held_to="nothing is recorded", purpose="record", conditions=("idle", "loaded")
    )

    text = fingerprint_dry_run(run, Machine())

    (found,) = re.findall(
        r"tokens: of prompts about ([\d,]+) each time and ([\d,]+) in all.* of replies ([\d,]+)", text
    )
    once, whole, replies = (int(number.replace(",", "")) for number in found)
    assert "1,856 (14) tokens;" in text
    # As the embedded server counted them.
    assert once == pytest.approx(30_762, rel=0.15)
    assert whole == pytest.approx(159_823, rel=0.15)
    assert replies == 3 * 42 * 64
