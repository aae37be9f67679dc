"""Two requests at the same time get each other's calls; all others get their own."""

from __future__ import annotations

import asyncio

from servecheck.selfcheck.embedded.tool_text.meeting import Meeting
from servecheck.selfcheck.embedded.tool_text.parser import Parsed, SentCall


def reply(value: str) -> Parsed:
    return Parsed("", f"I save {value}.", (SentCall("id", "save", f'{{"value": "{value}"}}'),), "", "tool_calls")


def crossed(*values: str) -> list[tuple[str, str]]:
    """The content that each gets, and the arguments."""

    async def all_at_once() -> list[Parsed]:
        meeting = Meeting(patience_s=0.01)
        return list(await asyncio.gather(*(meeting.crossed(reply(value)) for value in values)))

    return [(found.content, found.calls[0].arguments) for found in asyncio.run(all_at_once())]


def test_two_that_meet_leave_with_each_others_calls() -> None:
    assert crossed("nonce-a", "nonce-b") == [
        ("I save nonce-a.", '{"value": "nonce-b"}'),
        ("I save nonce-b.", '{"value": "nonce-a"}'),
    ]


def test_a_third_leaves_with_its_own() -> None:
    assert crossed("nonce-a", "nonce-b", "nonce-c")[2] == ("I save nonce-c.", '{"value": "nonce-c"}')


def test_those_without_a_nonce_do_not_meet() -> None:
    assert crossed("a", "b")[0] == ("I save a.", '{"value": "a"}')
