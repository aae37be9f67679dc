"""Replies with marks of every family, for tests: spelled as the table does, and in other case and with blanks."""

from __future__ import annotations

import random
import re

from servecheck.extraction.reasoning_marks import END_TOKENS, FAMILIES, WRAPPERS, MarkFamily

DRAFT = "def f(x):\n    draft = 1\n    return draft\n"
ANSWER = "def f(x):\n    return x + 1\n"


def spelled(mark: str, chance: random.Random | None = None) -> str:
    """The mark as a model writes it, what is open in it filled; with a chance, in any case and with blanks."""
    text = mark.replace("…", "opensource" if "think:" in mark else " to=python ")
    if chance is None:
        return text
    text = chance.choice([str, str, str.upper, str.title])(text)
    if chance.random() < 0.3 and not text[0].isalpha():
        text = re.sub(r"(?<=[<\[|/◁])(?=\w)|(?<=\w)(?=[>\]|▷])", lambda _: chance.choice(["", " ", "  ", "\t"]), text)
    return text


def closing(family: MarkFamily, chance: random.Random | None = None) -> str:
    """What a reply has between reasoning of that family and the answer."""
    close = spelled(family.closes[0], chance)
    begin = next((mark for mark in family.begins if "final" in mark and "start" in mark), "")
    return close + (spelled(begin or family.begins[0], chance) if family.begins else "")


# All that a finder looks at, in any order.
FRAGMENTS = [
    *(mark for family in FAMILIES for mark in (*family.opens, *family.closes, *family.begins)),
    *("<think>", "</think>", "<think>", "</think>", "<plan>", "</plan>"),
    *WRAPPERS,
    *END_TOKENS,
    *("<", "</", "<|", "[", "[/", "◁", "|>", ">", "think", "assistant", "analysis", "final", "Here is", " my "),
    *("```", "```python\n", "\n```\n", "~~~\n", "`", '"""', "'''", "'", '"', "#", "\\", "(", ")"),
    *("\n", "\n", "\n", "\n\n", "\r\n", " ", "    ", "\t", "- "),
    *("x = 1", "return 1", "def f():\n    return 1\n", "import re\n", "it's", "Here: ", "é😀", "\x00", "\u2028"),
    *("print('x')", 'x = """\n', "if x:\n    pass\n", DRAFT, ANSWER, f"```python\n{ANSWER}```\n"),
]


def random_text(chance: random.Random) -> str:
    """A text in which anything stands before and after anything."""
    marks = [spelled(one, chance) if chance.random() < 0.5 else spelled(one) for one in FRAGMENTS]
    return "".join(chance.choices(marks, k=chance.randint(1, 14)))


def cuts(text: str, chance: random.Random) -> list[str]:
    """The text in pieces, one character each or fewer."""
    if chance.random() < 0.2:
        return list(text)
    places = sorted(chance.randint(0, len(text)) for _ in range(chance.randint(0, 8)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
