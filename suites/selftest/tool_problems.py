"""Problems in BFCL's form, a function and what is accepted of it, for the tests of what grades and asks them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from servecheck.evaluation.transcript import Reply, Timings, ToolCall, Transcript, Usage
from servecheck.problems.bfcl import problem_of
from servecheck.problems.tool_calls import ToolProblem


def described(
    properties: Mapping[str, Any], required: Sequence[str] | None = None, name: str = "f.g"
) -> dict[str, Any]:
    """A function; a property is its type, or a schema."""
    schemas = {
        key: {"description": "d", **({"type": one} if isinstance(one, str) else one)} for key, one in properties.items()
    }
    schema = {"type": "dict", "properties": schemas, "required": list(required or ())}
    return {"name": name, "description": "Does it.", "parameters": schema}


def problem(
    properties: Mapping[str, Any],
    *accepted: Mapping[str, Any],
    task_id: str = "simple_python_0",
    required: Sequence[str] | None = None,
) -> ToolProblem:
    """About one function ``f.g``, with the calls of it that are accepted."""
    asked = [[{"role": "user", "content": "Do it."}]]
    line = {"id": task_id, "question": asked, "function": [described(properties, required)]}
    return problem_of(line, [{"f.g": dict(one)} for one in accepted])


def call(name: str = "f_g", **arguments: Any) -> ToolCall:
    """As a server sends it."""
    return ToolCall(name, json.dumps(arguments))


def said(*calls: ToolCall, content: str = "") -> Transcript:
    """A conversation of one reply."""
    told = [{"id": one.id, "function": {"name": one.name, "arguments": one.arguments}} for one in calls]
    finish = "tool_calls" if calls else "stop"
    message = {"role": "assistant", "content": content, "tool_calls": told}
    return Transcript.of(Reply(content, None, finish, "m", Usage(9, 9), Timings(1.0, None, 0.5), "00", message=message))
