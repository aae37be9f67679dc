"""A recount of long-context cases: the answer from the prompt alone, and what a reply says, in code of its own.

Nothing of the problem set or its grader is used, so that an error of theirs shows.
"""

from __future__ import annotations

import re

_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_OWNERS = set("Anna Paul Maria John Sarah David Emma Peter Laura Daniel Julia Thomas Alice Robert".split())
_OWNERS |= set("Helen Michael Clara James Rose Simon".split())
_OWNER = re.compile(r"The box of (\w+) holds (?:the number (\d+)|the same number as the box of (\w+))\.")


def solved_from(prompt: str) -> set[str]:
    """What the question at the end of a prompt asks for, as the report before it says."""
    report, _, question = prompt.rpartition("Question about report ")
    if found := re.search(r"What is the code of the (\w+ \w+)\?", question):
        return set(re.findall(rf"The code of the {found[1]} is (\d+)\.", report))
    if found := re.search(r"Which boxes hold the number (\d+)\?", question):
        said = {owner: number or other for owner, number, other in _OWNER.findall(report)}
        return {owner for owner in said if _followed(said, owner) == found[1]}
    found = re.search(r"How many times did the bell of the ([\w ]+) ring\?", question)
    assert found is not None
    return {str(report.count(f"The bell of the {found[1]} rang."))}


def said_in(reply: str, prompt: str) -> set[str]:
    """The answers in a reply: whatever is written as the right ones are, each once."""
    last = re.split(r"(?i)\banswer\s*(?:is\s*)?:", reply)[-1]
    return _said_in(last, prompt) or _said_in(reply, prompt)


def _said_in(text: str, prompt: str) -> set[str]:
    if "Which boxes hold" in prompt:
        return set(re.findall(r"[A-Z][a-z]+", text)) & _OWNERS
    joined = re.sub(r"(?<=\d)[,'\u00a0\u202f ](?=\d{3}(?!\d))", "", text)
    numbers = set(re.findall(r"(?<![\w.])\d+(?!\w|\.\d)", joined))
    if "What is the code" in prompt:
        return {one for one in numbers if len(one) > 3}
    words = {str(_NUMBERS.index(word)) for word in re.findall(r"[a-z]+", text.lower()) if word in _NUMBERS}
    return numbers | words


def _followed(said: dict[str, str], owner: str) -> str:
    value = said[owner]
    while value in said:
        value = said[value]
    return value
