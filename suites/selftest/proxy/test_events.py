"""Events with their bytes, however the network cuts them."""

import pytest
from servecheck.proxy.events import EventCutter, encoded, without_data

STREAM = b": hi\n\ndata: a\r\n\r\nid: 1\rdata: b\r\rdata:c\ndata: d\n\r\ndata: half"


def cut(*pieces: bytes) -> list[bytes]:
    cutter = EventCutter()
    return [event for piece in pieces for event in cutter.feed(piece)]


def test_events_end_with_an_empty_line_of_any_kind() -> None:
    events = [b": hi\n\n", b"data: a\r\n\r\n", b"id: 1\rdata: b\r\r", b"data:c\ndata: d\n\r\n"]

    assert cut(STREAM) == events


def test_one_carriage_return_and_line_feed_is_no_empty_line() -> None:
    assert cut(b"id: 1\r\ndata: a\r\n") == []


@pytest.mark.parametrize("at", range(len(STREAM) + 1))
def test_no_byte_is_lost_or_moved_by_a_cut(at: int) -> None:
    cutter = EventCutter()

    events = [*cutter.feed(STREAM[:at]), *cutter.feed(STREAM[at:])]

    assert b"".join(events) + cutter.rest == STREAM
    assert [event.strip() for event in events] == [event.strip() for event in cut(STREAM)]


def test_bytes_one_by_one_are_the_same_events() -> None:
    events = cut(*(STREAM[at : at + 1] for at in range(len(STREAM))))

    assert [event.strip() for event in events] == [event.strip() for event in cut(STREAM)]


def test_an_event_is_one_line_of_ascii() -> None:
    assert encoded({"a": "\ud83d\n"}) == b'data: {"a":"\\ud83d\\n"}\n\n'


def test_comments_and_other_fields_are_told_from_data() -> None:
    assert (
        without_data(b"\xef\xbb\xbf: note\r\ndata: {}\r\ndatum: 1\ndata\nid:7\r\n\r\n") == b": note\ndatum: 1\nid:7\n"
    )
