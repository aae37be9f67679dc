"""One tool that saves a value, whatever its schema."""

from __future__ import annotations

from typing import Any

from servecheck.extraction.tool_calls.argument_schema import ArgumentSchema


def save(value: Any, **more: Any) -> dict[str, ArgumentSchema]:
    """``save(value)``, the schema of ``value`` being this one; ``more`` are keywords of the parameters."""
    parameters = {
        "type": "object",
        "properties": {"value": value},
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"save": ArgumentSchema({**parameters, **more})}
