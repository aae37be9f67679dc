"""A strict file of a run directory is read whole, or refused with its faults and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict
from servecheck.errors import UsageError
from servecheck.rundir.strict_file import checked_file


class Measured(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: int
    seconds: float


def read(text: bytes) -> Measured:
    return checked_file(Path("measured.json"), text, Measured, 2, "measure again", ". Seconds are numbers.")


def test_what_fits_is_read():
    assert read(b'{"format": 2, "seconds": 1.5}') == Measured(format=2, seconds=1.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"format": 2, "sec', "measured.json is damaged (Unterminated string"),
        (b'{"format": 2, "seconds": NaN}', "measured.json is damaged (NaN is no number of JSON): measure again"),
        (b"[" * 100_000, "measured.json is damaged (maximum recursion depth exceeded"),
        (b'{"format": 1}', "measured.json was written by another version of this suite: measure again"),
        (b"[2]", "measured.json was written by another version of this suite: measure again"),
        (
            b'{"format": 2, "minutes": 1}',
            "measured.json is not as it must be, 2 fault(s): seconds: Field required; minutes: Extra inputs are not "
            "permitted. Seconds are numbers.",
        ),
    ],
)
def test_what_does_not_is_refused_with_advice(text, said):
    with pytest.raises(UsageError) as raised:
        read(text)

    assert str(raised.value).startswith(said)
