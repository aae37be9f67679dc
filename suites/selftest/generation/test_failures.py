"""What a failed attempt says, and what of it is read from headers."""

import time
from email.utils import formatdate

import pytest
from servecheck.generation.failures import LONGEST_RETRY_AFTER_S, refused, retry_after_s


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0), ("7", 7), (" 1.5 ", 1.5), ("60", 60), ("61", 60), ("999999999", 60)],
)
def test_seconds_are_taken_up_to_a_minute(header: str, seconds: float) -> None:
    assert retry_after_s(header) == seconds


def test_a_date_is_taken_from_now_on() -> None:
    seconds = retry_after_s(formatdate(time.time() + 30, usegmt=True))

    assert seconds is not None
    assert 25 < seconds <= 30
    assert retry_after_s(formatdate(time.time() + 9999, usegmt=True)) == LONGEST_RETRY_AFTER_S
    assert retry_after_s(formatdate(time.time() - 9999, usegmt=True)) == 0


@pytest.mark.parametrize("header", ["", "soon", "-5", "nan", "inf", "1e3", "٣", "9" * 400, "Fri, 99 Foo 2026"])
def test_anything_else_says_nothing(header: str) -> None:
    assert retry_after_s(header) is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
def test_overload_and_server_errors_are_temporary(status: int) -> None:
    assert refused("http://host/v1", status, "why").temporary


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 408, 413, 422])
def test_every_other_status_is_final_and_has_no_time_to_wait(status: int) -> None:
    fault = refused("http://host/v1", status, "why", retry_after="5")

    assert (fault.temporary, fault.retry_after_s) == (False, None)
