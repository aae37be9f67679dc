"""Whatever a user can get wrong is an error that says what to do, before anything is collected."""

from __future__ import annotations

import argparse
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from fixtures.errors import ProblemSetError, RepliesError, SandboxUnavailable, UnknownName, UsageError
from fixtures.plugin import settle as settling
from fixtures.plugin.settle import settle
from fixtures.sandbox.choice import Choice

AUTO = Choice("auto", "worker", 4 << 30, None, None)
PROCESS = Choice("process", "worker", 4 << 30, None, None)


def _options(**given: Any) -> argparse.Namespace:
    names = ("profile", "base_url", "model", "problems", "replies", "replies_field", "run_dir")
    return argparse.Namespace(**{**dict.fromkeys(names), "collectonly": False, **given})


def _file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "model-a.jsonl"
    path.write_text("".join(line + "\n" for line in lines))
    return path


def _row(task_id: str, **fields: Any) -> str:
    return json.dumps({"task_id": task_id, "solution": "x = 1", **fields})


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")


def test_the_default_is_the_embedded_reference_on_the_starter_problems():
    found = settle(_options(), AUTO)

    assert (found.profile.name, found.profile.backend, found.problems.name) == ("reference", "embedded", "starter")
    assert found.trusted
    assert found.samples == {f"Starter/{n}": (0,) for n in range(44)}


def test_the_default_run_folder_is_named_by_utc_time_and_profile():
    found = settle(_options(), AUTO)

    assert found.run_dir.parent == Path("runs").absolute()
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z-reference", found.run_dir.name)


def test_given_replies_are_named_after_their_file_and_are_never_trusted(tmp_path):
    found = settle(_options(replies=_file(tmp_path, _row("Starter/0")), problems="starter"), PROCESS)

    assert (found.profile.name, found.trusted) == ("model-a", False)


def test_several_rows_of_a_task_are_its_samples_in_order(tmp_path):
    path = _file(tmp_path, _row("Starter/1"), _row("Starter/0", solution="a"), _row("Starter/0", solution="b"))

    found = settle(_options(replies=path, problems="starter"), PROCESS)

    assert found.samples == {"Starter/0": (0, 1), "Starter/1": (0,)}
    assert [reply.text for reply in found.given if reply.task_id == "Starter/0"] == ["a", "b"]


def test_a_packed_file_is_named_without_its_endings(tmp_path):
    path = tmp_path / "model a.jsonl.gz"
    path.write_bytes(gzip.compress(_row("Starter/0").encode()))

    assert settle(_options(replies=path, problems="starter"), PROCESS).profile.name == "model-a"


def test_a_profile_with_a_base_url_asks_there_and_is_not_trusted():
    found = settle(_options(profile="reference", base_url="http://localhost:8000/v1/", model="m"), PROCESS)

    assert (found.profile.name, found.profile.backend) == ("reference", "external")
    assert (found.profile.base_url, found.profile.request_model) == ("http://localhost:8000/v1", "m")
    assert not found.trusted


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"profile": "referense"}, UnknownName, "unknown profile 'referense': did you mean reference?"),
        ({"problems": "humaneval"}, UnknownName, "unknown problem set 'humaneval': did you mean humaneval-plus?"),
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
    ],
)
def test_options_that_cannot_be_done_as_asked(options, error, message):
    with pytest.raises(error) as raised:
        settle(_options(**options), PROCESS)

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
        settle(_options(replies=_file(tmp_path, *lines), problems="starter"), PROCESS)

    assert str(raised.value).startswith(f"{tmp_path / 'model-a.jsonl'}, {message}")
    assert "\n" not in str(raised.value)


def test_a_problem_file_that_is_not_the_published_one(tmp_path, monkeypatch):
    other = tmp_path / "other.jsonl.gz"
    other.write_bytes(gzip.compress(b'{"task_id": "HumanEval/0"}\n'))
    monkeypatch.setenv("HUMANEVAL_OVERRIDE_PATH", str(other))

    with pytest.raises(ProblemSetError) as raised:
        settle(_options(problems="humaneval-plus"), PROCESS)

    assert str(other) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("no_docker")
def test_programs_from_outside_need_docker_or_the_users_word(tmp_path):
    options = _options(replies=_file(tmp_path, _row("Starter/0")), problems="starter")

    with pytest.raises(SandboxUnavailable) as raised:
        settle(options, AUTO)

    assert "install and start one" in str(raised.value)
    assert "--sandbox=process" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert settle(options, PROCESS).sandbox == PROCESS


@pytest.mark.usefixtures("no_docker")
def test_this_runs_own_programs_need_no_docker():
    assert settle(_options(), AUTO).trusted


def test_a_run_folder_that_holds_something_is_never_written_to(tmp_path):
    (tmp_path / "kept").write_text("a result")

    with pytest.raises(UsageError, match="is not an empty folder: name a new one"):
        settle(_options(run_dir=tmp_path), AUTO)


def test_an_empty_run_folder_is_taken(tmp_path):
    assert settle(_options(run_dir=tmp_path), AUTO).run_dir == tmp_path


def test_a_profile_without_a_server_says_what_is_missing(monkeypatch):
    from fixtures.profiles.schema import Profile

    monkeypatch.setattr(settling, "load_profile", lambda name: Profile(name=name, model="m", problems="starter"))

    with pytest.raises(UsageError, match="profile 'somewhere' says of no server where it runs: give --base-url or"):
        settle(_options(profile="somewhere"), AUTO)
