"""Calls that are right, altered in the ways that models alter them and in those that a checker may get wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Calls = list[tuple[str, str]]
"""Names, and arguments as JSON."""


def altered(calls: Calls, chance: random.Random) -> Calls:
    """The calls, altered once to three times."""
    found = list(calls)
    for _ in range(chance.randint(1, 3)):
        found = chance.choice(_OF_ALL)(found, chance)
    return found


def _dropped(calls: Calls, chance: random.Random) -> Calls:
    place = chance.randrange(len(calls) + 1)
    return calls[:place] + calls[place + 1 :]


def _twice(calls: Calls, chance: random.Random) -> Calls:
    return [*calls, chance.choice(calls)] if calls else [("f", "{}")]


def _shuffled(calls: Calls, chance: random.Random) -> Calls:
    return chance.sample(calls, len(calls))


def _one(alter: Callable[[str, str, random.Random], tuple[str, str]]) -> Callable[[Calls, random.Random], Calls]:
    def of_all(calls: Calls, chance: random.Random) -> Calls:
        if not calls:
            return calls
        place = chance.randrange(len(calls))
        return [*calls[:place], alter(*calls[place], chance), *calls[place + 1 :]]

    return of_all


def _renamed(name: str, arguments: str, chance: random.Random) -> tuple[str, str]:
    return chance.choice([name.upper(), name.replace("_", "."), name[:-1], ""]), arguments


def _unreadable(name: str, arguments: str, chance: random.Random) -> tuple[str, str]:
    return name, chance.choice([arguments[:-1], "", "[]", "null", f"{arguments}}}", '"{}"', "{}{}"])


def _argument(name: str, arguments: str, chance: random.Random) -> tuple[str, str]:
    try:
        found = json.loads(arguments)
    except ValueError:
        return name, arguments
    if not isinstance(found, dict) or not found:
        return name, json.dumps({"added": 1})
    key = chance.choice(sorted(found))
    match chance.randrange(6):
        case 0:
            del found[key]
        case 1:
            found["added"] = found[key]
        case _:
            found[key] = _value(found[key], chance)
    return name, json.dumps(found)


def _value(value: Any, chance: random.Random) -> Any:
    if isinstance(value, list) and value and chance.random() < 0.7:
        place = chance.randrange(len(value))
        return chance.choice(
            [
                [*value[:place], _value(value[place], chance), *value[place + 1 :]],
                value[::-1],
                value[:-1],
                [*value, value[0]],
                [],
                value[0],
            ]
        )
    if isinstance(value, dict) and value and chance.random() < 0.7:
        key = chance.choice(sorted(value))
        rest = {name: one for name, one in value.items() if name != key}
        return chance.choice([rest, {**value, key: _value(value[key], chance)}, {**value, "added": 1}, {}, [value]])
    if isinstance(value, str) and chance.random() < 0.8:
        return _text(value, chance)
    if isinstance(value, int | float) and not isinstance(value, bool) and chance.random() < 0.6:
        return chance.choice([value + 1, -value, float(value), int(value), str(value), f"{value}L", f"{value}f", 1e308])
    return chance.choice([None, "", True, False, 0, 1, 1.0, str(value), [value], {}, [], "x", [[value]], {"x": value}])


def _text(text: str, chance: random.Random) -> Any:
    return chance.choice(
        [
            text.upper(), text.swapcase(), f" {text}.", text.replace(" ", "-"), text.replace(",", ""), f"{text}\n",
            text.replace('"', "'"), f'"{text}"', f"'{text}'", f"{text}!", text[:-1], text.replace("new ", "new  "),
            text.replace("[]", "[] "), text.replace(", ", ","), f"const {text}", [text], text.replace("(", "( "),
            _as_json(text), text.replace("Object", "String"), f"x{text}", f"{text}n", f"{text}L", f"[{text}]",
        ]
    )  # fmt: skip


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


_OF_ALL = (_dropped, _twice, _shuffled, _one(_renamed), _one(_unreadable), *[_one(_argument)] * 12)
