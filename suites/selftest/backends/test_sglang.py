"""SGLang: what it is told, what it counts, why it does not start; with a program that poses as it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from servecheck.backends.sglang import SPEC
from servecheck.engines.engine import EngineServer
from servecheck.engines.launch import Container, Engine
from servecheck.engines.machine import Machine
from servecheck.engines.sglang_failures import SGLANG
from servecheck.engines.start_failure import find_cause
from servecheck.errors import ServerStartFailed, UsageError
from servecheck.gates.acceptance import Acceptance, NotCounted, SpecDecode
from servecheck.profiles.consistency import contradictions
from servecheck.profiles.flags import engine_flags, served_length
from servecheck.profiles.schema import Profile, SpeculativeDecoding, Yarn, kind_of
from servecheck.servers.counters import Counters, Replied, counted_between, parse_counters

FAKE = Path(__file__).parents[1] / "engines" / "fake_engine.py"
YARN = Yarn(factor=4.0, native_length=32768, rope_theta=10000.0)
# As 0.5.23 writes them: 40 requests of 1,240 tokens, and 500 checks of 3 drafted tokens each.
METRICS = """\
sglang:num_requests_total{model_name="glm",is_streaming="true"} 40.0
sglang:generation_tokens_total{model_name="glm",is_streaming="true"} 1240.0
sglang:spec_verify_calls_total{model_name="glm"} 500.0
sglang:spec_num_steps{model_name="glm",tp_rank="0"} 3.0
sglang:spec_num_draft_tokens{model_name="glm",tp_rank="0"} 4.0
"""


def profile(**keys: Any) -> Profile:
    return Profile(name="p", model="org/m", backend="sglang", **keys)


@pytest.mark.parametrize(
    ("engine", "begins"),
    [
        (Engine("python", "/p"), "/p -m sglang.launch_server --model-path w --host 127.0.0.1 --port 9 "),
        (
            Engine("image", "lmsysorg/sglang:v0.5.23"),
            "docker run --rm -i --init --name box --gpus all --ipc=host -p 127.0.0.1:9:30000 lmsysorg/sglang:v0.5.23"
            " python3 -m sglang.launch_server --model-path w --host 0.0.0.0 --port 30000 ",
        ),
    ],
)
def test_it_starts_from_an_environment_or_an_image(engine: Engine, begins: str) -> None:
    launch = SPEC.launch(profile(), engine, "w", 9, Container("box") if engine.kind == "image" else None)

    assert launch.shown.startswith(begins)


@pytest.mark.parametrize(
    ("speculation", "flags"),
    [
        (SpeculativeDecoding(tokens=1), ("EAGLE", None, 1)),
        (SpeculativeDecoding(method="NEXTN", tokens=1), ("EAGLE", None, 1)),
        (SpeculativeDecoding(method="DFLASH", model="d", tokens=2), ("DFLASH", "d", 2)),
        (SpeculativeDecoding(method="eagle3", model="d", tokens=4), ("EAGLE3", "d", 4)),
        (SpeculativeDecoding(method="draft_model", model="d", tokens=5), ("STANDALONE", "d", 5)),
    ],
)
def test_what_drafts_is_a_chain_with_the_models_own_token_at_its_end(
    speculation: SpeculativeDecoding, flags: tuple[str, str | None, int]
) -> None:
    algorithm, draft, steps = flags
    model = {} if draft is None else {"speculative-draft-model-path": draft}

    assert engine_flags(profile(speculation=speculation)) == {
        "speculative-algorithm": algorithm,
        **model,
        "speculative-num-steps": steps,
        "speculative-eagle-topk": 1,
        "speculative-num-draft-tokens": steps + 1,
    }


@pytest.mark.parametrize(
    ("method", "kind"), [("NEXTN", "MTP"), ("EAGLE3", "EAGLE-3"), ("STANDALONE", "draft model"), ("NGRAM", "n-gram")]
)
def test_its_own_names_of_methods_are_of_the_same_kinds(method: str, kind: str) -> None:
    assert SpeculativeDecoding(method=method).kind == kind_of(method) == kind


@pytest.mark.parametrize("method", ["ngram", "NGRAM"])
def test_n_grams_have_no_steps(method: str) -> None:
    speculation = SpeculativeDecoding(method=method, tokens=8, lookup=4)

    assert contradictions(profile(speculation=speculation)) == []
    assert engine_flags(profile(speculation=speculation)) == {
        "speculative-algorithm": "NGRAM",
        "speculative-num-draft-tokens": 9,
        "speculative-ngram-max-bfs-breadth": 1,
        "speculative-ngram-max-trie-depth": 4,
    }


@pytest.mark.parametrize(
    ("value", "length"),
    [
        (4096, 4096),
        ("88k", 88000),
        ("88Ki", 90112),
        ("1M", 1_000_000),
        ("88K", None),
        ("32ki", None),
        (True, None),
        (0, None),
    ],
)
def test_its_length_is_read_as_it_reads_it(value: Any, length: int | None) -> None:
    assert served_length(profile(flags={"context-length": value})) == length


def test_yarn_goes_into_what_overrides_the_models_configuration() -> None:
    flags: dict[str, Any] = {"context-length": 65536, "json-model-override-args": {"x": 1}}

    found = engine_flags(profile(yarn=YARN, flags=flags))["json-model-override-args"]

    assert found == {
        "x": 1,
        "rope_scaling": {
            "rope_type": "yarn",
            "factor": 4.0,
            "original_max_position_embeddings": 32768,
            "rope_theta": 10000.0,
        },
        "max_position_embeddings": 131072,
    }


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"flags": {"model": "x"}}, "the suite sets --model-path itself"),
        ({"flags": {"served-mod": "x"}}, "the suite sets --served-model-name itself"),
        ({"flags": {"api-key": "x"}}, "flags.api-key is a secret"),
        ({"flags": {"admin-api-key": "x"}}, "flags.admin-api-key is a secret"),
        ({"flags": {"speculative-alg": "EAGLE"}}, "say it by the table speculation"),
        ({"flags": {"speculative-draft-model": "d"}}, "say it by the table speculation"),
        ({"flags": {"speculative-adaptive": True}}, "drafts as many tokens as it likes"),
        ({"flags": {"config": "x"}}, "a file of flags hides what is served"),
        ({"flags": {"context-len": 1}}, "SGLang takes it for --context-length: write that"),
        ({"flags": {"tp": 2, "tensor-parallel-size": 2}}, "are one flag: keep one"),
        ({"compose_file": "c.yml"}, "compose_file is not for backend 'sglang'"),
        ({"cpu_fallback": True}, "cpu_fallback is not for backend 'sglang'"),
        ({"yarn": YARN}, "set flags.context-length to a number"),
        (
            {"yarn": YARN, "flags": {"context-length": 4096, "json-model-override-args": "{}"}},
            "flags.json-model-override-args must be a table without rope_scaling",
        ),
        (
            {
                "yarn": YARN,
                "flags": {"context-length": 4096, "json-model-override-args": {"text_config": {"rope_scaling": {}}}},
            },
            "flags.json-model-override-args must be a table without rope_scaling",
        ),
    ],
)
def test_a_contradiction_is_told_with_its_key(keys: dict[str, Any], message: str) -> None:
    assert any(message in wrong for wrong in contradictions(profile(**keys)))


@pytest.mark.parametrize("flags", [{"ssl-keyfile": "k"}, {"speculative-attention-mode": "decode"}, {"dtype": "auto"}])
def test_what_only_resembles_them_is_taken(flags: dict[str, Any]) -> None:
    assert contradictions(profile(flags=flags)) == []


def test_accepted_drafts_are_what_its_checks_gave_beside_the_models_own_tokens() -> None:
    found = parse_counters(METRICS)

    assert found == Counters("SGLang", SpecDecode(500, 0, 0), 40, None, Replied(1240, 0, 3))
    before = parse_counters("".join(f"{line.rpartition(' ')[0]} 0\n" for line in METRICS.splitlines()))
    assert counted_between(before, found, sent=40, replies=40) == Acceptance(SpecDecode(500, 1500, 700), 40, 0)


def between(before: str, after: str) -> Acceptance | NotCounted:
    return counted_between(parse_counters(before), parse_counters(after), sent=40, replies=40)


def text(*, requests: int, tokens: int, checks: int, steps: int = 3, more: str = "") -> str:
    return (
        f"sglang:num_requests_total {requests}\nsglang:generation_tokens_total {tokens}\n"
        f"sglang:spec_verify_calls_total {checks}\nsglang:spec_num_steps {steps}\n{more}"
    )


def test_requests_that_ended_without_a_token_before_the_run_take_nothing_of_what_it_accepted() -> None:
    before, after = text(requests=100, tokens=0, checks=0), text(requests=140, tokens=1240, checks=500)

    assert between(before, after) == Acceptance(SpecDecode(500, 1500, 700), 40, 0)


RETRACTED = 'sglang:num_retracted_requests_total{model_name="glm"} '


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({}, {"more": f"{RETRACTED}7\n"}, "put 7 requests aside"),
        ({"more": f"{RETRACTED}5\n"}, {"more": f"{RETRACTED}7\n"}, "put 2 requests aside"),
        ({"more": f"{RETRACTED}5\n"}, {}, "started again"),
        ({"steps": 5}, {}, "drafted 5 tokens at a time before and 3 after"),
        ({"tokens": 710}, {}, "530 tokens in 40 replies and 500 drafts"),
        ({"tokens": 1250}, {}, "started again"),
    ],
)
def test_what_it_accepted_is_not_told_where_it_cannot_be(
    before: dict[str, Any], after: dict[str, Any], why: str
) -> None:
    now: dict[str, Any] = {"requests": 40, "tokens": 1240, "checks": 500}
    found = between(text(**{**now, "requests": 0, "tokens": 0, "checks": 0, **before}), text(**{**now, **after}))

    assert isinstance(found, NotCounted)
    assert why in found.reason


def test_requests_that_were_put_aside_before_the_run_are_none_of_its_own() -> None:
    before = text(requests=0, tokens=0, checks=0, more=f"{RETRACTED}7\n")
    after = text(requests=40, tokens=1240, checks=500, more=f"{RETRACTED}7\n")

    assert between(before, after) == Acceptance(SpecDecode(500, 1500, 700), 40, 0)


@pytest.mark.parametrize("value", ["+Inf", "NaN", "-1", "1.9", "1e300", "2000"])
def test_a_number_of_tokens_that_no_draft_has_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"spec_num_steps is "):
        parse_counters(METRICS.replace('tp_rank="0"} 3.0', f'tp_rank="0"}} {value}'))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("launch_server.py: error: unrecognized arguments: --nope", "a flag that this SGLang does not have"),
        (
            "sglang serve: error: argument --tool-call-parser: invalid choice: 'glm99' (choose from 'glm47')",
            "a flag's value that this SGLang does not take",
        ),
        ("/usr/bin/python3: No module named sglang", "SGLang is not installed in that environment"),
        (
            "ValueError: Warning: User-specified context_length (999999) is greater than the derived context_length "
            "(202752). This may lead to incorrect model outputs",
            "a context longer than the model's",
        ),
        (
            "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static. Current value: "
            "mem_fraction_static=0.5",
            "too little memory beside the weights",
        ),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "out of memory"),
        (
            "RuntimeError: No accelerator (CUDA, XPU, HPU, NPU, MUSA, MPS) or platform plugin is available.",
            "no GPU that this SGLang can use",
        ),
        ("RuntimeError: CUDA error: invalid device ordinal", "fewer GPUs than the profile's tensor parallelism takes"),
        ("Exception: Capture cuda graph failed: no kernel", "a CUDA graph that could not be captured"),
        (
            "ValueError: nccl_port at 40123 is not available in 30 seconds. nccl_port at 40123 is not available",
            "a port that it wants for itself was taken by another process",
        ),
        (
            "huggingface_hub.errors.GatedRepoError: 401 Client Error.",
            "weights that may be downloaded only with a token",
        ),
    ],
)
def test_why_it_did_not_start_is_found_in_its_log(line: str, what: str) -> None:
    found = find_cause(SGLANG, f"INFO: starting\n{line}\n  File x.py, line 3\n")

    assert found is not None
    assert found.cause.what == what


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "sglang"
    path.write_text(f"#!{sys.executable} -IS\n{FAKE.read_text()}")
    path.chmod(0o755)
    return path


def server_of(program: Path, log: Path, **plan: Any) -> EngineServer:
    variables = {"FAKE_ENGINE": json.dumps(plan)}
    wanted = profile(executable=str(program), environment=variables, flags={"context-length": 2048})
    return EngineServer(SPEC, wanted, log, say=lambda _: None, machine=Machine())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
class TestAProgramThatPosesAsIt:
    def test_it_is_up_once_it_is_healthy_and_tells_its_version(self, program: Path, tmp_path: Path) -> None:
        with server_of(program, tmp_path / "log", unhealthy=2, owned_by="sglang") as server:
            found = server.describe()

        assert (found["engine"], found["version"], found["owned_by"]) == ("SGLang", "0.5.23", "sglang")
        assert found["command"][1:4] == ["serve", "--model-path", "org/m"]
        assert server.max_model_len == 2048

    def test_why_it_did_not_start_is_told(self, program: Path, tmp_path: Path) -> None:
        says = "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static."
        server = server_of(program, tmp_path / "log", says=says, exits=1)

        with pytest.raises(ServerStartFailed, match=r"SGLang could not start .* too little memory beside the weights"):
            server.start()

    def test_without_one_it_says_how_to_have_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("servecheck.engines.started_engine.installed_program", lambda _: None)
        server = EngineServer(SPEC, profile(), tmp_path / "log", say=lambda _: None, machine=Machine())

        with pytest.raises(UsageError, match=r"needs SGLang, and there is no `sglang` in PATH.* under \[sglang\]"):
            server.start()
