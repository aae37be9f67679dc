"""Conversations about the project's own shelf, for the tests of what asks and grades them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from servecheck.evaluation.transcript import Exchange, Reply, ToolCall, ToolResult, Transcript
from servecheck.problems.bfcl_multi_turn import STARTER_APIS, BfclMultiTurnStarter, api_call
from servecheck.problems.dialogues import ApiCall, DialogueProblem, DialogueTurn, Scenario

from suites.selftest.tool_problems import said

SHELF = Scenario(STARTER_APIS, ("Shelf",), {"Shelf": {"copies": {"Emma": 2}}})
BORROWED = "borrow(title='Emma', reader='Anna')"
Steps = Sequence[Sequence[str]]
"""Of one turn: the calls of each reply in it that makes some."""


def dialogue(*accepted: Sequence[str], task_id: str = "multi_turn_base_0") -> DialogueProblem:
    """About that shelf; by turn, the calls that are accepted."""
    tools = BfclMultiTurnStarter()["multi_turn_base_0"].turns[0].tools
    turns = tuple(
        DialogueTurn(({"role": "user", "content": f"Turn {number}."},), tools, tuple(map(api_call, calls)))
        for number, calls in enumerate(accepted)
    )
    return DialogueProblem(task_id, task_id.rpartition("_")[0], turns, SHELF)


def calls(*texts: str) -> list[ApiCall]:
    """Those calls, written as Python."""
    return [*map(api_call, texts)]


def reply(*texts: str, content: str = "") -> Reply:
    """That makes some calls, written as Python."""
    made: list[Mapping[str, Any]] = [{"name": one.name, "named": dict(one.named)} for one in calls(*texts)]
    return said(*(ToolCall(one["name"], json.dumps(one["named"])) for one in made), content=content).reply


def conversation(*turns: Steps) -> Transcript:
    """In which every turn ends with a reply that calls nothing."""
    exchanges: list[Exchange] = []
    for steps in turns:
        for made in steps:
            exchanges += [Exchange("0", reply(*made)), Exchange("0", ToolResult('{"results": []}'))]
        exchanges.append(Exchange("0", reply(content="Done.")))
    return Transcript(tuple(exchanges), "answered")
