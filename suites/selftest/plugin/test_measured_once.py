"""Tests of one command share a measurement: it is done once, and what fails it fails all of them."""

from __future__ import annotations

import pytest
from servecheck.errors import InfraError, UsageError
from servecheck.plugin.measured_once import MeasuredOnce


def test_it_is_done_at_the_first_call_alone():
    done: list[str] = []
    once = MeasuredOnce(lambda: done.append("measured"))
    assert not once.has_begun

    once.require()
    once.require()

    assert once.has_begun
    assert done == ["measured"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UsageError("name another folder"), "name another folder"),
        (OSError("no room"), "no room"),
        (ZeroDivisionError("by zero"), "this suite broke: ZeroDivisionError('by zero')"),
    ],
)
def test_what_fails_it_is_told_to_every_test_and_not_tried_again(error, said):
    tried: list[str] = []

    def measure() -> None:
        tried.append("once")
        raise error

    once = MeasuredOnce(measure)

    for _ in range(2):
        with pytest.raises(InfraError) as raised:
            once.require()
        assert str(raised.value) == said
    assert (tried, once.failure) == (["once"], said)
