"""Whatever a user can get wrong is an error that says what to do, before anything is collected."""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from servecheck import problems as problem_sets
from servecheck.errors import ProblemSetError, RepliesError, SandboxUnavailable, UnknownName, UsageError
from servecheck.problems.code import CodeProblem
from servecheck.runs import grouping, profile_options, resolve
from servecheck.runs.declared import declared
from servecheck.runs.resolve import ResolvedRun
from servecheck.sandbox.options import SandboxChoice

from suites.selftest.records import suite_named

AUTO = SandboxChoice("auto", "worker", 4 << 30, None, None)
INSTRUCTED: dict[str, Any] = {
    "protocol": "lm_eval_instruct",
    "transforms": [{"name": "inject_chat_template_kwargs", "enable_thinking": False}, "strip_code_fences"],
}
INJECTED = {"name": "inject_chat_template_kwargs", "enable_thinking": False}
PROCESS = SandboxChoice("process", "worker", 4 << 30, None, None)


def _options(**given: Any) -> argparse.Namespace:
    asked = ("profile", "profiles_file", "base_url", "model", "problems", "samples", "temperature", "concurrency")
    names = (*asked, "replies", "replies_field", "run_dir", "transforms", "margin", "accept", "baseline", "judge")
    switches = dict.fromkeys(("collectonly", "record_reference", "end_early"), False)
    return argparse.Namespace(**{**dict.fromkeys(names), **switches, **given})


def resolved(*given: Any) -> ResolvedRun:
    """Where the command is about one profile."""
    (one,) = resolve.resolve_runs(*given)
    return one


def _file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "model-a.jsonl"
    path.write_text("".join(line + "\n" for line in lines))
    return path


def _row(task_id: str, **fields: Any) -> str:
    return json.dumps({"task_id": task_id, "solution": "x = 1", **fields})


class _Sets:
    """Problem sets with these task ids, and the names that were asked for; of MBPP+ no problem has its own test."""

    def __init__(self, task_ids: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._task_ids = task_ids or {}
        self.asked: list[str] = []

    def __call__(self, name: str) -> Any:
        self.asked.append(name)
        found = {
            task_id: CodeProblem(
                task_id, "", "f", "", "[]", "[]", 0.0, test="" if name == "mbpp-plus" else "def check(f): ..."
            )
            for task_id in self._task_ids.get(name, ())
        }
        return _Set(name, found)


class _Set(dict[str, Any]):
    sha256 = "0" * 64

    def __init__(self, name: str, problems: Mapping[str, Any]) -> None:
        super().__init__(problems)
        self.name, self.task_ids = name, tuple(problems)


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")


def test_the_default_is_the_embedded_reference_on_the_starter_problems():
    found = resolved(_options(), AUTO)

    assert (found.profile.name, found.profile.backend, found.problems.name) == ("reference", "embedded", "starter")
    assert found.trusted
    assert found.samples == {f"Starter/{n}": (0,) for n in range(44)}


def test_keys_that_cannot_be_logged_are_told_before_a_server_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys"))

    with pytest.raises(UsageError, match=r"SSLKEYLOGFILE names .* which cannot be written"):
        resolved(_options(), AUTO)


def test_the_default_run_folder_is_named_by_utc_time_and_profile():
    found = resolved(_options(), AUTO)

    assert found.run_dir.parent == Path("runs").absolute()
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z-reference", found.run_dir.name)


def test_given_replies_are_named_after_their_file_and_are_never_trusted(tmp_path):
    found = resolved(_options(replies=_file(tmp_path, _row("Starter/0")), problems="starter"), PROCESS)

    assert (found.profile.name, found.trusted) == ("model-a", False)


def test_several_rows_of_a_task_are_its_samples_in_order(tmp_path):
    path = _file(tmp_path, _row("Starter/1"), _row("Starter/0", solution="a"), _row("Starter/0", solution="b"))

    found = resolved(_options(replies=path, problems="starter"), PROCESS)

    assert found.samples == {"Starter/0": (0, 1), "Starter/1": (0,)}
    assert [found.given["Starter/0", sample].content for sample in (0, 1)] == ["a", "b"]


def test_a_packed_file_is_named_without_its_endings(tmp_path):
    path = tmp_path / "model a.jsonl.gz"
    path.write_bytes(gzip.compress(_row("Starter/0").encode()))

    assert resolved(_options(replies=path, problems="starter"), PROCESS).profile.name == "model-a"


def test_a_profile_with_a_base_url_asks_there_and_is_not_trusted():
    found = resolved(_options(profile="reference", base_url="http://localhost:8000/v1/", model="m"), PROCESS)

    assert (found.profile.name, found.profile.backend) == ("reference", "external")
    assert (found.profile.base_url, found.profile.request_model) == ("http://localhost:8000/v1", "m")
    assert not found.trusted


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"profile": "referense"}, UnknownName, "unknown profile 'referense': did you mean reference"),
        ({"problems": "humaneval"}, UnknownName, "unknown problem set 'humaneval': did you mean humaneval-plus"),
        ({"model": "m"}, UsageError, "--model names one of the models served at --base-url: give --base-url too"),
        ({"replies_field": "x"}, UsageError, "--replies-field names a field of a --replies file: give --replies too"),
        (
            {"replies": Path("a"), "base_url": "http://h/v1"},
            UsageError,
            "--replies grades what exists and --base-url asks a server: give one of them",
        ),
        (
            {"base_url": "localhost:8000"},
            UsageError,
            "base URL 'localhost:8000' is not one that can be asked; give it like http://host:8000/v1",
        ),
        (
            {"profile": "reference", "base_url": "localhost:8000"},
            UsageError,
            "base URL 'localhost:8000' is not one that can be asked; give it like http://host:8000/v1",
        ),
        ({"replies": Path("nowhere.jsonl"), "problems": "starter"}, RepliesError, "nowhere.jsonl cannot be read"),
        ({"profiles_file": Path("nowhere.toml")}, UsageError, "nowhere.toml cannot be read: "),
        ({"samples": 0}, UsageError, "--samples 0: ask for one reply a problem at least"),
        ({"temperature": -0.1}, UsageError, "--temperature -0.1 is none: give one from 0 up, such as 0.8"),
        (
            {"accept": "why"},
            UsageError,
            "--accept says why a run is recorded all the same",
        ),
        ({"accept": " \n", "record_reference": True}, UsageError, "--accept is empty: say why"),
        ({"end_early": True, "record_reference": True}, UsageError, "--end-early may leave problems out"),
        ({"end_early": True, "baseline": "a"}, UsageError, "--end-early may leave problems out"),
        ({"end_early": True, "profile": "replay"}, UsageError, "--end-early spares a server's answers"),
        ({"accept": "w" * 501, "record_reference": True}, UsageError, "--accept has 501 characters"),
        ({"margin": 0.0}, UsageError, "--margin 0: give points above 0 and below 100, such as 5"),
        ({"margin": 100.0}, UsageError, "--margin 100: give points above 0 and below 100, such as 5"),
        ({"margin": math.nan}, UsageError, "--margin nan: give points above 0 and below 100, such as 5"),
        ({"concurrency": 0}, UsageError, "--concurrency 0: let one request at least be in flight"),
        ({"temperature": float("nan")}, UsageError, "--temperature nan is none: "),
        (
            {"replies": Path("a"), "samples": 2},
            UsageError,
            "--samples is about asking a server, and this command asks none: leave it out",
        ),
        (
            {"replies": Path("a"), "temperature": 0.0},
            UsageError,
            "--temperature is about asking a server, and this command asks none: leave it out",
        ),
        (
            {"profile": "replay", "run_dir": Path("a"), "samples": 2},
            UsageError,
            "--samples is about asking a server, and this command asks none: leave it out",
        ),
        (
            {"profile": "replay"},
            UsageError,
            "--profile replay grades an earlier run again: name its folder with --run-dir=DIR",
        ),
        *(
            (
                {"profile": "replay", "run_dir": Path("a"), name: value},
                UsageError,
                f"--profile replay takes everything from the run in --run-dir: leave --{name.replace('_', '-')} out",
            )
            for name, value in (("replies", Path("a")), ("base_url", "http://h/v1"), ("problems", "starter"))
        ),
        ({"profile": "replay", "run_dir": Path("nowhere")}, UsageError, "--run-dir nowhere holds no run that could be"),
    ],
)
def test_options_that_cannot_be_done_as_asked(options, error, message):
    with pytest.raises(error) as raised:
        resolved(_options(**options), PROCESS)

    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((_row("Starter/0"), _row("Starter/99")), "line 2: unknown task_id 'Starter/99': did you mean 'Starter/9'?"),
        ((_row("Starter/0"), "", '{"task_id": '), "line 3: not JSON"),
        ((_row("Starter/0", sample=3), _row("Starter/0", sample=3)), "line 2: sample 3 of Starter/0 was in line 1"),
    ],
)
def test_rows_that_cannot_be_graded_are_named_by_line(tmp_path, lines, message):
    with pytest.raises(RepliesError) as raised:
        resolved(_options(replies=_file(tmp_path, *lines), problems="starter"), PROCESS)

    assert str(raised.value).startswith(f"{tmp_path / 'model-a.jsonl'}, {message}")
    assert "\n" not in str(raised.value)


def test_a_problem_file_that_is_not_the_published_one(tmp_path, monkeypatch):
    other = tmp_path / "other.jsonl.gz"
    other.write_bytes(gzip.compress(b'{"task_id": "HumanEval/0"}\n'))
    monkeypatch.setenv("HUMANEVAL_OVERRIDE_PATH", str(other))

    with pytest.raises(ProblemSetError) as raised:
        resolved(_options(problems="humaneval-plus"), PROCESS)

    assert str(other) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("no_docker")
def test_programs_from_outside_need_docker_or_the_users_word(tmp_path):
    options = _options(replies=_file(tmp_path, _row("Starter/0")), problems="starter")

    with pytest.raises(SandboxUnavailable) as raised:
        resolved(options, AUTO, ["humaneval"])

    assert str(raised.value).startswith("humaneval runs programs: no Docker engine answers at unix://")
    assert "unset DOCKER_HOST" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert resolved(options, PROCESS, ["humaneval"]).sandbox == PROCESS


@pytest.mark.usefixtures("no_docker")
def test_a_suite_that_runs_no_programs_needs_no_docker_and_the_one_that_does_is_named(monkeypatch):
    mention = suite_named("mention")  # whose grader needs nothing
    for module in (resolve, grouping, profile_options):
        monkeypatch.setattr(module, "declared_or_plain", lambda name: mention if name == "mention" else declared(name))
    options = _options(base_url="http://localhost:8000/v1", model="m", problems="starter")

    assert resolved(options, AUTO, ["mention"]).suites == ("mention",)
    with pytest.raises(SandboxUnavailable, match=r"^humaneval runs programs: no Docker engine answers"):
        resolve.resolve_runs(options, AUTO, ["mention", "humaneval"])


@pytest.mark.usefixtures("no_docker")
def test_this_runs_own_programs_need_no_docker():
    assert resolved(_options(), AUTO).trusted


def test_a_run_folder_that_holds_something_else_is_never_written_to(tmp_path):
    (tmp_path / "kept").write_text("a result")

    with pytest.raises(UsageError, match="exists and is neither empty nor a run: name a new one, or one that is to be"):
        resolved(_options(run_dir=tmp_path), AUTO)


def test_a_file_is_no_run_folder(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="exists and is neither empty nor a run"):
        resolved(_options(run_dir=tmp_path / "file"), AUTO)


def test_an_empty_run_folder_is_taken(tmp_path):
    assert resolved(_options(run_dir=tmp_path), AUTO).run_dir == tmp_path


def test_a_folder_with_nothing_but_the_log_of_a_server_that_did_not_start_is_taken(tmp_path):
    (tmp_path / "server.log").write_text("Traceback")

    assert resolved(_options(run_dir=tmp_path), AUTO).run_dir == tmp_path


def test_a_run_folder_named_from_here_is_the_same_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert resolved(_options(run_dir=Path("new")), AUTO).run_dir == tmp_path / "new"


def test_the_same_command_goes_on_with_its_run(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})

    found = resolved(_options(run_dir=tmp_path), AUTO)

    assert (found.run_dir, found.given, len(found.samples)) == (tmp_path, None, 44)


def test_more_samples_of_the_same_are_the_same_run(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})

    assert resolved(_options(run_dir=tmp_path, samples=3), AUTO).samples["Starter/0"] == (0, 1, 2)


def test_a_run_of_something_else_is_not_gone_on_with_and_each_difference_is_named(kept_run, tmp_path, starter):
    kept_run(tmp_path, {"Starter/0": (0,)})
    given = _file(tmp_path.parent, _row("Starter/0"))

    with pytest.raises(UsageError) as raised:
        resolved(_options(run_dir=tmp_path, profile="reference-one-flip", temperature=0.8), AUTO)
    with pytest.raises(UsageError) as of_replies:
        resolved(_options(run_dir=tmp_path, profile="reference", replies=given), PROCESS)

    assert str(raised.value) == (
        f'--run-dir {tmp_path} holds a run of something else: profile "reference" there, "reference-one-flip" now; '
        "sampling.temperature 0.0 there, 0.8 now; "
        'embedded {} there, {"wrong_count": 1} now. Name another --run-dir, or give the options of that run'
    )
    assert 'replies "asked" there, "' in str(of_replies.value)


def test_a_run_is_not_gone_on_with_under_another_profiles_name(kept_run, tmp_path):
    kept_run(tmp_path / "run", {"Starter/0": (0,)})
    twin = tmp_path / "twin.toml"
    twin.write_text('[twin]\nextends = "reference"\n')

    with pytest.raises(UsageError, match=r'something else: profile "reference" there, "twin" now. Name'):
        resolved(_options(run_dir=tmp_path / "run", profile="twin", profiles_file=twin), AUTO)


def test_a_problem_set_of_another_suite_is_said_to_be_that_suites(monkeypatch):
    declared("bfcl")
    unknown = {name: made for name, made in problem_sets.SETS.items() if not name.startswith("bfcl")}

    with pytest.raises(UsageError, match=r"and bfcl-v4-quick has none: .*; -m bfcl is about it"):
        resolve.planned_runs(_options(problems="bfcl-v4-quick"), AUTO, ["humaneval"])
    monkeypatch.setattr(problem_sets, "SETS", unknown)
    with pytest.raises(UsageError) as raised:
        resolve.planned_runs(_options(problems="bfcl-v4-quick"), AUTO, ["humaneval"])

    assert str(raised.value) == (
        "--problems bfcl-v4-quick is a set of the suite bfcl, which this command does not name: say -m bfcl, or name "
        "another set"
    )


@pytest.mark.parametrize(
    ("backend", "flag"), [("vllm", "load-format"), ("vllm", "load_format"), ("sglang", "load-format")]
)
def test_random_weights_are_held_to_no_published_model(tmp_path, backend, flag):
    own = tmp_path / "own.toml"
    own.write_text(f'[made-up]\nmodel = "m"\nproblems = "starter"\nbackend = "{backend}"\nflags.{flag} = "dummy"\n')
    asked = _options(profile="made-up", profiles_file=own)

    with pytest.raises(UsageError, match=r"made-up has random weights \(load-format dummy\), and humaneval would"):
        resolve.planned_runs(asked, AUTO, ["humaneval"])
    assert resolve.planned_runs(asked, AUTO, ["throughput"])


def test_other_problems_are_another_run(kept_run, tmp_path, starter):
    kept_run(tmp_path, {"Starter/0": (0,)})
    path = tmp_path / "run.json"
    manifest = json.loads(path.read_text())
    manifest["identity"]["problems_sha256"] = "f" * 64
    path.write_text(json.dumps(manifest))

    with pytest.raises(UsageError, match=f'problems themselves .* "{"f" * 64}" there, "{starter.sha256}" now'):
        resolved(_options(run_dir=tmp_path), AUTO)


def test_a_model_that_only_the_server_can_tell_is_compared_once_it_is_known(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})
    there = {"run_dir": tmp_path, "base_url": "http://localhost:8000/v1", "problems": "starter"}

    assert not resolved(_options(**there), PROCESS).model_is_known
    with pytest.raises(UsageError, match='model "servecheck/canonical-solutions" there, "m" now'):
        resolved(_options(**there, model="m"), PROCESS)


def test_the_same_replies_are_the_same_source_however_their_file_is_called(tmp_path):
    def source(name: str, *lines: str) -> str:
        path = tmp_path / name
        path.write_text("".join(line + "\n" for line in lines))
        return resolved(_options(replies=path, problems="starter"), PROCESS).source

    a, b = _row("Starter/0"), _row("Starter/1", solution="y = 2")
    as_completion = json.dumps({"task_id": "Starter/0", "completion": "x = 1"})

    assert source("one.jsonl", a, b) == source("two.jsonl", b, a)
    assert len({source("x", a, b), source("x", a), source("x", a, b, b), source("x", as_completion, b)}) == 4


def test_samples_are_asked_for_of_every_problem():
    found = resolved(_options(samples=3), AUTO)

    assert found.samples == {f"Starter/{n}": (0, 1, 2) for n in range(44)}


@pytest.mark.parametrize("options", [{}, {"base_url": "http://localhost:8000/v1", "problems": "starter"}], ids=str)
def test_a_temperature_takes_the_place_of_the_profiles(options):
    found = resolved(_options(temperature=0.8, **options), PROCESS)

    assert found.profile.sampling.temperature == 0.8
    assert found.identity(found.profile)["sampling.temperature"] == 0.8


def test_a_run_is_graded_again_into_a_folder_of_its_own(kept_run, tmp_path):
    profile, replies = kept_run(tmp_path, {"Starter/3": (0,), "Starter/1": (0,)})

    found = resolved(_options(profile="replay", run_dir=tmp_path), PROCESS)

    assert (found.profile, found.problems.name, found.given) == (profile, "starter", replies)
    assert found.samples == {"Starter/3": (0,), "Starter/1": (0,)}
    assert found.run_dir.parent == Path("runs").absolute()
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z-reference-replay", found.run_dir.name)
    assert re.fullmatch(r"replay of [0-9a-f]{64}", found.source)


@pytest.mark.usefixtures("no_docker")
def test_replies_of_an_earlier_run_are_not_trusted_though_an_embedded_server_gave_them(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})

    with pytest.raises(SandboxUnavailable):
        resolved(_options(profile="replay", run_dir=tmp_path), AUTO, ["humaneval"])


@pytest.mark.parametrize(
    ("named", "options", "asked"),
    [
        (["mbpp"], {}, ["mbpp-plus"]),
        (["humaneval"], {}, ["starter"]),
        (["humaneval", "mention"], {}, ["starter"]),
        ([], {}, ["starter"]),
        (["mbpp"], {"problems": "humaneval-plus"}, ["humaneval-plus"]),
        (["mbpp", "humaneval", "humaneval_instruct"], {"profile": "reference,tiny-glm"}, ["starter", "mbpp-plus",
                                                                                         "starter-32"]),
    ],
)  # fmt: skip
def test_a_suite_asks_the_set_that_it_is_about_and_each_set_is_loaded_once(named, options, asked, monkeypatch):
    sets = _Sets()
    monkeypatch.setattr(resolve, "load_problem_set", sets)

    resolve.resolve_runs(_options(**options), PROCESS, named)

    assert sets.asked == asked


def test_suites_about_different_sets_are_runs_with_problems_and_samples_of_their_own(monkeypatch):
    monkeypatch.setattr(resolve, "load_problem_set", _Sets({"starter": ("S/0", "S/1"), "mbpp-plus": ("M/0",)}))

    found = resolve.resolve_runs(_options(samples=2), AUTO, ["mbpp", "humaneval"])

    assert [(one.suites, one.problems.name, one.samples) for one in found] == [
        (("humaneval",), "starter", {"S/0": (0, 1), "S/1": (0, 1)}),
        (("mbpp",), "mbpp-plus", {"M/0": (0, 1)}),
    ]
    assert [one.run_dir.name for one in found] == ["reference", "reference-mbpp"]


def test_an_embedded_server_is_not_asked_a_suites_own_problems(monkeypatch):
    monkeypatch.setattr(resolve, "load_problem_set", _Sets({"own": ("O/0",)}))

    with pytest.raises(UsageError, match="humaneval asks own, to which the embedded server of profile reference has"):
        resolved(_options(problems="own"), PROCESS, ["humaneval"])
    assert resolved(_options(problems="own", collectonly=True), PROCESS, ["humaneval"]).problems.name == "own"
    assert resolved(_options(problems="own", base_url="http://localhost:8000/v1"), PROCESS, ["humaneval"]).suites


def test_problems_are_chosen_for_the_suites_that_can_take_them(monkeypatch):
    monkeypatch.setattr(resolve, "load_problem_set", _Sets({"starter": ("S/0",), "mbpp-plus": ("M/0",)}))

    found = resolve.resolve_runs(_options(problems="mbpp-plus"), AUTO, ["humaneval", "humaneval_instruct"])

    assert [(one.suites, one.problems.name) for one in found] == [
        (("humaneval",), "mbpp-plus"),
        (("humaneval_instruct",), "starter"),
    ]


def test_several_suites_can_be_asked_a_named_problem_set():
    assert resolved(_options(problems="starter"), AUTO, ["mbpp", "humaneval"]).problems.name == "starter"


def test_starter_names_the_projects_own_problems_of_each_suite():
    options = _options(base_url="http://localhost:8000/v1", model="m", problems="starter")

    found = resolve.resolve_runs(options, AUTO, ["humaneval", "gpqa", "bfcl"])

    assert {(*one.suites, one.problems.name) for one in found} == {
        ("humaneval", "starter"),
        ("gpqa", "gpqa-starter"),
        ("bfcl", "bfcl-starter"),
    }


def test_a_suite_with_its_own_way_of_asking_asks_any_profile_so():
    found = resolved(_options(profile="reference"), AUTO, ["humaneval_instruct"]).profile

    assert (found.protocol, found.sampling.max_tokens, found.sampling.repetition_penalty) == (
        "lm_eval_instruct",
        4096,
        1.05,
    )
    assert found.transforms[1:] == ["strip_code_fences", "copy_reasoning_to_content"]


def test_other_suites_read_replies_as_the_server_sent_them():
    assert resolved(_options(profile="reference"), AUTO, ["humaneval"]).profile.transforms == []
    assert resolved(_options(profile="reference"), AUTO).profile.transforms == []


def test_suites_that_ask_in_different_ways_have_a_run_each_below_one_folder():
    options = _options(profile="reference,reference-degraded", temperature=0.5)

    found = resolve.resolve_runs(options, AUTO, ["humaneval_instruct", "humaneval"])

    assert [(one.profile.name, one.suites, one.profile.protocol) for one in found] == [
        ("reference", ("humaneval",), "evalplus_chat"),
        ("reference", ("humaneval_instruct",), "lm_eval_instruct"),
        ("reference-degraded", ("humaneval",), "evalplus_chat"),
        ("reference-degraded", ("humaneval_instruct",), "lm_eval_instruct"),
    ]
    assert [one.run_dir.name for one in found] == [
        "reference",
        "reference-humaneval_instruct",
        "reference-degraded",
        "reference-degraded-humaneval_instruct",
    ]
    assert {(one.profile.sampling.temperature, one.profile.sampling.max_tokens) for one in found} == {
        (0.5, 768),
        (0.5, 4096),
    }
    (parent,) = {one.run_dir.parent for one in found}
    assert parent.name.endswith("Z-2-profiles")


def test_one_profile_asked_in_two_ways_names_the_folder_of_both():
    found = resolve.resolve_runs(_options(), AUTO, ["humaneval", "humaneval_instruct"])

    assert {one.run_dir.parent.name.rpartition("Z")[2] for one in found} == {"-reference"}


def test_given_transforms_are_for_the_suite_that_reads_through_them():
    plain, instructed = resolve.resolve_runs(_options(transforms="none"), AUTO, ["humaneval", "humaneval_instruct"])

    assert (plain.profile.transforms, instructed.profile.transforms) == ([], [])
    assert resolved(_options(), AUTO, ["humaneval_instruct"]).profile.transforms


def test_replies_of_one_way_of_asking_are_not_judged_as_two(tmp_path):
    options = _options(replies=_file(tmp_path, _row("Starter/0")), problems="starter")

    with pytest.raises(UsageError, match=r"one run's replies, and humaneval_instruct asks otherwise than humaneval \("):
        resolve.resolve_runs(options, PROCESS, ["humaneval", "humaneval_instruct"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("none", []),
        ("split_think_tags, strip_code_fences", ["split_think_tags", "strip_code_fences"]),
        ('[{"name": "strip_code_fences"}]', ["strip_code_fences"]),
    ],
)
def test_transforms_take_the_place_of_the_profiles(text, found):
    assert resolved(_options(transforms=text), AUTO, ["humaneval_instruct"]).profile.transforms == found


def test_transforms_are_refused_where_no_suite_reads_replies_through_them():
    with pytest.raises(UsageError, match="--transforms is about suites that read replies through them"):
        resolved(_options(transforms="strip_code_fences"), AUTO, ["humaneval"])


def test_an_unknown_transform_is_named_with_the_nearest_known(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[mine]\nextends = "reference"\ntransforms = ["strip_code_fence"]\n')

    with pytest.raises(UnknownName, match="'strip_code_fence': did you mean strip_code_fences"):
        resolved(_options(profile="mine", profiles_file=path), AUTO, ["humaneval_instruct"])


def test_replies_are_replayed_by_the_suite_of_their_protocol_alone(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})

    with pytest.raises(UsageError, match="was asked under evalplus_chat, and humaneval_instruct judges replies to lm_"):
        resolved(_options(profile="replay", run_dir=tmp_path), PROCESS, ["humaneval_instruct"])


def test_a_suite_that_reads_replies_as_they_came_replays_them_so(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)}, **INSTRUCTED)

    assert resolved(_options(profile="replay", run_dir=tmp_path), PROCESS, ["humaneval"]).profile.transforms == []


@pytest.mark.parametrize("kind", ["solution", "completion"])
def test_programs_are_no_replies_to_a_suite_with_its_own_protocol(tmp_path, kind):
    given = _file(tmp_path, json.dumps({"task_id": "Starter/0", kind: "x = 1"}))

    with pytest.raises(UsageError, match=f"gives a {kind}: name the field that has the reply"):
        resolved(_options(replies=given, problems="starter"), PROCESS, ["humaneval_instruct"])


def test_problems_without_tests_of_their_own_are_refused_by_a_suite_that_runs_these():
    with pytest.raises(UsageError, match="runs the problems' own tests, and mbpp-plus has none"):
        resolved(_options(problems="mbpp-plus"), AUTO, ["humaneval_instruct"])


def test_transforms_may_not_gainsay_the_profile():
    switched = json.dumps([INJECTED | {"enable_thinking": True}])

    with pytest.raises(UsageError, match="profile reference with these --transforms: inject_chat_template_kwargs sets"):
        resolved(_options(transforms=switched), AUTO, ["humaneval_instruct"])


def test_llama_cpp_behind_a_base_url_is_told_of_the_penalty_by_its_own_name():
    options = _options(profile="bench-glm-flash", base_url="http://localhost:8000/v1", problems="starter")

    found = resolved(options, PROCESS, ["humaneval_instruct"]).profile

    assert found.sampling.repetition_penalty is None
    assert found.extra_body["repeat_penalty"] == 1.05


def test_the_replies_of_a_run_can_be_read_through_others(kept_run, tmp_path):
    profile, _ = kept_run(tmp_path, {"Starter/0": (0,)}, **INSTRUCTED)
    options = {"profile": "replay", "run_dir": tmp_path}

    found = resolved(_options(**options, transforms="split_think_tags"), PROCESS, ["humaneval_instruct"])

    assert found.profile == profile.model_copy(update={"transforms": [INJECTED, "split_think_tags"]})
    with pytest.raises(UsageError, match="those of the run that is replayed were sent long ago"):
        resolved(_options(**options, transforms=json.dumps([INJECTED])), PROCESS, ["humaneval_instruct"])


def test_a_profile_of_ones_own_may_extend_the_suites(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[mine]\nextends = "reference"\nconcurrency = 3\n')

    found = resolved(_options(profile="mine", profiles_file=path), AUTO)

    assert (found.profile.name, found.profile.concurrency, found.problems.name) == ("mine", 3, "starter")


def test_a_profile_of_ones_own_can_be_asked_at_a_base_url(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[mine]\nmodel = "m"\nproblems = "starter"\n')

    found = resolved(_options(profile="mine", profiles_file=path, base_url="http://localhost:8000/v1"), PROCESS)

    assert (found.profile.name, found.profile.base_url) == ("mine", "http://localhost:8000/v1")


def test_a_profile_without_a_server_says_what_is_missing(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[somewhere]\nmodel = "m"\n')

    with pytest.raises(UsageError, match="profile 'somewhere' says of no server where it runs: give --base-url or"):
        resolved(_options(profile="somewhere", profiles_file=path), AUTO)


def test_a_margin_takes_the_place_of_the_profiles_and_identifies_nothing():
    before, now = resolved(_options(), AUTO), resolved(_options(margin=3.0), AUTO)

    assert (before.profile.margin, now.profile.margin) == (10.0, 3.0)
    assert now.identity(now.profile) == before.identity(before.profile)


def test_a_concurrency_takes_the_place_of_the_profiles_and_identifies_nothing():
    usual, found = resolved(_options(), AUTO), resolved(_options(concurrency=3), AUTO)

    assert found.profile.concurrency == 3
    assert found.identity(found.profile) == usual.identity(usual.profile)


def test_what_lies_in_a_run_folder_is_not_trusted_though_an_embedded_server_is_asked_for_the_rest(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})

    assert resolved(_options(), AUTO).trusted
    assert not resolved(_options(run_dir=tmp_path), PROCESS).trusted


def test_a_run_is_replayed_under_the_suite_that_its_problems_are_of(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})

    with pytest.raises(UsageError, match=r"asked starter, and mbpp is about mbpp-plus"):
        resolved(_options(profile="replay", run_dir=tmp_path), PROCESS, ["mbpp"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"samples": 99999999999}, "--samples 99999999999: ask for at most 10,000 replies a problem"),
        ({"concurrency": 99999999999}, "--concurrency 99999999999: let at most 65,536 requests be in flight"),
        ({"run_dir": Path("a" * 300)}, f"--run-dir {'a' * 117}... cannot be used (File name too long): name another"),
        ({"run_dir": Path("/dev/null/x")}, "--run-dir /dev/null/x cannot be written to by this user"),
    ],
)
def test_what_no_machine_can_do_is_refused_in_a_line(given: dict[str, Any], message: str):
    with pytest.raises(UsageError) as caught:
        resolved(_options(problems="starter", **given), PROCESS)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_run_dir_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.access", lambda path, _: path != tmp_path)

    with pytest.raises(UsageError, match="cannot be written to by this user: name another folder"):
        resolved(_options(problems="starter", run_dir=tmp_path / "run"), PROCESS)
