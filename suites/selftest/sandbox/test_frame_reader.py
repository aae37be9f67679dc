"""Frames come whole, however the stream is cut, or not at all."""

import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.errors import SandboxError
from servecheck.sandbox.frame_reader import FrameReader
from servecheck.sandbox.runner.frames import pack


def pieces_of(stream: bytes, sizes: list[int]) -> Callable[[float], bytes]:
    """A ``read`` that hands out ``stream`` in pieces of ``sizes``, then the rest, then nothing more."""
    parts = []
    for size in sizes:
        parts.append(stream[:size])
        stream = stream[size:]
    left = iter([part for part in [*parts, stream] if part])

    def read(deadline: float) -> bytes:
        for part in left:
            return part
        raise SandboxError("the stream has ended")

    return read


@given(st.lists(st.integers(1, 9), max_size=20))
def test_frames_come_in_order_however_the_stream_is_cut(sizes: list[int]) -> None:
    messages = [{"a": 1}, {}, {"text": "é😀" * 5}]
    reader = FrameReader(pieces_of(b"".join(map(pack, messages)), sizes))

    assert [reader.next(1.0) for _ in messages] == messages


def test_the_end_in_the_middle_of_a_frame_is_an_error() -> None:
    reader = FrameReader(pieces_of(pack({"a": 1})[:-1], []))

    with pytest.raises(SandboxError, match="has ended"):
        reader.next(1.0)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"no json", "no JSON"),
        (b"\xff\xfe\xfd", "no JSON"),
        (b"", "no JSON"),
        (b"[1]", "no object"),
        (b"null", "no object"),
    ],
)
def test_what_is_no_json_object_is_an_error(body: bytes, complaint: str) -> None:
    reader = FrameReader(pieces_of(struct.pack(">I", len(body)) + body, []))

    with pytest.raises(SandboxError, match=complaint):
        reader.next(1.0)


def test_all_reads_of_a_frame_share_one_deadline() -> None:
    deadlines = []
    read = pieces_of(pack({"a": 1}), [1, 1, 1, 1, 1])

    def remembered(deadline: float) -> bytes:
        deadlines.append(deadline)
        return read(deadline)

    before = time.monotonic()
    FrameReader(remembered).next(7.0)

    assert len(deadlines) == 6
    assert len(set(deadlines)) == 1
    assert before + 7.0 <= deadlines[0] <= time.monotonic() + 7.0


def test_a_slow_frame_after_a_quick_one_has_its_own_time() -> None:
    deadlines = []
    read = pieces_of(pack({}) + pack({}), [6])

    def remembered(deadline: float) -> bytes:
        deadlines.append(deadline)
        return read(deadline)

    reader = FrameReader(remembered)
    reader.next(1.0)
    reader.next(50.0)

    assert deadlines[1] - deadlines[0] > 40
