"""A run that was broken off goes on with the server that it began with, and with no other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.errors import UsageError
from servecheck.fingerprint.abilities import ServerAbilities
from servecheck.fingerprint.filler_text import STYLES
from servecheck.rundir.fingerprint_json import FILE, read_fingerprint, write_fingerprint
from servecheck.runs.fingerprint.kept_entry import KeptEntry
from servecheck.runs.fingerprint.setting import FingerprintSetting

from suites.selftest.fingerprint.recorded_texts import PROMPT

pytestmark = pytest.mark.selftest

DESCRIBED = {"id": "glm", "root": "/weights/glm", "owned_by": "vllm", "version": "0.11.2", "start_s": 31.5}
SERVER = ServerAbilities(20, tells_ids=True, no_input_logprobs="/generate answered HTTP 404", tokenizer="a1")
SETTING = FingerprintSetting(SERVER, 4096, dict.fromkeys(STYLES, 0.5), (PROMPT,))


@pytest.fixture(autouse=True)
def _of_no_machine(monkeypatch):
    """What the machine has is asked of git and nvidia-smi, and is none of the server's facts."""
    monkeypatch.setattr("servecheck.runs.fingerprint.kept_entry.environment", dict)


def begin(run_dir, described=DESCRIBED, setting=SETTING):
    """What a command keeps before it reads."""
    kept = KeptEntry(run_dir, "fingerprint", "p", "record", "")
    kept.begin(setting, described, {"model": "m"}, 4)
    return kept.now


def able(**changes):
    return replace(SETTING, server=replace(SERVER, **changes))


def test_the_same_server_is_gone_on_with_wherever_and_whenever_it_was_started(tmp_path):
    first = begin(tmp_path)
    found = begin(tmp_path, DESCRIBED | {"start_s": 12.0, "command": "vllm serve --port 4001"})

    assert [one["start_s"] for one in found.manifest["servers"]] == [31.5, 12.0]
    assert found.began_at == first.began_at


@pytest.mark.parametrize(
    ("described", "setting", "told"),
    [
        pytest.param({"id": "glm-new"}, SETTING, 'model "glm" then, "glm-new" now', id="model"),
        pytest.param({"root": "/weights/new"}, SETTING, 'weights "/weights/glm" then', id="weights"),
        pytest.param({"version": "0.12.0"}, SETTING, 'engine\'s version "0.11.2" then, "0.12.0" now', id="version"),
        pytest.param({"version": None}, SETTING, 'engine\'s version "0.11.2" then, null now', id="tells no version"),
        pytest.param({"parent": "base"}, SETTING, 'base model null then, "base" now', id="adapter"),
        pytest.param({}, replace(SETTING, length=2048), "context length 4096 then, 2048 now", id="length"),
        pytest.param({}, able(tokenizer="b2"), 'tokenizer "a1" then, "b2" now', id="tokenizer"),
        pytest.param({}, able(listed=5), "tokens listed in a place 20 then, 5 now", id="lists fewer"),
        pytest.param({}, able(no_prompt_logprobs="no"), "prompt_logprobs true then, false now", id="scores no more"),
    ],
)
def test_another_one_is_refused_in_a_line_and_what_was_kept_stays(tmp_path, described, setting, told):
    begin(tmp_path)
    before = (tmp_path / FILE).read_bytes()

    with pytest.raises(UsageError) as refused:
        begin(tmp_path, DESCRIBED | described, setting)

    assert told in str(refused.value)
    assert "another server than answers now" in str(refused.value)
    assert "name another --run-dir" in str(refused.value)
    assert str(refused.value).isprintable()
    assert (tmp_path / FILE).read_bytes() == before


def test_why_a_server_cannot_say_something_may_be_in_other_words(tmp_path):
    begin(tmp_path)

    assert begin(tmp_path, setting=able(no_input_logprobs="/generate answered HTTP 405")).length == 4096


def test_a_servers_words_do_nothing_to_a_terminal(tmp_path):
    begin(tmp_path)

    with pytest.raises(UsageError) as refused:
        begin(tmp_path, DESCRIBED | {"id": "\x1b[2J\u202eevil"})

    assert str(refused.value).isprintable()


def test_of_an_earlier_version_what_it_kept_is_compared(tmp_path):
    entry = begin(tmp_path)
    manifest = {name: facts for name, facts in entry.manifest.items() if name != "abilities"}
    write_fingerprint(tmp_path, entry.model_copy(update={"manifest": manifest}))

    assert begin(tmp_path, setting=able(listed=5)).manifest["abilities"]["tokens listed in a place"] == 5
    write_fingerprint(tmp_path, read_fingerprint(tmp_path).model_copy(update={"tokenizer": "c3"}))
    with pytest.raises(UsageError, match="tokenizer"):
        begin(tmp_path)
