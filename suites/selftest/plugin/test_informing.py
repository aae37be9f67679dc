"""``--list-profiles`` and ``--dry-run`` tell and do nothing."""

from __future__ import annotations

import json

import pytest
from servecheck.plugin import informing

from suites.selftest.plugin.conftest import config_of


def test_every_profile_is_listed_in_a_line(suite):
    run = suite("--list-profiles")

    assert run.code == 0
    assert run.lines[0].split() == ["name", "model", "quantisation", "backend", "drafts", "thinking", "references"]
    assert ["glm47-fp8-mtp", "zai-org/GLM-4.7-FP8", "fp8", "vllm", "MTP", "k=1", "off", "-"] in [
        line.split() for line in run.lines
    ]
    assert not run.run_dir.exists()


def test_the_list_can_be_narrowed_down(told):
    names = [line.split()[0] for line in told("--list-profiles", "--profile", "glm47-nvfp4*").splitlines()]

    assert names == ["name", "glm47-nvfp4", "glm47-nvfp4-official", "glm47-nvfp4-thinking"]


def test_a_dry_run_shows_the_command_a_request_and_how_much_is_asked(told):
    shown = told("--dry-run", "--profile", "glm47-nvfp4-thinking", "--problems", "starter", "--samples", "2")
    [command] = [line.strip() for line in shown.splitlines() if " serve " in line]
    request = json.loads(shown[shown.index("\n    {") : shown.index("\n    }") + 6])

    assert command.startswith("VLLM_USE_FLASHINFER_MOE_FP4=1 vllm serve Salyut1/GLM-4.7-NVFP4 ")
    assert request["chat_template_kwargs"] == {"enable_thinking": True}
    assert "  requests: 88 (starter, evalplus_chat)" in shown


def test_several_profiles_are_shown_one_after_another(told):
    shown = told("--dry-run", "--profile", "glm4-*-0414", "--problems", "starter")

    assert [line.split(":")[0] for line in shown.splitlines() if line.startswith("profile ")] == [
        "profile glm4-32b-0414",
        "profile glm4-9b-0414",
    ]


def test_every_server_that_throughput_starts_is_shown(told):
    shown = told("-m", "throughput", "--dry-run", "--profile", "glm47-fp8-mtp", "--problems", "starter").splitlines()
    commands = [line.strip() for line in shown if " serve " in line]

    assert [line.split(":")[0] for line in shown if line.startswith("profile ")] == [
        "profile glm47-fp8-mtp, speculative decoding off, 2 of 4 blocks",
        "profile glm47-fp8-mtp, speculative decoding on, 2 of 4 blocks",
    ]
    assert ["--speculative-config" in command for command in commands] == [False, True]


def test_throughput_of_a_profile_that_drafts_nothing_starts_one_command(told):
    shown = told("-m", "throughput", "--dry-run", "--profile", "glm47-fp8", "--problems", "starter")

    assert len([line for line in shown.splitlines() if " serve " in line]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dry-run", "--profile", "glm47-fp9"], "unknown profile 'glm47-fp9': did you mean glm47-fp8"),
        (["--dry-run", "--replies=x.jsonl"], "this command asks none: leave it out"),
        (["--report-only", "--run-dir=nowhere"], "--report-only: nowhere holds no run"),
    ],
    ids=["no such profile", "nothing is asked", "no run"],
)
def test_what_cannot_be_shown_is_a_usage_error(arguments, said):
    with pytest.raises(pytest.UsageError) as found:
        informing.pytest_cmdline_main(config_of(*arguments))

    assert said in str(found.value)
