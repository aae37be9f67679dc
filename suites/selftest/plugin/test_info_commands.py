"""``--list-profiles`` and ``--dry-run`` tell and do nothing."""

from __future__ import annotations

import json

import pytest
from servecheck.errors import GenerationError
from servecheck.gates.data_file import data_file
from servecheck.plugin import info_commands

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


@pytest.mark.parametrize(
    ("chosen", "references"), [((), "-"), (("-m", "humaneval_instruct"), "1"), (("-m", "humaneval or mbpp"), "-")]
)
def test_references_are_counted_of_the_suite_that_is_named(told, chosen, references):
    [_, line] = told("--list-profiles", "--profile", "glm47-fp8", *chosen).splitlines()

    assert line.split()[-1] == references


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


def test_what_the_gates_would_decide_by_is_read_and_told(told, reference_run):
    shown = told("--dry-run", "--problems=starter", f"--baseline={reference_run.run_dir}").splitlines()

    assert shown[:2] == [
        "servecheck: gate humaneval: published 100.0 %, margin 10 points, of 44: PASS from 44, FAIL up to 43",
        next(line for line in shown if line.startswith("servecheck: gate humaneval: compared with reference of 20")),
    ]


def test_the_judge_is_shown_as_it_would_be_started(told):
    asked = ("--dry-run", "-m", "simpleqa", "--problems=starter", "--profile=glm47-fp8")
    shown = told(*asked, "--judge=glm4-9b-0414").splitlines()

    judge = shown[shown.index("judge glm4-9b-0414: THUDM/GLM-4-9B-0414, bf16, vllm") :]
    assert judge[1] == "  command:"
    assert judge[2].startswith("    vllm serve THUDM/GLM-4-9B-0414 ")


@pytest.mark.parametrize(
    ("expression", "words"),
    [("simpleqa and hle", "no test is of two suites"), ("qqqqqq", "unknown marker"), ("selftest", "nothing would be")],
)
def test_of_a_command_that_asks_nothing_no_plan_is_shown(expression, words):
    with pytest.raises(pytest.UsageError, match=words):
        info_commands.pytest_cmdline_main(config_of("--dry-run", "-m", expression))


def test_a_server_that_gives_no_answer_is_one_line_and_exit_code_1(monkeypatch, capsys):
    def bisected(*_):
        raise GenerationError("/completions answered HTTP 500: \x1b[31mout of memory")

    monkeypatch.setattr("servecheck.runs.fingerprint.bisect.bisected", bisected)

    code = info_commands.pytest_cmdline_main(
        config_of("-m", "fingerprint", "--bisect=fingerprint,fingerprint-2-bits", "suites/fingerprint")
    )

    assert code == pytest.ExitCode.TESTS_FAILED
    assert capsys.readouterr().err == "ERROR: /completions answered HTTP 500: \\x1b[31mout of memory\n"


def test_that_nothing_gates_a_profile_is_told(told):
    shown = told("--dry-run", "--profile", "glm47-fp8", "--problems=starter")

    assert shown.startswith("servecheck: gate humaneval: NO REFERENCE for glm47-fp8: no published score or ")


def test_a_suite_that_no_score_decides_is_not_said_to_lack_one(told):
    assert "NO REFERENCE" not in told("--dry-run", "-m", "tool_contract")


def test_a_data_file_of_the_reference_scores_that_is_gone_is_told(tmp_path, reference_run):
    entry, written = data_file(tmp_path, "starter", {"solved": [1] * 44})
    manifest = reference_run.json("run.json")
    profile = manifest["profile"]
    facts = {
        "model": profile["model"],
        "quantisation": profile["quantisation"],
        "variant": {"mtp": None, "thinking": "off"},
        "suite": "humaneval",
        "protocol": "evalplus_chat",
        "problems": "starter",
        "problems_sha256": manifest["problems"]["sha256"],
        "metric": "pass@1 plus",
        "score": "100.0",
        "solved_count": 44,
        "solved": None,
        "n": 44,
        "data": {"name": entry.name, "sha256": entry.sha256},
        "sampling": {"temperature": 0},
        "source": "recorded by servecheck",
        "date": "2026-11-30",
    }
    (tmp_path / "scores.json").write_text(json.dumps({"entries": [facts]}))
    dry = config_of("--dry-run", "--problems=starter", f"--references={tmp_path / 'scores.json'}")

    with pytest.raises(pytest.UsageError, match=f"{entry.name}, which the reference scores name, cannot be read"):
        info_commands.pytest_cmdline_main(dry)
    (tmp_path / entry.name).write_bytes(written)
    assert info_commands.pytest_cmdline_main(dry) == pytest.ExitCode.OK


def test_every_server_that_throughput_starts_is_shown(told):
    shown = told("-m", "throughput", "--dry-run", "--profile", "glm47-fp8-mtp", "--problems", "starter").splitlines()
    commands = [line.strip() for line in shown if " serve " in line]

    assert [line.split(":")[0] for line in shown if line.startswith("profile ")] == [
        "profile glm47-fp8-mtp, speculative decoding off, 2 of 4 blocks",
        "profile glm47-fp8-mtp, speculative decoding on, 2 of 4 blocks",
    ]
    assert ["--speculative-config" in command for command in commands] == [False, True]


def test_throughput_shows_its_own_loads_and_requests_and_none_of_the_quality_suites(told):
    load = ("--max-concurrency=2,16", "--num-prompts=20", "--random-input-len=50", "--random-output-len=7")
    shown = told("-m", "throughput", "--dry-run", "--problems", "starter", *load)
    request = json.loads(shown[shown.index("\n    {") : shown.index("\n    }") + 6])

    assert (request["min_tokens"], request["ignore_eos"]) == (7, True)
    assert "  prompts: about 50 tokens in, 7 out\n" in shown
    assert "  concurrency 2: 20 requests after 4 of warm-up, " in shown
    assert "  concurrency 16: 20 requests after 4 of warm-up, " in shown
    assert shown.count("at most 7 tokens a reply") == 2
    assert "evalplus_chat" not in shown


def test_what_throughput_asks_beside_its_loads_is_shown_where_it_drafts(told):
    drafts = told("-m", "throughput", "--dry-run", "--profile", "glm47-fp8-mtp", "--problems", "starter")
    plain = told("-m", "throughput", "--dry-run", "--profile", "glm47-fp8", "--problems", "starter")

    assert drafts.count("  quality, once: 44 requests (starter, evalplus_chat)") == 2
    assert drafts.count("  log-probabilities: text of 44 prompts, and of 16 one at a time") == 2
    assert "quality" not in plain


def test_throughput_of_a_profile_that_drafts_nothing_starts_one_command(told):
    shown = told("-m", "throughput", "--dry-run", "--profile", "glm47-fp8", "--problems", "starter")

    assert len([line for line in shown.splitlines() if " serve " in line]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dry-run", "--profile", "glm47-fp9"], "unknown profile 'glm47-fp9': did you mean glm47-fp8"),
        (["--dry-run", "--replies=x.jsonl"], "this command asks none: leave it out"),
        (["--report-only", "--run-dir=nowhere"], "--report-only: nowhere holds no run"),
        (["--dry-run", "-m", "ifeval", "--judge=judge"], "--judge is about suites that have replies judged"),
        (["--dry-run", "--sandbox-memory=much"], "much"),
        (["--dry-run", "--run-dir=/proc/self/status", "--problems=starter"], "--run-dir"),
        (["--dry-run", "--baseline=nowhere", "--problems=starter"], "unknown baseline 'nowhere'"),
        (["--dry-run", "--baseline=/proc/self", "--problems=starter"], "--baseline /proc/self holds no run: name"),
        (["--dry-run", "--references=nowhere.json", "--problems=starter"], "scores nowhere.json cannot be read"),
        (
            ["--dry-run", "--references=nowhere/a.json", "--record-reference", "--problems=starter"],
            "nowhere is no folder, so nowhere/a.json cannot be made",
        ),
    ],
    ids=[
        "no such profile",
        "nothing is asked",
        "no run",
        "no suite that asks a judge",
        "no size",
        "no folder",
        "no baseline",
        "a baseline that is none",
        "no references",
        "no place for a reference",
    ],
)
def test_what_cannot_be_shown_is_a_usage_error(arguments, said):
    with pytest.raises(pytest.UsageError) as found:
        info_commands.pytest_cmdline_main(config_of(*arguments))

    assert said in str(found.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--request-rate=fast"], "give requests a second, such as 2,4.5"),
        (["--random-input-len=12"], "prompts of a fixed length go with replies of a fixed length"),
        (["--random-input-len=-1", "--random-output-len=3"], "cannot be"),
        (["--goodput", "speed:3"], "of ttft, tpot, e2el"),
        (["--num-prompts=0"], "measure one at least"),
        (["--dataset-path=nowhere.jsonl"], "the file of prompts nowhere.jsonl cannot be read"),
        (["--baseline=nowhere"], "nowhere"),
        (["--record-reference"], "--record-reference keeps scores of quality"),
        (["--profile=reference,reference-degraded"], "one profile at a time"),
        (["-m", "throughput or humaneval"], "throughput is measured alone"),
        (["-n", "2"], "measured by one process"),
    ],
)
def test_what_a_throughput_run_would_refuse_a_dry_run_refuses_in_the_same_words(refusal, arguments, said):
    measures = ["-m", "throughput", "--problems=starter", *arguments]
    with pytest.raises(pytest.UsageError) as found:
        info_commands.pytest_cmdline_main(config_of("--dry-run", *measures))

    assert said in str(found.value)
    assert str(found.value) == refusal(*measures)
