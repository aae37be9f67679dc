"""What ``--baseline`` names is compared with where it was asked alike, and the command says why others are not."""

from __future__ import annotations

from argparse import Namespace

import pytest
from servecheck.errors import UsageError
from servecheck.fingerprint.prompt_set import PROMPT_SET
from servecheck.fingerprint.recorded import recorded_content
from servecheck.gates.data_file import DataFile
from servecheck.gates.fingerprint_entry import FingerprintEntry
from servecheck.gates.fingerprint_recording import record_fingerprint
from servecheck.profiles.schema import Profile
from servecheck.runs.fingerprint.held_to import HeldTo
from servecheck.runs.fingerprint.options import fingerprint_run
from servecheck.runs.resolve import ResolvedRun
from servecheck.sandbox.options import SandboxChoice

from suites.selftest.fingerprint.recorded_texts import recorded_texts

pytestmark = pytest.mark.selftest

NOWHERE = SandboxChoice(kind="auto", isolation="worker", memory_bytes=1 << 30, image=None, runtime=None)
PROFILE = Profile(name="own", model="m", base_url="http://127.0.0.1:9/v1")
ENTRY = FingerprintEntry(
    model="m",
    quantisation="none",
    thinking="off",
    profile="old",
    method="one_token",
    prompts=1,
    data=DataFile(name="a.json", sha256="0" * 64),
    date="2026-11-30",
)


@pytest.fixture
def held_to(tmp_path):
    """What a run is held to by ``--baseline old``, and what it said, where these are recorded."""

    def held(*entries):
        path = tmp_path / "scores.json"
        for number, entry in enumerate(entries):
            record_fingerprint(path, entry, recorded_content(recorded_texts(length=4096 + number)))
        said = []
        one = ResolvedRun(
            PROFILE, PROMPT_SET, {}, None, "asked", tmp_path / "run", NOWHERE, None, suites=("fingerprint",)
        )
        option = Namespace(baseline="old", references=path, record_reference=False)
        return fingerprint_run(option, [one], ["fingerprint"], said.append).held_to, said

    return held


def test_the_last_one_is_passed_over_where_it_was_asked_with_a_system_prompt(held_to):
    found, said = held_to(ENTRY, ENTRY.model_copy(update={"system_prompt": "Be kind."}))

    assert isinstance(found, HeldTo)
    assert found.texts.length == 4096
    assert said == [
        "--baseline old: not compared with, since it was asked otherwise: the fingerprint of old, recorded 2026-11-30: "
        "system prompt 'Be kind.', this run None"
    ]


def test_where_none_was_asked_alike_it_is_refused_and_told_why(held_to):
    with pytest.raises(UsageError, match=r"asked otherwise.*thinking 'on', this run 'off'.*name a run that was asked"):
        held_to(ENTRY.model_copy(update={"thinking": "on"}))


def test_a_name_that_nothing_has_is_refused_as_such(held_to):
    with pytest.raises(UsageError, match="no fingerprint of a profile of that name is recorded"):
        held_to()
