"""Readings are kept as they come; what a killed command left is gone on with, and what is damaged is refused."""

from __future__ import annotations

import pytest
from servecheck.errors import UsageError
from servecheck.rundir.fingerprint_readings import FILE, ReadingFile, read_readings

from suites.selftest.fingerprint.recorded_texts import line

pytestmark = pytest.mark.selftest


def test_what_was_read_is_there_for_the_next_command(tmp_path):
    with ReadingFile(tmp_path) as file:
        file.add(line())
        file.add(line(1, "scored"))

    with ReadingFile(tmp_path) as again:
        assert set(again.lines) == {(0, "generated", "chat-16-1"), (1, "scored", "chat-16-1")}
    assert read_readings(tmp_path) == [line(), line(1, "scored")]


def test_a_line_that_was_cut_short_is_read_anew(tmp_path):
    with ReadingFile(tmp_path) as file:
        file.add(line())
        file.add(line(1))
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-9])

    with ReadingFile(tmp_path) as again:
        assert set(again.lines) == {(0, "generated", "chat-16-1")}
        again.add(line(1))

    assert read_readings(tmp_path) == [line(), line(1)]


@pytest.mark.parametrize(
    "text",
    [
        b"{}\n",
        b"\n\n",
        b"[" * 100_000 + b"\n",
        b'{"number": 0, "how": "guessed", "prompt": "a", "readings": []}\n',
        b'{"number": 0, "how": "scored", "prompt": "a", "readings": [{"prompt": "a", "kind": "chat", "depth": 1, '
        b'"condition": "idle", "positions": [["a", NaN, []]]}]}\n',
    ],
)
def test_a_damaged_line_is_refused(tmp_path, text):
    (tmp_path / FILE).write_bytes(text)

    with pytest.raises(UsageError, match="is damaged"):
        ReadingFile(tmp_path)


def test_a_folder_without_readings_is_no_fingerprint(tmp_path):
    with pytest.raises(UsageError, match=r"has no readings\.jsonl"):
        read_readings(tmp_path)
