"""A server is read at every prompt in each pass, once, and what was read is there for whoever goes on."""

from __future__ import annotations

import pytest
from servecheck.errors import GenerationError
from servecheck.fingerprint.abilities import ServerAbilities
from servecheck.fingerprint.prompts import FingerprintPrompt
from servecheck.fingerprint.stored_reading import recording_of
from servecheck.rundir.fingerprint_readings import ReadingFile
from servecheck.runs.fingerprint.passes import FingerprintReader, recorded_abilities

from suites.selftest.fingerprint.scripted_server import PROFILE, NoSuchThing, serving

pytestmark = pytest.mark.selftest

PROMPTS = tuple(
    FingerprintPrompt(f"chat-16-{number}", "chat", 16, ({"role": "user", "content": f"Say {number}."},))
    for number in range(3)
)
LISTING = ServerAbilities(2, no_prompt_logprobs="no", no_input_logprobs="no", no_id_prompts="no")
SILENT = ServerAbilities(0, "it has none", no_prompt_logprobs="no", no_input_logprobs="no", no_id_prompts="no")
PLACE = {"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "a", "logprob": -0.5}]}
ANSWER = {
    "choices": [{"message": {"content": "a"}, "logprobs": {"content": [PLACE]}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 1},
}
ALONE = PROFILE.model_copy(update={"concurrency": 1})


def _reader(served, server, kept, said=None, prompts=PROMPTS):
    return FingerprintReader(served.endpoint, server, prompts, kept, (said if said is not None else []).append)


def test_a_fingerprint_is_recorded_twice_idle_and_once_loaded(tmp_path):
    said = []
    with serving(lambda _path, _body: ANSWER) as served, ReadingFile(tmp_path) as kept:
        chosen, _ = _reader(served, LISTING, kept, said).record()
        found = recording_of([*kept.lines.values()], [prompt.id for prompt in PROMPTS])

    assert chosen.method.name == "one_token"
    assert found is not None
    passes = [found.first, found.again, found.loaded]
    assert [(one.condition, len(one.generated), len(one.scored)) for one in passes] == [
        ("idle", 3, 0),
        ("idle", 3, 3),
        ("loaded", 3, 3),
    ]
    assert "scored loaded: 3 of 3 prompts" in said


def test_a_profile_that_asks_one_at_a_time_has_no_load(tmp_path):
    with serving(lambda _path, _body: ANSWER, ALONE) as served, ReadingFile(tmp_path) as kept:
        _reader(served, LISTING, kept).record()
        found = recording_of([*kept.lines.values()], [prompt.id for prompt in PROMPTS])

    assert found is not None
    assert found.loaded is None


def test_samples_stand_for_texts_where_no_log_probabilities_are_told(tmp_path):
    plain = {"choices": [{"message": {"content": "a"}}]}
    with serving(lambda _path, _body: plain) as served, ReadingFile(tmp_path) as kept:
        chosen, _ = _reader(served, SILENT, kept, prompts=PROMPTS[:1]).record()
        texts = recording_of([*kept.lines.values()], ["chat-16-0"]).first.generated

    assert chosen.method.name == "completions"
    assert len(texts) == 10
    assert recorded_abilities(texts, "").has_samples


def test_what_was_read_is_not_asked_again(tmp_path):
    answered = []

    def until_it_breaks(_path, _body):
        if len(answered) == 4:
            raise NoSuchThing(404, "broken")
        answered.append(1)
        return ANSWER

    with serving(until_it_breaks, ALONE) as served, ReadingFile(tmp_path) as kept:
        with pytest.raises(GenerationError, match="broken"):
            _reader(served, LISTING, kept).record()
        assert len(kept.lines) == 4

    with serving(lambda _path, _body: ANSWER, ALONE) as served, ReadingFile(tmp_path) as kept:
        _reader(served, LISTING, kept).record()
        assert len(served.asked) == 2 + 3  # the rest of the second pass, and the scores

    with serving(lambda _path, _body: ANSWER, ALONE) as served, ReadingFile(tmp_path) as kept:
        _reader(served, LISTING, kept).record()
        assert served.asked == []


def test_a_check_reads_as_the_recorded_one_was_read(tmp_path):
    (tmp_path / "recorded").mkdir()
    (tmp_path / "check").mkdir()
    with serving(lambda _path, _body: ANSWER, ALONE) as served:
        with ReadingFile(tmp_path / "recorded") as kept:
            chosen, _ = _reader(served, LISTING, kept).record()
            recording = recording_of([*kept.lines.values()], [prompt.id for prompt in PROMPTS])
        with ReadingFile(tmp_path / "check") as kept:
            _reader(served, LISTING, kept).check(recording, chosen.method)

            assert {(number, how) for number, how, _ in kept.lines} == {(0, "generated"), (0, "scored")}


def test_a_prompt_that_the_server_refuses_is_left_out_and_told(tmp_path):
    def refusing(_path, body):
        if "Say 1" in str(body):
            raise NoSuchThing(400, "maximum context length is 640 tokens")
        return ANSWER

    with serving(refusing, ALONE) as served, ReadingFile(tmp_path) as kept:
        _, refused = _reader(served, LISTING, kept).record()

        assert refused == {"chat-16-1": "maximum context length is 640 tokens"}
        assert {prompt for _, _, prompt in kept.lines} == {"chat-16-0", "chat-16-2"}


def test_a_server_that_refuses_all_is_no_model(tmp_path):
    def refusing(_path, _body):
        raise NoSuchThing(400, "no")

    with serving(refusing, ALONE) as served, ReadingFile(tmp_path) as kept, pytest.raises(GenerationError, match="no"):
        _reader(served, LISTING, kept).record()
