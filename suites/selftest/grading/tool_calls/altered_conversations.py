"""Replies that make the accepted calls of a conversation, or others: for comparisons with BFCL's checker."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from servecheck.problems.dialogues import ApiCall, DialogueProblem

Call = tuple[str, str]
"""Name and arguments, as a server sends them."""
Reply = tuple[str, list[Call]]
"""Content and calls."""
DONE: Reply = ("Done.", [])
Turns = list[list[Call]]


def right_turns(problem: DialogueProblem) -> Turns:
    """By turn, the accepted calls, with the arguments that stand by place under the names that the tools give them."""
    tools: list[Any] = [tool for turn in problem.turns for tool in turn.tools]
    names = {tool["function"]["name"]: list(tool["function"]["parameters"]["properties"]) for tool in tools}
    return [[(call.name, json.dumps(_named(call, names))) for call in turn.accepted] for turn in problem.turns]


def _named(call: ApiCall, names: Mapping[str, list[str]]) -> dict[str, Any]:
    return {**dict(zip(names.get(call.name, ()), call.positional, strict=False)), **call.named}


def replies_of(turns: Turns, chance: random.Random | None = None) -> list[Reply]:
    """A reply for all calls of a turn, or for one or a few each; then one that makes none."""
    found: list[Reply] = []
    for calls in turns:
        rest = list(calls)
        while rest:
            count = len(rest) if chance is None else chance.randint(1, len(rest))
            found.append(("", rest[:count]))
            rest = rest[count:]
        found.append(DONE)
    return found


def altered(turns: Turns, chance: random.Random) -> Turns:
    """With one thing changed, or a few."""
    found = [list(calls) for calls in turns]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(_ALTERATIONS)(found, chance)
    return found


def _place(turns: Turns, chance: random.Random) -> tuple[list[Call], int]:
    calls = chance.choice([calls for calls in turns if calls] or [[("ls", "{}")]])
    return calls, chance.randrange(len(calls))


def _left_out(turns: Turns, chance: random.Random) -> None:
    calls, place = _place(turns, chance)
    del calls[place]


def _twice(turns: Turns, chance: random.Random) -> None:
    calls, place = _place(turns, chance)
    calls.insert(place, calls[place])


def _reversed(turns: Turns, chance: random.Random) -> None:
    calls, _ = _place(turns, chance)
    calls.reverse()


def _elsewhere(turns: Turns, chance: random.Random) -> None:
    calls, place = _place(turns, chance)
    chance.choice(turns).append(calls.pop(place))


def _also_elsewhere(turns: Turns, chance: random.Random) -> None:
    calls, place = _place(turns, chance)
    chance.choice(turns).insert(0, calls[place])


def _renamed(turns: Turns, chance: random.Random) -> None:
    calls, place = _place(turns, chance)
    names = [name for turn in turns for name, _ in turn]
    calls[place] = (chance.choice([*names, "frobnicate", "run", "_load_scenario"]), calls[place][1])


def _unreadable(turns: Turns, chance: random.Random) -> None:
    calls, place = _place(turns, chance)
    name, arguments = calls[place]
    calls[place] = (name, chance.choice(("", "[]", "null", arguments[:-1], f'"{name}"')))


def _other_arguments(turns: Turns, chance: random.Random) -> None:
    calls, place = _place(turns, chance)
    name, text = calls[place]
    try:
        arguments = json.loads(text)
    except ValueError:
        return
    if not isinstance(arguments, dict):
        return
    key = chance.choice([*arguments, "zzz"])
    if chance.random() < 0.2:
        arguments.pop(key, None)
    else:
        arguments[key] = chance.choice(_VALUES)(arguments.get(key))
    calls[place] = (name, json.dumps(arguments))


def _over_and_over(turns: Turns, chance: random.Random) -> None:
    """More replies than a turn may have, where each makes one call."""
    calls, place = _place(turns, chance)
    calls += [calls[place]] * chance.choice((18, 21, 24))


_VALUES: tuple[Callable[[Any], Any], ...] = (
    lambda value: value + 1 if isinstance(value, int | float) else f"{value}x",
    lambda value: value.upper() if isinstance(value, str) else str(value),
    lambda value: value.strip("s.") if isinstance(value, str) else [value],
    lambda value: float(value) if isinstance(value, int) else value,
    lambda _: None,
    lambda _: float("nan"),
    lambda _: "\"it's\"\n\\ a 'quote'",
)
_ALTERATIONS: tuple[Callable[[Turns, random.Random], None], ...] = (
    _left_out, _twice, _reversed, _elsewhere, _also_elsewhere, _renamed, _unreadable, _other_arguments,
    _other_arguments, _other_arguments, _over_and_over,
)  # fmt: skip
