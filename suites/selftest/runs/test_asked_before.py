"""Replies are those to what is asked now, or to other prompts, or nobody knows: then nothing says that they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.conditions import asked_sha256 as asked_under
from servecheck.evaluation.conversation import Conversation
from servecheck.evaluation.protocols import PromptProtocol
from servecheck.evaluation.transcript import Reply, Timings
from servecheck.generation.request import request_digest
from servecheck.profiles.schema import Profile, Sampling
from servecheck.protocols import PROTOCOLS
from servecheck.protocols.request_body import request_body
from servecheck.rundir.manifest import ASKED
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.asked_before import asked_in as asked_in_run

from suites.selftest.generation.conftest import starter

__all__ = ["starter"]
TASKS = {"Starter/0": (0,), "Starter/1": (0, 1)}
OTHER = r"holds replies to other prompts: what the protocol own asks has changed since"
PROFILE = Profile(name="p", model="m", protocol="own")


class Own(PromptProtocol[Any]):
    name = "own"

    def __init__(self, question: str = "Solve", stop: str = "\n\n") -> None:
        self.question, self.stop = question, stop

    def messages(self, problem: Any) -> list[dict[str, Any]]:
        return [{"role": "user", "content": f"{self.question} {problem.task_id} \ud800"}]

    def request_fields(self, sampling: Sampling) -> dict[str, Any]:
        return {**super().request_fields(sampling), "stop": [self.stop]}


class Talking(Own):
    def converse(self, problem: Any) -> Conversation:
        return super().converse(problem)


def asked_sha256(protocol: PromptProtocol[Any], problems: Any) -> str:
    return asked_under(protocol, problems, Sampling())


@pytest.fixture
def asked_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """With the protocol as the one of its name that there is now."""

    def asked(run_dir: Path, protocol: Own, problems: Any) -> str:
        monkeypatch.setitem(PROTOCOLS, protocol.name, protocol)
        return asked_in_run(run_dir, protocol, problems, asked_sha256(protocol, problems))

    return asked


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, starter: Any) -> Callable[..., Path]:
    """As a command left it that asked two problems.

    ``asked`` is the manifest's digest, ``prompts`` what ``prompts.json`` has, and ``sent`` the protocol whose requests
    were sent, where there are replies.
    """

    def written(
        asked: str | None = None, prompts: Own | str | None = None, sent: Own | None = None, replies: str = "asked"
    ) -> Path:
        manifest: Mapping[str, Any] = {
            "format": 3,
            "identity": {"replies": replies},
            "profile": PROFILE.model_dump(),
            "samples": TASKS,
            "segments": [{}],
            **({} if asked is None else {ASKED: asked}),
        }
        (tmp_path / "run.json").write_text(json.dumps(manifest))
        if isinstance(prompts, str):
            (tmp_path / "prompts.json").write_text(prompts)
        elif prompts is not None:
            messages = {task_id: prompts.messages(starter[task_id]) for task_id in TASKS}
            (tmp_path / "prompts.json").write_text(json.dumps(messages))
        if sent is not None:
            monkeypatch.setitem(PROTOCOLS, sent.name, sent)
            for task_id, samples in TASKS.items():
                for sample in samples:
                    seed = None if len(samples) == 1 else sample
                    digest = request_digest(request_body(PROFILE, sent.messages(starter[task_id]), seed=seed))
                    reply = Reply("text", None, "stop", "m", None, Timings(0.0, None, 0.5), digest)
                    ReplyStore(tmp_path).write(task_id, sample, reply)
        return tmp_path

    return written


def test_where_there_is_no_run_yet_it_is_what_is_asked_now(tmp_path, starter, asked_in):
    assert asked_in(tmp_path / "new", Own(), starter) == asked_sha256(Own(), starter)


def test_a_digest_decides(run, starter, asked_in):
    now = asked_sha256(Own(), starter)
    assert asked_in(run(now, Own("Do")), Own(), starter) == now

    with pytest.raises(UsageError, match=OTHER):
        asked_in(run(asked_sha256(Own("Do"), starter), Own()), Own(), starter)


@pytest.mark.parametrize("prompts", [Own(), None], ids=["with the messages", "without"])
def test_without_one_the_requests_that_were_sent_tell(run, starter, asked_in, prompts):
    assert asked_in(run(prompts=prompts, sent=Own()), Own(), starter) == asked_sha256(Own(), starter)


def test_stops_that_were_others_are_in_no_message_and_so_nobody_knows(run, starter, asked_in):
    folder = run(prompts=Own(), sent=Own(stop="```"))

    assert asked_in(folder, Own(), starter) == ""


def test_one_reply_to_another_request_is_enough(run, starter, asked_in):
    folder = run(prompts=Own(), sent=Own())
    store = ReplyStore(folder)
    other = Reply("text", None, "stop", "m", None, Timings(0.0, None, 0.5), "0f" * 32)
    store.write("Starter/1", 1, other)

    assert asked_in(folder, Own(), starter) == ""


def test_a_damaged_reply_which_is_asked_for_again_is_none(run, starter, asked_in):
    folder = run(prompts=Own(), sent=Own())
    ReplyStore(folder).path("Starter/1", 1).write_text("{")

    assert asked_in(folder, Own(), starter) == asked_sha256(Own(), starter)


@pytest.mark.parametrize("sent", [Own("Do"), None], ids=["sent so", "with no reply yet"])
def test_messages_that_were_others_are_replies_to_something_else(run, starter, asked_in, sent):
    with pytest.raises(UsageError, match=OTHER):
        asked_in(run(prompts=Own("Do"), sent=sent), Own(), starter)


@pytest.mark.parametrize("prompts", [None, "{", "[]", "{}"], ids=["none", "damaged", "no object", "of no problem"])
def test_with_neither_messages_nor_requests_of_now_nobody_knows(run, starter, asked_in, prompts):
    assert asked_in(run(prompts=prompts, sent=Own("Do")), Own(), starter) == ""


def test_messages_of_some_problems_alone_tell_of_a_change(run, starter, asked_in):
    some = {"Starter/0": Own().messages(starter["Starter/0"])}

    with pytest.raises(UsageError, match=OTHER):
        asked_in(run(prompts=json.dumps(some)), Own("Do"), starter)


def test_of_conversations_the_requests_show_the_beginning_alone(run, starter, asked_in):
    assert asked_in(run(prompts=Own(), sent=Own()), Talking(), starter) == ""


@pytest.mark.parametrize("prompts", [None, Own(), Own("Do")], ids=["no messages", "those of now", "others"])
def test_what_was_given_was_asked_nobody_knows_what_whatever_its_manifest_says(run, starter, asked_in, prompts):
    now = asked_sha256(Own(), starter)

    assert asked_in(run(now, prompts, replies="0f" * 32), Own(), starter) == ""


@pytest.mark.parametrize("samples", [{"Starter/0": 0}, {"Starter/0": [None, "0"]}, [0], None])
def test_a_manifest_whose_samples_are_none_is_read_as_one_without_replies(run, starter, asked_in, samples):
    folder = run(sent=Own())
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**facts, "samples": samples}))

    assert asked_in(folder, Own(), starter) == asked_sha256(Own(), starter)
