"""A profile's keys as an engine's arguments."""

from typing import Any

import pytest
from servecheck.profiles.engine_spec import spec_named
from servecheck.profiles.flag_grammar import flag_arguments
from servecheck.profiles.flags import engine_flags, served_length, yarn_is_on
from servecheck.profiles.schema import Profile, SpeculativeDecoding, Yarn

NATIVE = 32768
YARN = Yarn(factor=4.0, native_length=NATIVE, rope_theta=10000.0)


def vllm(**keys: Any) -> Profile:
    return Profile(name="p", model="m", backend="vllm", **keys)


def llamacpp(**keys: Any) -> Profile:
    return Profile(name="p", model="m", backend="llamacpp", **keys)


def test_flags_become_arguments_in_their_order() -> None:
    flags: dict[str, Any] = {
        "b": 1,
        "-a": "x",
        "off": False,
        "on": True,
        "many": [1, "two"],
        "table": {"k": 1},
        "f": 0.95,
    }

    assert flag_arguments(flags) == [
        *("--b", "1", "-a", "x", "--on", "--many", "1", "two", "--table", '{"k": 1}', "--f", "0.95")
    ]


@pytest.mark.parametrize(
    ("name", "backend", "expected"),
    [
        ("-c", "llamacpp", "ctx-size"),
        ("--ctx-size", "llamacpp", "ctx-size"),
        ("-c", "vllm", "c"),
        ("max_model_len", "vllm", "max-model-len"),
        ("--port=80", "vllm", "port"),
        ("-tp", "vllm", "tensor-parallel-size"),
        ("-O3", "vllm", "optimization-level"),
        ("hf_overrides.rope_theta", "vllm", "hf-overrides.rope_theta"),
        ("-sc.method=mtp", "vllm", "speculative-config.method"),
    ],
)
def test_a_flag_is_known_however_it_is_written(name: str, backend: str, expected: str) -> None:
    assert spec_named(backend).grammar.canonical(name) == expected


def test_address_weights_and_name_are_the_suites() -> None:
    vllm, llamacpp = (spec_named(name).grammar.is_the_suites for name in ("vllm", "llamacpp"))

    assert all(vllm(name) for name in ("host", "port", "model", "served_model_name", "--port"))
    assert all(llamacpp(name) for name in ("host", "port", "-m", "model", "-a", "alias", "-hf"))
    assert not vllm("max-model-len")
    assert not llamacpp("temp")


@pytest.mark.parametrize(
    ("value", "length"), [(4096, 4096), ("4096", 4096), ("88k", 88000), ("88K", 90112), ("auto", None), (-1, None)]
)
def test_vllm_s_length_is_read_as_vllm_reads_it(value: int | str, length: int | None) -> None:
    assert served_length(vllm(flags={"max-model-len": value})) == length


@pytest.mark.parametrize(
    ("flags", "length"),
    [
        ({"ctx-size": 16384}, 16384),
        ({"-c": "16384", "-np": 4}, 4096),
        ({"-c": 16384, "--parallel": 4, "-kvu": True}, 16384),
        ({"-c": 16384, "-np": -1}, 16384),
        ({"ctx-size": 0}, None),
        ({}, None),
    ],
)
def test_llama_cpp_s_slots_share_its_context(flags: dict[str, Any], length: int | None) -> None:
    assert served_length(llamacpp(flags=flags)) == length


def test_mtp_is_said_in_each_engine_s_words() -> None:
    mtp = SpeculativeDecoding(tokens=2)

    assert engine_flags(vllm(speculation=mtp, flags={"x": 1})) == {
        "x": 1,
        "speculative-config": {"method": "mtp", "num_speculative_tokens": 2},
    }
    assert engine_flags(llamacpp(speculation=mtp)) == {"spec-type": "draft-mtp", "spec-draft-n-max": 2}


@pytest.mark.parametrize(("length", "on"), [(NATIVE, False), (NATIVE + 1, True)])
def test_yarn_is_on_from_the_first_token_beyond_the_native_length(length: int, on: bool) -> None:
    assert yarn_is_on(vllm(yarn=YARN, flags={"max-model-len": length})) is on
    assert ("hf-overrides" in engine_flags(vllm(yarn=YARN, flags={"max-model-len": length}))) is on
    assert ("rope-scaling" in engine_flags(llamacpp(yarn=YARN, flags={"ctx-size": length}))) is on


def test_vllm_is_told_everything_that_its_override_of_rope_replaces_and_the_new_length() -> None:
    profile = vllm(yarn=YARN, flags={"max-model-len": 65536, "hf-overrides": {"x": 1}})

    assert engine_flags(profile)["hf-overrides"] == {
        "x": 1,
        "rope_parameters": {
            "rope_type": "yarn",
            "factor": 4.0,
            "original_max_position_embeddings": NATIVE,
            "rope_theta": 10000.0,
        },
        "max_position_embeddings": 4 * NATIVE,
    }


@pytest.mark.parametrize("name", ["hf_overrides", "--hf-overrides", "--hf_overrides"])
def test_overrides_are_merged_with_yarn_s_however_they_are_spelt(name: str) -> None:
    flags = engine_flags(vllm(yarn=YARN, flags={"max-model-len": 65536, name: {"x": 1}}))

    assert list(flags) == ["max-model-len", name]
    merged = flags[name]
    assert isinstance(merged, dict)
    assert merged.keys() == {"x", "rope_parameters", "max_position_embeddings"}


def test_overrides_that_are_taken_back_leave_yarn_s() -> None:
    flags = engine_flags(vllm(yarn=YARN, flags={"max-model-len": 65536, "hf_overrides": False}))

    merged = flags["hf_overrides"]
    assert isinstance(merged, dict)
    assert merged.keys() == {"rope_parameters", "max_position_embeddings"}


def test_llama_cpp_is_told_factor_and_native_length() -> None:
    flags = engine_flags(llamacpp(yarn=YARN, flags={"ctx-size": 131072}))

    assert flag_arguments(flags) == [
        *("--ctx-size", "131072", "--rope-scaling", "yarn", "--rope-scale", "4.0", "--yarn-orig-ctx", "32768")
    ]


@pytest.mark.parametrize(
    ("speculation", "of_vllm", "of_llamacpp"),
    [
        (
            SpeculativeDecoding(method="eagle3", model="d", tokens=3),
            {"method": "eagle3", "model": "d", "num_speculative_tokens": 3},
            {"spec-type": "draft-eagle3", "spec-draft-model": "d", "spec-draft-n-max": 3},
        ),
        (
            SpeculativeDecoding(method="draft_model", model="d", tokens=5),
            {"method": "draft_model", "model": "d", "num_speculative_tokens": 5},
            {"spec-type": "draft-simple", "spec-draft-model": "d", "spec-draft-n-max": 5},
        ),
        (
            SpeculativeDecoding(method="ngram", tokens=8, lookup=4),
            {"method": "ngram", "num_speculative_tokens": 8, "prompt_lookup_max": 4},
            {"spec-type": "ngram-simple", "spec-ngram-simple-size-m": 8, "spec-ngram-simple-size-n": 4},
        ),
        (
            SpeculativeDecoding(method="ngram", tokens=4),  # of llama.cpp's own choice, 12, no draft would come
            {"method": "ngram", "num_speculative_tokens": 4},
            {"spec-type": "ngram-simple", "spec-ngram-simple-size-m": 4, "spec-ngram-simple-size-n": 4},
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, SpeculativeDecoding) else "",
)
def test_every_kind_of_speculation_is_said_in_each_engine_s_words(
    speculation: SpeculativeDecoding, of_vllm: dict[str, Any], of_llamacpp: dict[str, Any]
) -> None:
    assert engine_flags(vllm(speculation=speculation)) == {"speculative-config": of_vllm}
    assert engine_flags(llamacpp(speculation=speculation)) == of_llamacpp


@pytest.mark.parametrize(
    ("method", "flags"),
    [
        ("ngram-mod", {"spec-type": "ngram-mod", "spec-ngram-mod-n-max": 2}),
        ("ngram-cache", {"spec-type": "ngram-cache", "spec-draft-n-max": 2}),
    ],
)
def test_an_engine_s_own_method_keeps_its_name(method: str, flags: dict[str, Any]) -> None:
    assert engine_flags(llamacpp(speculation=SpeculativeDecoding(method=method, tokens=2))) == flags
