"""A demand's way through the tool text, whole and streamed, without HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from servecheck.extraction.tool_calls.dialects import dialect_named
from servecheck.problems.tool_demands import CallDemand, Demand, demand_text
from servecheck.selfcheck.embedded.tool_text.faults import tool_fault
from servecheck.selfcheck.embedded.tool_text.path import ToolTextPath
from servecheck.selfcheck.embedded.tool_text.request import ToolRequest, tool_request
from servecheck.selfcheck.embedded.tool_text.writer import Stream


def tool(name: str = "save", **properties: Any) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def saving(value: Any, schema: Any = None, **more: Any) -> tuple[Demand, list[Any]]:
    """A demand to save a value, and the tool for it; ``more`` is more of the demand."""
    return Demand((CallDemand("save", {"value": value}),), **more), [tool(value=schema or {"type": "string"})]


@dataclass(frozen=True)
class Delivered:
    """What came of a request.

    Attributes:
        prompt, raw: below the reply.
        whole: the message of a reply in one piece, with its finish reason.
        streamed: the same, put together from the deltas.
        stream: the deltas.
    """

    prompt: str
    raw: str
    whole: Any
    streamed: Any
    stream: Stream

    @property
    def values(self) -> list[Any]:
        return arguments_of(self.whole)


def arguments_of(message: Any) -> list[Any]:
    """The arguments of every call; their text where they are no JSON."""
    return [_decoded(call["function"]["arguments"]) for call in message["tool_calls"]]


def request_of(demand: Demand, tools: Sequence[Any], messages: Sequence[Any] = (), **fields: Any) -> ToolRequest:
    talk = [{"role": "user", "content": demand_text(demand)}, *messages]
    ask = {"model": "m", "messages": talk, **({"tools": list(tools)} if tools else {}), **fields}
    return tool_request(json.dumps(ask).encode(), "m")


def deliver(
    demand: Demand,
    tools: Sequence[Any],
    messages: Sequence[Any] = (),
    *,
    fault: str | None = None,
    dialect: str = "glm47",
    **fields: Any,
) -> Delivered:
    path = ToolTextPath(dialect_named(dialect), tool_fault(fault))
    request = request_of(demand, tools, messages, **fields)
    prompt = path.prompt(request)
    generated = path.generated(request, prompt, 1)
    reply = path.reply(generated)
    stream = path.stream(reply, generated)
    message = path.message(reply)
    whole = {
        "content": message["content"] or "",
        "reasoning": message.get("reasoning", ""),
        "tool_calls": message.get("tool_calls", []),
        "finish_reason": reply.finish_reason,
    }
    return Delivered(prompt, generated.raw, whole, joined(stream), stream)


def joined(stream: Stream) -> dict[str, Any]:
    """The message that a stream's deltas are, as clients put them together: by the index, the last name winning."""
    texts = {"content": "", "reasoning": ""}
    calls: dict[Any, dict[str, Any]] = {}
    finish: str | None = None
    for chunk in stream.chunks:
        for field in texts:
            texts[field] += str(chunk.delta.get(field, ""))
        listed: Any = chunk.delta.get("tool_calls", [])
        for delta in listed:
            call = calls.setdefault(delta.get("index"), {"type": "function", "function": {"name": "", "arguments": ""}})
            call.update({key: value for key, value in delta.items() if key in ("id", "type")})
            function: Mapping[str, Any] = delta.get("function", {})
            call["function"]["name"] = function.get("name", call["function"]["name"])
            call["function"]["arguments"] += function.get("arguments", "")
        finish = chunk.finish_reason or finish
    return {**texts, "tool_calls": list(calls.values()), "finish_reason": finish}


def _decoded(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text
