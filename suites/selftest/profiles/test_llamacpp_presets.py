"""Profiles from llama.cpp's own preset files."""

from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.load import load_profile, profile_names
from servecheck.profiles.schema import Profile, SpeculativeDecoding

WHOLE = """\
version = 1
; of all

[*]
n-gpu-layers = 99
c = 16384   # tokens
jinja = true

[glm-flash]
model = /models/GLM-4.7-Flash-Q4_K_M.gguf
ctx-size = 32768
temp = 0.6

[unsloth/Qwen3:Q8_0]
model = /models/Qwen3-8B-Q8_0.gguf
alias = qwen, other
"""


def load(directory: Path, text: str, name: str = "mine") -> Profile:
    path = directory / "models.ini"
    path.write_text(text)
    return load_profile(name, extra=path)


def section(directory: Path, lines: str) -> Profile:
    return load(directory, f"[mine]\nmodel = /models/a/Some-Q4_K_M.gguf\n{lines}\n")


def test_a_section_is_a_profile_under_what_holds_for_all(tmp_path: Path) -> None:
    profile = load(tmp_path, WHOLE, "glm-flash")

    assert (profile.backend, profile.weights) == ("llamacpp", "/models/GLM-4.7-Flash-Q4_K_M.gguf")
    assert (profile.model, profile.quantisation, profile.served_name) == ("GLM-4.7-Flash", "Q4_K_M", "glm-flash")
    assert profile.flags == {"n-gpu-layers": 99, "ctx-size": 32768, "jinja": True, "temp": "0.6"}
    assert (profile.sampling.temperature, profile.sampling.top_p, profile.concurrency) == (0.6, 0.95, 4)


def test_a_name_that_no_folder_has_becomes_one(tmp_path: Path) -> None:
    profile = load(tmp_path, WHOLE, "unsloth-Qwen3-Q8_0")

    assert (profile.name, profile.served_name, profile.flags["ctx-size"]) == ("unsloth-Qwen3-Q8_0", "qwen", 16384)


def test_the_packaged_profiles_stay_beside_it(tmp_path: Path) -> None:
    load(tmp_path, WHOLE, "glm-flash")

    assert set(profile_names(extra=tmp_path / "models.ini")) >= {"unsloth-Qwen3-Q8_0", "glm47-fp8"}


@pytest.mark.parametrize(
    ("lines", "flags"),
    [
        ("mmap = 0", {"no-mmap": True}),
        ("no-mmap = true", {"no-mmap": True}),
        ("no-mmap = off", {"mmap": True}),
        ("cb = enabled", {"cont-batching": True}),
        ("cpu-moe = 0", {}),
        ("fa = on", {"flash-attn": "on"}),
        ("fit = off", {"fit": "off"}),
        ("a-new-flag = true", {"a-new-flag": True}),
        ("a-new-flag = false", {"no-a-new-flag": True}),
        ("mmproj =", {}),
        ("ctxcp = 4", {"-ctxcp": 4}),
        (
            'chat-template-kwargs = {"reasoning_effort": "high"}',
            {"chat-template-kwargs": '{"reasoning_effort": "high"}'},
        ),
        ("host = 0.0.0.0\nport = 1\napi-key = s3cret\nload-on-startup = true\nmetrics = 1", {}),
    ],
)
def test_keys_are_flags_as_llama_cpp_reads_them(tmp_path: Path, lines: str, flags: dict[str, Any]) -> None:
    assert section(tmp_path, lines).flags == flags


def test_slots_bound_the_requests_in_flight(tmp_path: Path) -> None:
    assert section(tmp_path, "np = 2").concurrency == 2


@pytest.mark.parametrize(
    ("lines", "speculation"),
    [
        ("spec-type = draft-mtp\nspec-draft-n-max = 2", SpeculativeDecoding(method="draft-mtp", tokens=2)),
        ("md = /d.gguf", SpeculativeDecoding(method="draft-simple", model="/d.gguf", tokens=3)),
        (
            "spec-type = ngram-simple\nspec-ngram-simple-size-m = 8\nspec-ngram-simple-size-n = 4",
            SpeculativeDecoding(method="ngram-simple", tokens=8, lookup=4),
        ),
        ("spec-type = none", None),
    ],
)
def test_what_drafts_is_measured(tmp_path: Path, lines: str, speculation: SpeculativeDecoding | None) -> None:
    assert section(tmp_path, lines).speculation == speculation


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mine]\nctx-size = 1", "models.ini: [mine] model: is missing: the GGUF file"),
        ("[mine]\nhf-repo = a/b:Q4", "so download that of hf-repo"),
        ("[mine]\nmodel = m.gguf\njinja = perhaps", "[mine] jinja: takes true or false, not 'perhaps'"),
        ("[mine]\nmodel = m.gguf\ntop-k = many", "[mine] top-k: takes a whole number, not 'many'"),
        ("[mine]\nmodel = m.gguf\nLLAMA_ARG_CTX_SIZE = 1", "is a variable's name; write the flag's own"),
        ("[mine]\nmodel = m.gguf\n[mine]\nmodel = n.gguf", "models.ini, line 3: [mine] is there twice"),
        ("[a/b]\nmodel = m.gguf\n[a:b]\nmodel = n.gguf", "[a:b] and another section are both profile 'a-b'"),
        ("[mine]\nmodel = m.gguf\nc = 1\nctx-size = 2", "line 4: [mine] has ctx-size twice"),
        ("[mine]\nmodel = m.gguf\n  x", "line 3: neither [section] nor key = value"),
        ("jinja = true\n[mine]\nmodel = m.gguf", "line 1: 'jinja = true' stands before the first [section]"),
        ("[*]\njinja = true", "has no [section] but [*]"),
        ("[mine]\nmodel = m.gguf\nspec-type = ngram-simple", "[mine] spec-type: ngram-simple drafts as many tokens as"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)

    assert message in str(caught.value)


def test_several_kinds_of_drafting_at_once_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"flags\.spec-type: say it by the table speculation"):
        section(tmp_path, "spec-type = draft-mtp,ngram-mod")
