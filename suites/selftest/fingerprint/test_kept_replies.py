"""A gateway that sends kept replies again is no model; servers with few ids, or one, are."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from servecheck.fingerprint.kept_replies import RepliesKept, SeenReplies

pytestmark = pytest.mark.selftest


def ask_twice(id_of: Callable[[int], object], requests: int = 60) -> None:
    """Each request twice, as a fingerprint is recorded; the id of a reply is one of how many came before."""
    seen = SeenReplies()
    for number in range(2 * requests):
        seen.see("/chat/completions", {"prompt": number % requests}, {"id": id_of(number)})


def test_replies_that_come_again_under_their_ids_are_kept_ones():
    with pytest.raises(RepliesKept, match="keeps replies"):
        ask_twice(lambda number: f"chatcmpl-{number % 60}")


@pytest.mark.parametrize(
    "id_of", [lambda number: f"chatcmpl-{number}", lambda _: "chatcmpl", lambda _: "", lambda _: 7]
)
def test_ids_of_their_own_or_none_are_of_a_server(id_of):
    ask_twice(id_of)


def test_coincidences_of_a_server_with_few_ids_are_none():
    for seed in range(20):
        ids = random.Random(seed)
        ask_twice(lambda _, ids=ids: f"chatcmpl-{ids.randrange(999)}")


def test_some_that_were_asked_after_the_keeping_ended_are_not_held_against_it():
    ask_twice(lambda number: f"chatcmpl-{number % 60 if number < 62 else number}")
