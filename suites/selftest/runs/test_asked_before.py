"""Replies are those to what is asked now, or to other prompts, or nobody knows: then nothing says that they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.conditions import asked_sha256 as asked_under
from servecheck.evaluation.conversation import Conversation
from servecheck.evaluation.protocols import PromptProtocol
from servecheck.profiles.schema import Sampling
from servecheck.rundir.manifest import ASKED
from servecheck.runs.asked_before import asked_in as asked_in_run

from suites.selftest.generation.conftest import starter

__all__ = ["starter"]
TASKS = {"Starter/0": (0,), "Starter/1": (0, 1)}
OTHER = r"holds replies to other prompts: what the protocol own asks has changed since"


class Own(PromptProtocol[Any]):
    name = "own"

    def __init__(self, question: str = "Solve") -> None:
        self.question = question

    def messages(self, problem: Any) -> list[dict[str, Any]]:
        return [{"role": "user", "content": f"{self.question} {problem.task_id} \ud800"}]


class Talking(Own):
    def converse(self, problem: Any) -> Conversation:
        return super().converse(problem)


def asked_sha256(protocol: PromptProtocol[Any], problems: Any) -> str:
    return asked_under(protocol, problems, Sampling())


def asked_in(run_dir: Path, protocol: PromptProtocol[Any], problems: Any) -> str:
    return asked_in_run(run_dir, protocol, problems, asked_sha256(protocol, problems))


def run(folder: Path, problems: Any, asked: Any = None, prompts: PromptProtocol[Any] | str | None = None) -> Path:
    """As a command left it that asked two problems."""
    manifest = {"format": 3, "identity": {"replies": "asked"}, "samples": TASKS, "segments": [{}], ASKED: asked}
    (folder / "run.json").write_text(json.dumps({key: value for key, value in manifest.items() if value is not None}))
    if isinstance(prompts, str):
        (folder / "prompts.json").write_text(prompts)
    elif prompts is not None:
        sent = {task_id: prompts.messages(problems[task_id]) for task_id in TASKS}
        (folder / "prompts.json").write_text(json.dumps(sent))
    return folder


def test_where_there_is_no_run_yet_it_is_what_is_asked_now(tmp_path, starter):
    assert asked_in(tmp_path / "new", Own(), starter) == asked_sha256(Own(), starter)


def test_a_digest_decides(tmp_path, starter):
    now = asked_sha256(Own(), starter)
    assert asked_in(run(tmp_path, starter, now, Own("Do")), Own(), starter) == now

    with pytest.raises(UsageError, match=OTHER):
        asked_in(run(tmp_path, starter, asked_sha256(Own("Do"), starter), Own()), Own(), starter)


def test_without_one_the_messages_beside_do(tmp_path, starter):
    assert asked_in(run(tmp_path, starter, prompts=Own()), Own(), starter) == asked_sha256(Own(), starter)

    with pytest.raises(UsageError, match=OTHER):
        asked_in(run(tmp_path, starter, prompts=Own("Do")), Own(), starter)


@pytest.mark.parametrize("prompts", [None, "{", "[]", "{}"], ids=["none", "damaged", "no object", "of no problem"])
def test_without_either_nobody_knows(tmp_path, starter, prompts):
    assert asked_in(run(tmp_path, starter, prompts=prompts), Own(), starter) == ""


def test_messages_of_some_problems_alone_tell_of_a_change_and_not_of_none(tmp_path, starter):
    some = {"Starter/0": Own().messages(starter["Starter/0"])}

    assert asked_in(run(tmp_path, starter, prompts=json.dumps(some)), Own(), starter) == ""
    with pytest.raises(UsageError, match=OTHER):
        asked_in(tmp_path, Own("Do"), starter)


def test_of_conversations_the_messages_show_the_beginning_alone(tmp_path, starter):
    assert asked_in(run(tmp_path, starter, prompts=Own()), Talking(), starter) == ""
