"""What ``--dry-run`` prints."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from servecheck.engines.launch import Launch
from servecheck.engines.started_engine import planned_launch
from servecheck.problems import load_problem_set
from servecheck.profiles.load import load_profile, profile_names
from servecheck.profiles.schema import Profile, Yarn
from servecheck.protocols import prompt_protocol
from servecheck.protocols.request_body import request_body
from servecheck.report.dry_run import dry_run, estimate
from servecheck.report.token_estimate import ESTIMATED, estimated_tokens

from suites.bfcl.suite import SUITE
from suites.bfcl_multi_turn.suite import SUITE as MULTI_TURN

STARTER = load_problem_set("starter")
FIRST = STARTER.task_ids[0]
ALL = dict.fromkeys(STARTER.task_ids, (0,))
PROMPT = prompt_protocol("evalplus_chat").messages(STARTER[FIRST])


def shown(name: str, samples: Mapping[str, Sequence[int]] | None = None) -> str:
    return dry_run(load_profile(name), STARTER, samples or {FIRST: (0,)})


def body_in(text: str) -> Any:
    return json.loads(text[text.index("    {") : text.rindex("    }") + 5])


def test_a_vllm_profile_word_for_word() -> None:
    text = shown("glm47-nvfp4")

    tokens = estimated_tokens(PROMPT[0]["content"])
    before, after = text[: text.index("    {")], text[text.rindex("    }") + 6 :]
    assert before.splitlines() == [
        "profile glm47-nvfp4: Salyut1/GLM-4.7-NVFP4, nvfp4, vllm",
        "  command:",
        "    VLLM_USE_FLASHINFER_MOE_FP4=1 vllm serve Salyut1/GLM-4.7-NVFP4 --host 127.0.0.1 --port PORT"
        " --served-model-name Salyut1/GLM-4.7-NVFP4 --tensor-parallel-size 4 --max-model-len 88000"
        " --kv-cache-dtype fp8 --gpu-memory-utilization 0.95 --tool-call-parser glm47 --reasoning-parser glm45"
        " --enable-auto-tool-choice",
        "  environment, beside what it inherits:",
        "    VLLM_USE_FLASHINFER_MOE_FP4=1",
        "  GPUs needed: 4",
        "  time to load: at most 1800 s",
        "  PORT: a free one, chosen at the start",
        f"  request, of {FIRST}, to /v1/chat/completions:",
    ]
    assert after.splitlines() == [
        "  replies are read through: strip_code_fences, copy_reasoning_to_content",
        "  requests: 1 (starter, evalplus_chat), at most 16 at once",
        f"  prompt tokens ({ESTIMATED}): {tokens}, the longest prompt {tokens}",
        "  reply tokens: at most 768, 768 a reply",
    ]


@pytest.mark.parametrize("name", [name for name in profile_names() if not name.startswith("fault-")])
def test_every_profile_shows_the_command_and_the_request_of_a_run(name: str) -> None:
    profile = load_profile(name)

    text = shown(name)

    assert body_in(text) == request_body(profile, PROMPT)
    launch = planned_launch(profile)
    if launch is not None:
        line = text.splitlines()[2].strip()
        assert line == launch.shown
        assert shlex.split(line)[len(launch.environment) :] == list(launch.command)


def test_a_machine_s_own_start_is_shown_in_place_of_the_plan() -> None:
    launch = Launch(("/opt/vllm", "serve"), {"HF_HOME": "/data"})

    text = dry_run(load_profile("glm47-fp8"), STARTER, ALL, launch)

    assert "    HF_HOME=/data /opt/vllm serve\n" in text
    assert "PORT" not in text


def test_secrets_of_the_machine_s_start_are_not_shown() -> None:
    command = ("docker", "run", "-e", "HF_TOKEN=s3cret", "--env=DB_PASSWD=s3cret", "--proxy", "http://u:s3cret@h:1")
    launch = Launch(command, {"HF_TOKEN": "s3cret", "HTTPS_PROXY": "http://u:s3cret@h:1", "HF_HOME": "/data"})

    text = dry_run(load_profile("glm47-fp8"), STARTER, ALL, launch)

    assert "s3cret" not in text
    assert "    HF_HOME=/data\n" in text
    assert "    HF_TOKEN=(not recorded)\n" in text


def test_nothing_that_a_file_says_reaches_the_terminal_as_a_control_character() -> None:
    hostile = "\x1b]0;x\x07\x9b2J\u202e\u2028\n\x7fé"
    profile = Profile(
        name="p",
        model=f"m{hostile}",
        backend="vllm",
        system_prompt=hostile,
        environment={"A": hostile},
        flags={"x": hostile},
    )

    text = dry_run(profile, STARTER, {FIRST: (0,)})

    assert all(line.isprintable() for line in text.split("\n"))
    assert r"A=\x1b]0;x\x07\x9b2J\u202e\u2028\n\x7fé" in text
    assert body_in(text) == request_body(profile, prompt_protocol(profile.protocol).messages(STARTER[FIRST]))


def test_a_profile_without_a_gguf_file_says_what_is_missing() -> None:
    assert "  WEIGHTS: the profile names no GGUF file: a --profiles-file of yours has to\n" in shown("bench-glm-flash")
    assert "  MODELS: this machine's folder of GGUF files\n" in shown("bench-qwen3-coder")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("glm4-9b-0414", "  YaRN: off: 32,768 tokens are served, 32,768 are native\n"),
        ("glm4-9b-0414-long", "  YaRN: on, factor 4: 131,072 tokens are served, 32,768 are native\n"),
        ("reference", "  server: the suite's own, started by it; no engine\n"),
    ],
)
def test_the_server_s_state_is_said(name: str, line: str) -> None:
    assert line in shown(name)


def test_prompts_longer_than_yarn_is_advised_for_are_pointed_out() -> None:
    yarn = Yarn(factor=4.0, native_length=32768, input_length=10, rope_theta=10000.0)
    profile = load_profile("glm-z1-9b-0414").model_copy(update={"yarn": yarn})

    assert "  YaRN is advised above 10 tokens of input, and the longest prompt has about" in dry_run(
        profile, STARTER, {FIRST: (0,)}
    )
    assert "advised" not in shown("glm-z1-9b-0414", ALL)


def test_an_external_profile_names_its_address() -> None:
    profile = Profile(name="p", model="m", base_url="http://host:1/v1")

    assert "  server: runs already, at http://host:1/v1; none is started\n" in dry_run(profile, STARTER, ALL)


def test_every_sample_is_a_request() -> None:
    profile = Profile(name="p", model="m", system_prompt="x" * 400)

    one = estimate(profile, STARTER, {FIRST: (0,)})
    three = estimate(profile, STARTER, {FIRST: (0, 1, 2)})

    assert (one.requests, three.requests) == (1, 3)
    assert (
        one.prompt_tokens
        == one.longest_prompt_tokens
        == estimated_tokens("x" * 400) + estimated_tokens(PROMPT[0]["content"])
    )
    assert (three.prompt_tokens, three.reply_tokens) == (3 * one.prompt_tokens, 3 * 768)


def test_tools_are_part_of_the_request_and_of_its_tokens() -> None:
    starter = SUITE.starter
    assert starter is not None
    profile = SUITE.asked(load_profile("glm47-fp8"))
    first = starter.task_ids[0]

    text = dry_run(profile, starter, {first: (0,)})

    tools = body_in(text)["tools"]
    assert tools == [dict(tool) for tool in starter[first].tools]
    said = sum(estimated_tokens(message["content"]) for message in starter[first].messages)
    assert estimate(profile, starter, {first: (0,)}).prompt_tokens == said + estimated_tokens(json.dumps(tools))


def test_of_conversations_the_requests_that_are_known_are_told_as_the_least() -> None:
    starter = MULTI_TURN.starter
    assert starter is not None
    profile = MULTI_TURN.asked(load_profile("glm47-fp8"))
    turns = sum(len(starter[task_id].turns) for task_id in starter.task_ids)

    text = dry_run(profile, starter, dict.fromkeys(starter.task_ids, (0, 1)))

    assert turns > len(starter.task_ids)
    assert f"  requests: at least {2 * turns} ({starter.name}, multi_turn_calling)" in text
    assert " a reply, and the replies decide how many there are" in text
    assert "the longest first prompt " in text


def test_each_problem_is_built_once() -> None:
    built: list[str] = []

    class Counting:
        name, sha256, version, task_ids = STARTER.name, STARTER.sha256, STARTER.version, STARTER.task_ids

        def __getitem__(self, task_id: str, /) -> Any:
            built.append(task_id)
            return STARTER[task_id]

    counted: list[int] = []
    estimate(load_profile("glm47-fp8"), Counting(), ALL, counted.append)

    assert built == list(STARTER.task_ids)
    assert counted == list(range(1, len(built) + 1))
