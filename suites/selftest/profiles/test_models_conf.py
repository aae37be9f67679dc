"""Profiles from a ``models.conf``."""

from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.load import load_profile, profile_names
from servecheck.profiles.schema import Profile, SpeculativeDecoding

PRINTED = r"""# --- Benchmark profiles (EvalPlus HumanEval+) ---
# Reduced context (16K) — same model/layer config as production.

[bench-qwen3-coder]
NAME=Qwen3-Coder-Next UD-Q6_K_XL (benchmark)
MODEL=Qwen3-Coder-Next/UD-Q6_K_XL/Qwen3-Coder-Next-UD-Q6_K_XL-00001-of-00003.gguf
CTX_SIZE=16384
N_GPU_LAYERS=99
FIT=off
EXTRA_ARGS=--jinja -np 1 -b 2048 -ub 2048 --no-context-shift -ot SPLIT
""".replace("SPLIT", r"blk\.([0-9]|1[0-2])\.=CUDA0,blk\.(1[3-8])\.=CUDA1,exps=CPU")


def load(directory: Path, text: str | bytes, name: str = "mine") -> Profile:
    path = directory / "models.conf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_profile(name, extra=path)


def section(directory: Path, lines: str) -> Profile:
    return load(directory, f"[mine]\nMODEL=a/Some-Model-Q4_K_M.gguf\n{lines}\n")


def test_the_notes_section_is_the_packaged_profile_under_the_name_that_it_gives(tmp_path: Path) -> None:
    profile = load(tmp_path, PRINTED, "bench-qwen3-coder")

    packaged = load_profile("bench-qwen3-coder")
    assert profile.served_name == "Qwen3-Coder-Next UD-Q6_K_XL (benchmark)"
    assert profile.model_dump(exclude={"served_name"}) == packaged.model_dump(exclude={"served_name"})
    assert list(profile.flags) == list(packaged.flags)


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + PRINTED.encode(), PRINTED.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path, text: bytes) -> None:
    assert load(tmp_path, text, "bench-qwen3-coder") == load(tmp_path, PRINTED, "bench-qwen3-coder")


def test_a_section_goes_before_the_packaged_profile_of_its_name_and_keeps_what_it_cannot_say(tmp_path: Path) -> None:
    own = "[gpt-oss-120b]\nMODEL=g/gpt-oss-120b-F16.gguf\nEXTRA_ARGS=-c 32768 --temp 0.5\n"

    profile = load(tmp_path, own, "gpt-oss-120b")

    assert (profile.model, profile.quantisation, profile.thinking) == ("openai/gpt-oss-120b", "F16", "on")
    assert profile.extra_body == {"chat_template_kwargs": {"reasoning_effort": "medium"}}
    assert (profile.weights, profile.flags) == ("g/gpt-oss-120b-F16.gguf", {"-c": 32768, "temp": "0.5"})
    assert (profile.sampling.temperature, profile.sampling.top_p, profile.sampling.max_tokens) == (0.5, 0.95, 16384)


def test_a_section_of_a_packaged_name_for_another_model_keeps_nothing(tmp_path: Path) -> None:
    profile = load(tmp_path, "[gpt-oss-120b]\nMODEL=gpt-oss-20b-mxfp4.gguf\n", "gpt-oss-120b")

    assert (profile.model, profile.thinking, profile.extra_body) == ("gpt-oss-20b", "off", {})


def test_packaged_profiles_stay_what_they_are_beside_a_section_that_they_extend(tmp_path: Path) -> None:
    load(tmp_path, PRINTED.replace("CTX_SIZE=16384", "CTX_SIZE=4096"), "bench-qwen3-coder")

    assert load_profile("qwen3-coder", extra=tmp_path / "models.conf") == load_profile("qwen3-coder")
    assert profile_names(extra=tmp_path / "models.conf") == profile_names()


@pytest.mark.parametrize(
    ("file", "model", "quantisation"),
    [
        ("a/b/Qwen3-Coder-Next-UD-Q6_K_XL-00001-of-00003.gguf", "Qwen3-Coder-Next", "UD-Q6_K_XL"),
        ("GLM-4.7-Flash-Q4_K_M.gguf", "GLM-4.7-Flash", "Q4_K_M"),
        ("gpt-oss-120b-mxfp4.gguf", "gpt-oss-120b", "mxfp4"),
        ("model.IQ3_XXS.gguf", "model", "IQ3_XXS"),
        ("Qwen3-8B.gguf", "Qwen3-8B", "unknown"),
    ],
)
def test_model_and_quantisation_are_read_off_the_file_s_name(
    tmp_path: Path, file: str, model: str, quantisation: str
) -> None:
    profile = load(tmp_path, f"[mine]\nMODEL={file}\n")

    assert (profile.model, profile.quantisation, profile.weights) == (model, quantisation, file)
    assert (profile.backend, profile.served_name) == ("llamacpp", None)


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ("--jinja -np 2", {"jinja": True, "-np": 2}),
        (r"-ot blk\.1\.=CPU", {"-ot": r"blk\.1\.=CPU"}),
        (r"""-ot "a\.b=CPU" --x 'c d'""", {"-ot": r"a\.b=CPU", "x": "c d"}),
        ("-ot a=CPU -ot b=CUDA0", {"-ot": "a=CPU,b=CUDA0"}),
        ("-ot a=CPU --override-tensor b=CUDA0", {"-ot": "a=CPU,b=CUDA0"}),
        ("--top-k -1 --x 1 02", {"top-k": "-1", "x": [1, "02"]}),
        ("--metrics --jinja", {"jinja": True}),
        ("--x a#b;c%d", {"x": "a#b;c%d"}),
    ],
)
def test_extra_arguments_are_cut_at_spaces_and_kept_as_they_stand(
    tmp_path: Path, arguments: str, flags: dict[str, Any]
) -> None:
    assert section(tmp_path, f"EXTRA_ARGS={arguments}").flags == flags


@pytest.mark.parametrize(
    ("written", "flags"),
    [
        ('"--jinja -np 1"', {"jinja": True, "-np": 1}),
        ("'--jinja -np 1'", {"jinja": True, "-np": 1}),
        (r'"-ot blk\.1\.=CPU"', {"-ot": r"blk\.1\.=CPU"}),
        (r'"--x \"a b\" # c"  # a comment', {"x": ["a b", "#", "c"]}),
        ("'--x \"a b\"'", {"x": "a b"}),
        ('""', {}),
    ],
)
def test_a_value_in_quotes_is_read_as_docker_compose_reads_it(
    tmp_path: Path, written: str, flags: dict[str, Any]
) -> None:
    profile = section(tmp_path, f"EXTRA_ARGS={written}")

    assert profile.flags == flags
    assert profile.concurrency == flags.get("-np", 4)


def test_every_value_may_stand_in_quotes(tmp_path: Path) -> None:
    profile = load(tmp_path, '[mine]\nMODEL=\'a/M-Q8_0.gguf\'\nNAME="the one"\nCTX_SIZE="4096"\n')

    assert (profile.weights, profile.served_name, profile.flags) == ("a/M-Q8_0.gguf", "the one", {"ctx-size": 4096})


def test_what_drafts_is_measured(tmp_path: Path) -> None:
    profile = section(tmp_path, "EXTRA_ARGS=--spec-type draft-mtp --spec-draft-n-max 2 --jinja")

    assert profile.speculation == SpeculativeDecoding(method="draft-mtp", tokens=2)
    assert profile.flags == {"jinja": True}


def test_sampler_flags_are_what_is_asked(tmp_path: Path) -> None:
    profile = section(tmp_path, "EXTRA_ARGS=--temp 1.0 --top-p 0.9 --top-k 40 --min-p 0.01 -s 7 --repeat-penalty 1.05")

    asked = profile.sampling
    assert (asked.temperature, asked.top_p, asked.top_k, asked.min_p, asked.seed) == (1.0, 0.9, 40, 0.01, 7)
    assert (asked.max_tokens, profile.extra_body) == (768, {"repeat_penalty": 1.05})


def test_without_sampler_flags_the_server_is_asked_greedily(tmp_path: Path) -> None:
    assert section(tmp_path, "EXTRA_ARGS=--jinja --seed -1").sampling == load_profile("bench-qwen3-coder").sampling


@pytest.mark.parametrize(("arguments", "concurrency"), [("-np 8", 8), ("--parallel 1", 1), ("", 4), ("-np -1", 4)])
def test_as_many_requests_are_in_flight_as_the_server_has_slots(
    tmp_path: Path, arguments: str, concurrency: int
) -> None:
    assert section(tmp_path, f"EXTRA_ARGS={arguments}").concurrency == concurrency


def test_comments_begin_lines_alone_and_empty_values_are_none(tmp_path: Path) -> None:
    profile = section(tmp_path, "; c\n# c\nNAME=a #1; b\nFIT=\n\nN_GPU_LAYERS=auto")

    assert (profile.served_name, profile.flags) == ("a #1; b", {"n-gpu-layers": "auto"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mine]\nMODEL=m.gguf\nCTXSIZE=1", r"models.conf: [mine] CTXSIZE: unknown key; did you mean CTX_SIZE?"),
        ("[mine]\nMODEL=m.gguf\nmodel=m", "[mine] model: unknown key; did you mean MODEL?"),
        ("[mine]\nMODEL=m.gguf\nZZZ=", "[mine] ZZZ: unknown key; there are NAME, MODEL"),
        ("[mine]\nNAME=m", "[mine] MODEL: is missing"),
        ("[mine]\nMODEL=m.gguf\nCTX_SIZE=16k", "[mine] CTX_SIZE: takes a number, not '16k'"),
        ("[mine]\nMODEL=m.gguf\nN_GPU_LAYERS=-1", "[mine] N_GPU_LAYERS: takes a number, not '-1'"),
        ("[mine]\nMODEL=m.gguf\nFIT=yes", "[mine] FIT: takes on or off, not 'yes'"),
        ("[mine]\nMODEL=m.gguf\n  CTX_SIZE=1", "[mine] MODEL: goes on in an indented line"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--port 1", "[mine] EXTRA_ARGS: --port: the suite sets that itself"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=jinja", "[mine] EXTRA_ARGS: 'jinja' stands before the first flag"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--x 'a", "[mine] EXTRA_ARGS: a quote is not closed"),
        ('[mine]\nMODEL=m.gguf\nNAME="a', "[mine] NAME: a quote is not closed"),
        ('[mine]\nMODEL="m.gguf" x', "[mine] MODEL: goes on behind its closing quote"),
        ("[mine]\nMODEL=m.gguf".encode("utf-16"), "models.conf is UTF-16 text: save it as UTF-8"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=-b 1 -b 2", "[mine] EXTRA_ARGS: -b says what -b says already"),
        ("[mine]\nMODEL=m.gguf\nCTX_SIZE=1\nEXTRA_ARGS=-c 2", "-c says what CTX_SIZE says already"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--temp hot", "[mine] EXTRA_ARGS: --temp takes a number, not 'hot'"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--temp nan", "EXTRA_ARGS: --temp takes a number, not 'nan'"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--top-p inf", "EXTRA_ARGS: --top-p takes a number, not 'inf'"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=-np 1e400", "EXTRA_ARGS: -np takes a whole number, not '1e400'"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--seed 1e400", "--seed takes a whole number, not '1e400'"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--top-k nan", "--top-k takes a whole number, not 'nan'"),
        ("[mine]\nMODEL=m.gguf\nEXTRA_ARGS=--seed " + "9" * 5000, "--seed takes a whole number, not '999"),
        ("[mine]\nMODEL=m.gguf\nCTX_SIZE=" + "9" * 5000, "CTX_SIZE: takes a number, not '999"),
        ("[mine]\nMODEL=m.gguf\nMODEL=n.gguf", "models.conf, line 3: [mine] has MODEL twice"),
        ("[mine]\nMODEL=m.gguf\n[mine]", "models.conf, line 3: [mine] is there twice"),
        ("MODEL=m.gguf", "models.conf, line 1: 'MODEL=m.gguf' stands before the first [section]"),
        ("[mine]\nMODEL", "models.conf: no KEY=value in line 2"),
        ("# nothing", "models.conf has no [section]"),
        (b"[mine]\nNAME=\xff", "models.conf is no UTF-8 text (byte 12)"),
    ],
)
def test_what_is_wrong_is_named_with_file_section_and_key(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)

    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"models\.conf cannot be read: No such file"):
        load_profile("mine", extra=tmp_path / "models.conf")


def test_a_toml_file_of_one_s_own_can_extend_but_not_replace(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[bench-qwen3-coder]\nmodel = "m"')

    with pytest.raises(UsageError, match=r"is in llamacpp\.toml and in own\.toml; give yours another name"):
        load_profile("bench-qwen3-coder", extra=own)
