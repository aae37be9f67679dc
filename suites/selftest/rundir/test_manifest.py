"""A run is gone on with only where every reply in it means the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.schema import Embedded, Profile, Sampling, SpeculativeDecoding
from servecheck.rundir.manifest import (
    FORMAT,
    current,
    given_samples,
    identity,
    read_manifest,
    require_same,
    told_asked,
)

PROFILE = Profile(name="p", model="zai-org/GLM-4.7-FP8", quantisation="fp8", thinking="on")


def _identity(**changes: Any) -> dict[str, Any]:
    profile = PROFILE.model_copy(update=changes)
    return identity(profile, "humaneval-plus", "0f" * 32, "asked")


def _written(folder: Any, manifest: Any) -> None:
    (folder / "run.json").write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))


MANIFEST = {
    "format": FORMAT,
    "identity": {"model": "m", "samples": 1, "harness": "native"},
    "segments": [{"server": 1}, {"server": 2}],
}


def test_what_decides_what_a_reply_and_a_verdict_mean_is_identity():
    assert _identity() == {
        "model": "zai-org/GLM-4.7-FP8",
        "served model": "zai-org/GLM-4.7-FP8",
        "weights": None,
        "quantisation": "fp8",
        "speculation": None,
        "thinking": "on",
        "protocol": "evalplus_chat",
        "transforms": [],
        "system_prompt": None,
        "extra fields": {},
        "flags": {},
        "yarn": None,
        "sampling.temperature": 0.0,
        "sampling.top_p": 0.95,
        "sampling.max_tokens": 768,
        "sampling.seed": None,
        "sampling.top_k": None,
        "sampling.min_p": None,
        "sampling.repetition_penalty": None,
        "sampling.presence_penalty": None,
        "sampling.frequency_penalty": None,
        "problems": "humaneval-plus",
        "problems_sha256": "0f" * 32,
        "replies": "asked",
        "samples": 1,
        "harness": "native",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"base_url": "http://elsewhere:8000/v1"},
        {"concurrency": 64},
        {"margin": 10.0},
        {"retries": 0},
        {"request_timeout_s": 5.0},
        {"embedded": Embedded(wrong_count=3)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_how_and_where_it_is_asked_is_not(change):
    assert _identity(**change) == _identity()


def test_another_name_at_the_server_may_be_another_model():
    assert _identity(served_name="glm") == {**_identity(), "served model": "glm"}


def test_what_an_embedded_server_does_stands_for_the_weights():
    plain = _identity(backend="embedded", embedded=Embedded())
    wrong = _identity(backend="embedded", embedded=Embedded(wrong_count=3, faults={"empty": 0.5}))

    assert wrong["embedded"] == {"wrong_count": 3, "faults": {"empty": 0.5}}
    assert plain["embedded"] == {}


def test_identity_is_the_same_when_it_comes_back_from_the_disk():
    keys = _identity(backend="embedded", embedded=Embedded(faults={"empty": 0.5}), sampling=Sampling(temperature=0.8))

    assert json.loads(json.dumps(keys)) == keys


@pytest.mark.parametrize("drafted", [{"method": "mtp", "tokens": 1}, None])
def test_a_run_of_before_has_its_mtp_under_the_name_of_now(tmp_path, drafted):
    now = _identity(speculation=None if drafted is None else SpeculativeDecoding(tokens=1))
    before = {name: value for name, value in now.items() if name != "speculation"} | {"mtp": drafted}
    _written(tmp_path, MANIFEST | {"identity": before})

    require_same(tmp_path, read_manifest(tmp_path)["identity"], now)


@pytest.mark.parametrize(
    ("replies", "harness"), [("asked", "native"), ("0f" * 32, "given"), ("replay of 0f0f", "replay"), (None, "native")]
)
def test_a_run_of_before_has_the_harness_that_its_replies_came_by_and_the_samples_of_its_plan(
    tmp_path, replies, harness
):
    before = {**_identity(), "replies": replies}
    del before["harness"], before["samples"]
    _written(tmp_path, MANIFEST | {"identity": before, "samples": {"T/0": [0], "T/1": [0, 1, 2]}})

    found = read_manifest(tmp_path)["identity"]

    assert (found["harness"], found["samples"]) == (harness, 3)


@pytest.mark.parametrize(
    ("replies", "asked", "told"),
    [
        ("asked", "0a", "0a"),
        ("replay of 0f0f", "0a", "0a"),
        ("0f" * 32, "0a", ""),
        ("asked", None, ""),
        ("asked", 5, ""),
    ],
)
def test_what_was_asked_is_known_where_it_is_told_and_never_of_what_was_given(replies, asked, told):
    before = {name: value for name, value in _identity().items() if name != "harness"} | {"replies": replies}

    assert told_asked({"identity": before, "asked_sha256": asked}) == told


def test_a_run_may_be_gone_on_with_for_more_samples_and_under_no_other_harness(tmp_path):
    require_same(tmp_path, _identity(), {**_identity(), "samples": 8})
    with pytest.raises(UsageError, match='harness "native" there, "given" now'):
        require_same(tmp_path, _identity(), {**_identity(), "harness": "given"})


def test_the_same_identity_is_accepted(tmp_path):
    require_same(tmp_path, _identity(), _identity())


def test_every_key_that_differs_is_named_with_both_values(tmp_path):
    now = _identity(thinking="off", sampling=Sampling(temperature=0.8, seed=7))

    with pytest.raises(UsageError) as raised:
        require_same(tmp_path, _identity(), now)

    assert str(raised.value) == (
        f'--run-dir {tmp_path} holds a run of something else: thinking "on" there, "off" now; '
        "sampling.temperature 0.0 there, 0.8 now; sampling.seed null there, 7 now. "
        "Name another --run-dir, or give the options of that run"
    )


def test_problems_that_were_edited_are_told_as_that(tmp_path):
    with pytest.raises(UsageError, match=r'the problems themselves have changed, whose file has the digest "a" there'):
        require_same(tmp_path, {"problems_sha256": "a"}, {"problems_sha256": "b"})


def test_a_key_that_one_side_alone_has_differs(tmp_path):
    embedded = _identity(backend="embedded", embedded=Embedded(wrong_count=3))

    with pytest.raises(UsageError, match=r'embedded \{"wrong_count": 3\} there, null now'):
        require_same(tmp_path, embedded, _identity())
    with pytest.raises(UsageError, match=r'embedded null there, \{"wrong_count": 3\} now'):
        require_same(tmp_path, _identity(), embedded)


def test_a_long_value_is_cut(tmp_path):
    with pytest.raises(UsageError) as raised:
        require_same(tmp_path, {"model": "m"}, {"model": "x" * 1000})

    assert f'"{"x" * 76}... now' in str(raised.value)


def test_no_manifest_is_none(tmp_path):
    assert read_manifest(tmp_path) is None
    assert read_manifest(tmp_path / "nowhere") is None


def test_a_manifest_is_read_as_it_was_written_and_its_newest_segment_is_current(tmp_path):
    _written(tmp_path, MANIFEST)

    found = read_manifest(tmp_path)

    assert found == MANIFEST
    assert current(found) == {"server": 2}


@pytest.mark.parametrize(
    "manifest",
    ['{"format": 1, ', "[]", {}, {**MANIFEST, "format": None, "identity": {}, "segments": None}],
    ids=["cut short", "not an object", "empty", "no format"],
)
def test_a_manifest_that_cannot_be_used_says_what_to_do(tmp_path, manifest):
    _written(tmp_path, manifest)

    with pytest.raises(UsageError, match="name another --run-dir") as raised:
        read_manifest(tmp_path)

    assert str(raised.value).startswith(str(tmp_path / "run.json"))


@pytest.mark.parametrize("change", [{"format": 1}, {"identity": "m"}, {"segments": []}], ids=str)
def test_a_manifest_of_another_version_is_said_to_be_one(tmp_path, change):
    _written(tmp_path, {**MANIFEST, **change})

    with pytest.raises(UsageError, match="was written by another version of this suite: name another --run-dir"):
        read_manifest(tmp_path)


def test_samples_come_back_as_they_were_planned():
    assert given_samples({"samples": {"a": [0, 1], "b": [3]}}) == {"a": (0, 1), "b": (3,)}
