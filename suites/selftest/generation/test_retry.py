"""Asking again: what for, how often, how soon, and what is kept of it."""

import asyncio
import random
from collections.abc import Callable, Iterator

import pytest
from servecheck.errors import GenerationError
from servecheck.evaluation.transcript import Reply, Timings
from servecheck.generation.failures import AttemptFailed
from servecheck.generation.retry import AttemptsExhausted, RetryPolicy, ask_until_answered

BASE_URL = "http://host/v1"
REPLY = Reply("", None, "length", "m", None, Timings(1.0, None, 2.0), "ab" * 32)


def fault(what: str = "answered HTTP 503: later", *, temporary: bool = True, after: float | None = None) -> Exception:
    return AttemptFailed(BASE_URL, what, temporary=temporary, retry_after_s=after)


class Attempts:
    """Brings these outcomes in turn, and notes the waits between them without waiting."""

    def __init__(self, *outcomes: Reply | Exception) -> None:
        self.outcomes: Iterator[Reply | Exception] = iter(outcomes)
        self.asked = 0
        self.waits: list[float] = []
        self.told: list[str] = []

    async def ask(self) -> Reply:
        self.asked += 1
        outcome = next(self.outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def run(self, retries: int, key: str = "T_0-0") -> Reply:
        policy = RetryPolicy(retries, sleep=self.sleep)
        return asyncio.run(ask_until_answered(self.ask, key, policy, self.told.append))


def test_a_reply_is_never_asked_for_again_whatever_is_in_it() -> None:
    attempts = Attempts(REPLY)

    assert attempts.run(4) is REPLY
    assert (attempts.asked, attempts.waits, attempts.told) == (1, [], [])


def test_what_happened_earlier_is_told_and_kept_with_the_reply() -> None:
    attempts = Attempts(fault("a"), fault("b"), REPLY)

    reply = attempts.run(4)

    assert reply.earlier == ("a", "b")
    assert attempts.told == ["a", "b"]
    assert reply.timings == REPLY.timings


@pytest.mark.parametrize("error", [fault(temporary=False), GenerationError("other"), ZeroDivisionError()])
def test_what_would_happen_again_is_raised_at_once(error: Exception) -> None:
    attempts = Attempts(error, REPLY)

    with pytest.raises(type(error)) as caught:
        attempts.run(4)

    assert caught.value is error
    assert attempts.asked == 1


def test_when_attempts_are_used_up_the_error_says_how_many_and_what_was_last() -> None:
    attempts = Attempts(fault("a"), fault("b"), fault("c"))

    with pytest.raises(AttemptsExhausted) as caught:
        attempts.run(2)

    assert attempts.asked == 3
    assert str(caught.value) == (
        "http://host/v1 was asked 3 times in 0 s and the last time c; see the server's log, then run again with the "
        "same --run-dir, which asks for the missing replies alone"
    )


def test_a_profile_may_allow_no_retry() -> None:
    attempts = Attempts(fault())

    with pytest.raises(AttemptsExhausted, match=r"HTTP 503: later; .*asked once: the profile allows no retries"):
        attempts.run(0)
    assert (attempts.asked, attempts.waits) == (1, [])


def test_waits_double_from_half_a_second_to_half_a_minute_less_up_to_half() -> None:
    attempts = Attempts(*(fault() for _ in range(10)), REPLY)

    attempts.run(10)

    longest = [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert all(most / 2 <= wait <= most for wait, most in zip(attempts.waits, longest, strict=True))


@pytest.mark.parametrize(("after", "check"), [(40.0, lambda wait: wait == 40.0), (0.0, lambda wait: wait >= 0.25)])
def test_a_longer_retry_after_goes_before(after: float, check: Callable[[float], bool]) -> None:
    attempts = Attempts(fault(after=after), REPLY)

    attempts.run(4)

    (wait,) = attempts.waits
    assert check(wait)


def test_the_waits_are_seeded_by_the_key_alone() -> None:
    def waits(key: str) -> list[float]:
        random.seed()
        attempts = Attempts(fault(), fault(), REPLY)
        attempts.run(4, key)
        return attempts.waits

    assert waits("T_0-0") == waits("T_0-0")
    assert waits("T_0-0") != waits("T_1-0")
