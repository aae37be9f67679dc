"""The packaged profiles against the notes that they come from, flag by flag.

The expected values are written out from the notes, none of them computed: "GLM-4.7 — Quality Eval Results" and the
maker's serving command, "Plan: Sampler Settings + EvalPlus Coding Benchmark", "GLM-4-0414 Model Series".
"""

from typing import Any

import pytest
from servecheck.engines.started_engine import planned_launch
from servecheck.profiles.load import load_profile

VLLM = "vllm serve {model} --host 127.0.0.1 --port PORT --served-model-name {model}"
NOTES_GLM47 = (
    " --tensor-parallel-size 4 --max-model-len 88000 --kv-cache-dtype fp8 --gpu-memory-utilization 0.95"
    " --tool-call-parser glm47 --reasoning-parser glm45 --enable-auto-tool-choice"
)
OFFICIAL_GLM47 = (
    " --tensor-parallel-size 4 --tool-call-parser glm47 --reasoning-parser glm45 --enable-auto-tool-choice"
    """ --speculative-config '{"method": "mtp", "num_speculative_tokens": 1}'"""
)
OFFICIAL_NVFP4 = (
    " --tensor-parallel-size 4 --kv-cache-dtype fp8"
    " --tool-call-parser glm47 --reasoning-parser glm45 --enable-auto-tool-choice"
)
MTP = """ --speculative-config '{"method": "mtp", "num_speculative_tokens": 1}'"""
MOE_FP4 = "VLLM_USE_FLASHINFER_MOE_FP4=1 "
YARN = (
    """ --hf-overrides '{"rope_parameters": {"rope_type": "yarn", "factor": 4.0,"""
    """ "original_max_position_embeddings": 32768, "rope_theta": 10000.0, "partial_rotary_factor": 0.5},"""
    """ "max_position_embeddings": 131072}'"""
)
SGLANG = (
    "sglang serve --model-path zai-org/GLM-4.7-FP8 --host 127.0.0.1 --port PORT --served-model-name glm-4.7-fp8"
    " --enable-metrics --tp-size 8 --tool-call-parser glm47 --reasoning-parser glm45 --mem-fraction-static 0.8"
    " --speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 1"
    " --speculative-num-draft-tokens 4"
)
LLAMACPP = "llama-server --model {weights} --alias {model} --host 127.0.0.1 --port PORT --metrics"
QWEN_GGUF = "MODELS/Qwen3-Coder-Next/UD-Q6_K_XL/Qwen3-Coder-Next-UD-Q6_K_XL-00001-of-00003.gguf"
QWEN_PRINTED = (
    " --n-gpu-layers 99 --fit off --jinja -np 1 -b 2048 -ub 2048 --no-context-shift"
    r" -ot 'blk\.([0-9]|1[0-2])\.=CUDA0,blk\.(1[3-8])\.=CUDA1,exps=CPU'"
)
QWEN_SAMPLER = " --temp 1.0 --top-p 0.95 --top-k 40 --min-p 0.01"
FLASH_SAMPLER = " --temp 1.0 --top-p 0.95 --min-p 0.01"


def vllm(model: str, flags: str) -> str:
    return VLLM.format(model=model) + flags


def llamacpp(model: str, flags: str, weights: str = "WEIGHTS") -> str:
    return LLAMACPP.format(model=model, weights=weights) + flags


FP8, NVFP4, AWQ = "zai-org/GLM-4.7-FP8", "Salyut1/GLM-4.7-NVFP4", "QuantTrio/GLM-4.7-AWQ"
FLASH, GPT_OSS, QWEN = "GLM-4.7-Flash", "openai/gpt-oss-120b", "Qwen/Qwen3-Coder-Next"
BENCH, PRODUCTION = " --ctx-size 16384", " --ctx-size 65536"
ONE_SLOT = " --jinja -np 1"
BATCH_4096 = " -b 4096 -ub 4096"

COMMANDS = {
    "glm47-fp8": vllm(FP8, NOTES_GLM47),
    "glm47-fp8-mtp": vllm(FP8, NOTES_GLM47 + MTP),
    "glm47-nvfp4": MOE_FP4 + vllm(NVFP4, NOTES_GLM47),
    "glm47-nvfp4-thinking": MOE_FP4 + vllm(NVFP4, NOTES_GLM47),
    "glm47-awq": vllm(AWQ, NOTES_GLM47),
    "glm47-fp8-official": vllm(FP8, OFFICIAL_GLM47),
    "glm47-sglang": SGLANG,
    "glm47-nvfp4-official": MOE_FP4 + vllm(NVFP4, OFFICIAL_NVFP4),
    "bench-glm-flash": llamacpp(FLASH, BENCH + ONE_SLOT),
    "bench-glm-flash-q4": llamacpp(FLASH, BENCH + ONE_SLOT),
    "bench-gpt-oss-120b": llamacpp(GPT_OSS, BENCH + ONE_SLOT + BATCH_4096),
    "bench-gpt-oss-120b-low": llamacpp(GPT_OSS, BENCH + ONE_SLOT + BATCH_4096),
    "bench-gpt-oss-120b-high": llamacpp(GPT_OSS, BENCH + ONE_SLOT + BATCH_4096),
    "bench-qwen3-coder": llamacpp(QWEN, BENCH + QWEN_PRINTED, QWEN_GGUF),
    "bench-qwen3-coder-q5": llamacpp(QWEN, BENCH + ONE_SLOT),
    "bench-qwen3-coder-q6k": llamacpp(QWEN, BENCH + ONE_SLOT),
    "glm-flash": llamacpp(FLASH, PRODUCTION + ONE_SLOT + FLASH_SAMPLER),
    "glm-flash-q4": llamacpp(FLASH, PRODUCTION + ONE_SLOT + FLASH_SAMPLER),
    "gpt-oss-120b": llamacpp(GPT_OSS, PRODUCTION + ONE_SLOT + BATCH_4096 + " --temp 1.0 --top-p 1.0"),
    "qwen3-coder": llamacpp(QWEN, PRODUCTION + QWEN_PRINTED + QWEN_SAMPLER, QWEN_GGUF),
    "qwen3-coder-q5": llamacpp(QWEN, PRODUCTION + ONE_SLOT + QWEN_SAMPLER),
    "qwen3-coder-q6k": llamacpp(QWEN, PRODUCTION + ONE_SLOT + QWEN_SAMPLER),
    "glm4-9b-0414": vllm("THUDM/GLM-4-9B-0414", " --max-model-len 32768"),
    "glm4-9b-0414-long": vllm("THUDM/GLM-4-9B-0414", " --max-model-len 131072" + YARN),
    "glm4-32b-0414": vllm("THUDM/GLM-4-32B-0414", " --max-model-len 32768"),
    "glm4-32b-0414-long": vllm("THUDM/GLM-4-32B-0414", " --max-model-len 131072" + YARN),
    "glm-z1-9b-0414": vllm("THUDM/GLM-Z1-9B-0414", " --max-model-len 32768 --reasoning-parser deepseek_r1"),
    "glm-z1-9b-0414-long": vllm(
        "THUDM/GLM-Z1-9B-0414", " --max-model-len 131072 --reasoning-parser deepseek_r1" + YARN
    ),
    "glm-z1-32b-0414": vllm("THUDM/GLM-Z1-32B-0414", " --max-model-len 32768 --reasoning-parser deepseek_r1"),
    "glm-z1-32b-0414-long": vllm(
        "THUDM/GLM-Z1-32B-0414", " --max-model-len 131072 --reasoning-parser deepseek_r1" + YARN
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_is_the_notes(name: str) -> None:
    launch = planned_launch(load_profile(name))

    assert launch is not None
    assert launch.shown == COMMANDS[name]


# name: (quantisation, thinking, switch, GPUs, requests in flight, sampling where it is not EvalPlus's)
GREEDY: dict[str, Any] = {}
FLASH_RECOMMENDED = {"temperature": 1.0, "top_p": 0.95, "min_p": 0.01, "max_tokens": 16384}
QWEN_RECOMMENDED = {"temperature": 1.0, "top_p": 0.95, "top_k": 40, "min_p": 0.01}
ASKED = {
    "glm47-fp8": ("fp8", "off", "enable_thinking", 4, 16, GREEDY),
    "glm47-fp8-mtp": ("fp8", "off", "enable_thinking", 4, 16, GREEDY),
    "glm47-nvfp4": ("nvfp4", "off", "enable_thinking", 4, 16, GREEDY),
    "glm47-nvfp4-thinking": ("nvfp4", "on", "enable_thinking", 4, 16, {"max_tokens": 16384}),
    "glm47-awq": ("awq", "off", "enable_thinking", 4, 16, GREEDY),
    "glm47-fp8-official": ("fp8", "off", "enable_thinking", 4, 16, GREEDY),
    "glm47-sglang": ("fp8", "off", "enable_thinking", 8, 16, GREEDY),
    "glm47-nvfp4-official": ("nvfp4", "off", "enable_thinking", 4, 16, GREEDY),
    "bench-glm-flash": ("unknown", "off", "enable_thinking", None, 1, GREEDY),
    "bench-glm-flash-q4": ("q4", "off", "enable_thinking", None, 1, GREEDY),
    "bench-gpt-oss-120b": ("mxfp4", "on", "none", None, 1, {"max_tokens": 12288}),
    "bench-gpt-oss-120b-low": ("mxfp4", "on", "none", None, 1, {"max_tokens": 12288}),
    "bench-gpt-oss-120b-high": ("mxfp4", "on", "none", None, 1, {"max_tokens": 12288}),
    "bench-qwen3-coder": ("UD-Q6_K_XL", "off", "none", None, 1, GREEDY),
    "bench-qwen3-coder-q5": ("q5", "off", "none", None, 1, GREEDY),
    "bench-qwen3-coder-q6k": ("q6_k", "off", "none", None, 1, GREEDY),
    "glm-flash": ("unknown", "on", "enable_thinking", None, 1, FLASH_RECOMMENDED),
    "glm-flash-q4": ("q4", "on", "enable_thinking", None, 1, FLASH_RECOMMENDED),
    "gpt-oss-120b": ("mxfp4", "on", "none", None, 1, {"temperature": 1.0, "top_p": 1.0, "max_tokens": 16384}),
    "qwen3-coder": ("UD-Q6_K_XL", "off", "none", None, 1, QWEN_RECOMMENDED),
    "qwen3-coder-q5": ("q5", "off", "none", None, 1, QWEN_RECOMMENDED),
    "qwen3-coder-q6k": ("q6_k", "off", "none", None, 1, QWEN_RECOMMENDED),
    "glm4-9b-0414": ("bf16", "off", "none", None, 16, GREEDY),
    "glm4-9b-0414-long": ("bf16", "off", "none", None, 16, GREEDY),
    "glm4-32b-0414": ("bf16", "off", "none", None, 16, GREEDY),
    "glm4-32b-0414-long": ("bf16", "off", "none", None, 16, GREEDY),
    "glm-z1-9b-0414": ("bf16", "on", "none", None, 16, {"max_tokens": 16384}),
    "glm-z1-9b-0414-long": ("bf16", "on", "none", None, 16, {"max_tokens": 16384}),
    "glm-z1-32b-0414": ("bf16", "on", "none", None, 16, {"max_tokens": 16384}),
    "glm-z1-32b-0414-long": ("bf16", "on", "none", None, 16, {"max_tokens": 16384}),
}
EVALPLUS = {"temperature": 0.0, "top_p": 0.95, "max_tokens": 768}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_asked_as_the_notes_have_it(name: str) -> None:
    profile = load_profile(name)

    quantisation, thinking, switch, gpus, concurrency, sampling = ASKED[name]
    assert (profile.quantisation, profile.thinking, profile.thinking_switch) == (quantisation, thinking, switch)
    assert (profile.gpus, profile.concurrency, profile.protocol) == (gpus, concurrency, "evalplus_chat")
    assert profile.sampling.model_dump(exclude_none=True) == {**EVALPLUS, **sampling}


@pytest.mark.parametrize(
    ("name", "effort"),
    [
        ("bench-gpt-oss-120b", "medium"),
        ("bench-gpt-oss-120b-low", "low"),
        ("bench-gpt-oss-120b-high", "high"),
        ("gpt-oss-120b", "medium"),
    ],
)
def test_every_gpt_oss_profile_states_its_reasoning_effort(name: str, effort: str) -> None:
    assert load_profile(name).extra_body == {"chat_template_kwargs": {"reasoning_effort": effort}}


def test_speculation_is_off_unless_the_profile_is_about_it() -> None:
    drafting = {name for name in COMMANDS if load_profile(name).speculation is not None}

    assert drafting == {"glm47-fp8-mtp", "glm47-fp8-official", "glm47-sglang"}
