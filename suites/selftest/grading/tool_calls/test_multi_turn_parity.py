"""Conversations are held and judged as bfcl-eval itself does: what is asked of the model, and whether it is solved."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.conversation import Ask
from servecheck.evaluation.transcript import Exchange, Reply, ToolCall, Transcript
from servecheck.evaluation.verdict import Verdict
from servecheck.generation.tool_calls import tool_result
from servecheck.grading.tool_calls.multi_turn_grader import MultiTurnGrader
from servecheck.problems.bfcl import BFCL_V4
from servecheck.problems.bfcl_multi_turn import BfclMultiTurn
from servecheck.problems.dialogues import DialogueProblem
from servecheck.profiles.schema import Profile
from servecheck.protocols.multi_turn_calling import MultiTurnCalling
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.simulated_apis.sources import MPMATH

from suites.selftest.grading.tool_calls import altered_conversations
from suites.selftest.grading.tool_calls.altered_conversations import DONE, altered, replies_of, right_turns
from suites.selftest.simulated_apis.in_process import InProcess
from suites.selftest.tool_problems import said

pytestmark = pytest.mark.slow
ITSELF = Path(__file__).with_name("multi_turn_itself.py")
ALTERED = 2_000
_SET = re.compile(r"\{'[a-z]+'(?:, '[a-z]+')*\}")
Case = tuple[DialogueProblem, list[altered_conversations.Reply]]


@pytest.fixture(scope="module")
def problems() -> list[DialogueProblem]:
    found = BfclMultiTurn()
    return [found[task_id] for task_id in found.task_ids]


@pytest.fixture
def bench() -> Bench:
    """Whose worlds are in this process: they and all calls are a published package's, and a test's."""
    return Bench(Profile(name="p", model="m"), "0" * 64, lambda: cast(Sandbox, InProcess()))


def _theirs(cases: Iterable[Case], folder: Path) -> list[Any]:
    wheels = [folder / one.file_name for one in (BFCL_V4, MPMATH)]
    for path, one in zip(wheels, (BFCL_V4, MPMATH), strict=True):
        path.write_bytes(one.content())
    questions = [{"id": problem.task_id, "replies": replies} for problem, replies in cases]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ITSELF), *map(str, wheels)],
        input="".join(json.dumps(one) + "\n" for one in questions),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def _reply(content: str, calls: list[altered_conversations.Call]) -> Reply:
    return said(*(ToolCall(*call, id=f"c{place}") for place, call in enumerate(calls)), content=content).reply


def _ours(case: Case, bench: Bench) -> tuple[Verdict, list[str], list[Any]]:
    """The verdict, a digest of the tools of every request, and the messages of the last."""
    problem, replies = case
    protocol, answers = MultiTurnCalling(), iter(replies)
    tools = {one.name: one for one in protocol.tools}
    conversation = protocol.converse(problem)
    step, exchanges, offered, messages = next(conversation), list[Exchange](), list[str](), list[Any]()
    while True:
        if isinstance(step, Ask):
            messages = [dict(one) for one in step.messages]
            offered.append(hashlib.sha256(json.dumps(step.fields["tools"], sort_keys=True).encode()).hexdigest())
            outcome: Any = _reply(*next(answers, DONE))
        else:
            outcome = tool_result(cast(Any, step).call, tools, bench)
        exchanges.append(Exchange(step.sha256, outcome))
        try:
            step = conversation.send(outcome)
        except StopIteration as end:
            transcript = Transcript(tuple(exchanges), end.value)
            return MultiTurnGrader().grade(problem, transcript, bench), offered, messages


def _alike(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Without calls that nothing answers, which is an intended difference, and with sets in one order."""
    for message, following in zip(messages, [*messages[1:], {"role": "user"}], strict=True):
        unanswered = message["role"] == "assistant" and following["role"] != "tool"
        told = {key: value for key, value in message.items() if not (unanswered and key == "tool_calls")}
        yield {**told, "content": _SET.sub(lambda found: str(sorted(found[0])), message["content"])}


def _compared(cases: list[Case], bench: Bench, folder: Path) -> tuple[list[Any], list[bool]]:
    """Where ours and theirs differ, and whether each is solved by ours."""
    differences, solved = [], []
    for case, theirs in zip(cases, _theirs(cases, folder), strict=True):
        verdict, offered, messages = _ours(case, bench)
        is_asked_alike = offered == theirs["tools"] and list(_alike(messages)) == list(_alike(theirs["messages"]))
        # where theirs ends in an error, there is no verdict of theirs, and none of ours solves the problem
        if verdict.solved is not (theirs["valid"] is True) or not is_asked_alike:
            differences.append((case[0].task_id, case[1], theirs["valid"], verdict.reason))
        solved.append(verdict.solved)
    return differences, solved


def test_the_accepted_calls_and_none_are_asked_and_judged_alike(
    problems: list[DialogueProblem], bench: Bench, tmp_path: Path
) -> None:
    right: list[Case] = [(one, replies_of(right_turns(one))) for one in problems]
    silent: list[Case] = [(one, []) for one in problems]

    differences, solved = _compared([*right, *silent], bench, tmp_path)

    assert differences == []
    assert solved == [True] * len(right) + [False] * len(silent)


def test_altered_conversations_are_asked_and_judged_alike(
    problems: list[DialogueProblem], bench: Bench, tmp_path: Path
) -> None:
    chance = random.Random(17)
    cases: list[Case] = []
    while len(cases) < ALTERED:
        problem = chance.choice(problems)
        one_by_one = random.Random(chance.random()) if chance.random() < 0.5 else None
        cases.append((problem, replies_of(altered(right_turns(problem), chance), one_by_one)))

    differences, solved = _compared(cases, bench, tmp_path)

    assert differences == []
    assert 0.1 < sum(solved) / ALTERED < 0.9  # or nothing was compared


def test_in_the_sandbox_they_are_what_they_are_without(problems: list[DialogueProblem], bench: Bench) -> None:
    cases: list[Case] = [(one, replies_of(right_turns(one))) for one in problems[::40]]

    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        within = [_ours(case, Bench(bench.profile, "0" * 64, lambda: sandbox)) for case in cases]

    assert within == [_ours(case, bench) for case in cases]
