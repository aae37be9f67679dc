"""Server-sent events, however they are cut."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servecheck.generation.sse import SseDecoder


def events_of(*pieces: bytes) -> list[str]:
    decoder = SseDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\n\n", ["a"]),
        (b"data:  a \n\n", [" a "]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data\ndata\n\n", []),
        (b"data:\n\ndata: \n\ndata\n\ndata: a\n\n", ["a"]),
        (b": ping\n\n:\ndata: a\n: in between\n\n", ["a"]),
        (b"event: message\nid: 7\nretry: 10\ndata: a\n\n", ["a"]),
        (b'error: {"code": 400, "message": "too long"}\n\n', ['{"error": {"code": 400, "message": "too long"}}']),
        (b'error:{"code": 400}\r\n\r\ndata: a\r\n\r\n', ['{"error": {"code": 400}}', "a"]),
        (b"error: out of memory\n\n", ['{"error": "out of memory"}']),
        (b"error:\n\n", ['{"error": "the server gave no words for it"}']),
        (b'event: error\ndata: {"message": "m"}\n\ndata: a\n\n', ['{"error": {"message": "m"}}', "a"]),
        (b'data: {"error": "m"}\nevent:error\n\n', ['{"error": "m"}']),
        (b"event: error\ndata: gone\ndata: away\n\n", ['{"error": "gone\\naway"}']),
        (b'event: error\ndata: {"error": null, "detail": "m"}\n\n', ['{"error": {"error": null, "detail": "m"}}']),
        (b"event: error\n\ndata: a\n\n", ["a"]),
        (b"event: error\nevent: message\ndata: a\n\n", ["a"]),
        (b"event: errors\nerrors: x\ndata: a\n\n", ["a"]),
        (b"datum: a\ndata2: b\n data: c\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", ["a"]),
        (b"\n\n\ndata: a\n\n\n\n", ["a"]),
        ("data: é\u2028\u0085\x0b\x0c\x1c 😀\n\n".encode(), ["é\u2028\u0085\x0b\x0c\x1c 😀"]),
        (b"data: [DONE]\n\n", ["[DONE]"]),
        (b"data: cut off\n", []),
        (b"data: cut o", []),
        (b"", []),
    ],
)
def test_a_stream_holds_these_events(stream: bytes, events: list[str]) -> None:
    assert events_of(stream) == events
    assert events_of(*(stream[at : at + 1] for at in range(len(stream)))) == events


fragments = st.sampled_from(
    [
        b"data: ",
        b"data:",
        b"data",
        b"event: error",
        b"error:",
        b"a",
        b"{}",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b": c",
        b"\xef\xbb\xbf",
        "é😀".encode(),
    ]
)


@given(st.lists(fragments, max_size=40).map(b"".join), st.data())
@example(b"data: a\r\n\r\ndata: b\r\n\r\n", None)
def test_the_events_do_not_depend_on_how_the_stream_is_cut(stream: bytes, data: st.DataObject | None) -> None:
    cuts = (
        list(range(len(stream) + 1))
        if data is None
        else sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    )
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert events_of(*pieces) == events_of(stream)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")), min_size=1),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
def test_every_text_comes_out_as_it_was_put_in(texts: list[str], line_end: str) -> None:
    stream = "".join(f"data: {text}{line_end}{line_end}" for text in texts).encode()

    assert events_of(stream) == [text for text in texts if text.strip()]


def test_an_event_is_given_as_soon_as_its_last_byte_is_there() -> None:
    decoder = SseDecoder()

    assert decoder.feed(b"data: a\r\n\r") == ["a"]
    assert decoder.feed(b"\ndata: b\r\n\r") == ["b"]


def test_a_long_line_in_small_pieces_takes_time_in_proportion() -> None:
    line = b"data: " + b"x" * 8_000_000 + b"\n\n"
    start = time.process_time()

    events = events_of(*(line[at : at + 256] for at in range(0, len(line), 256)))

    assert [len(event) for event in events] == [8_000_000]
    # Copying all that is there with every piece would move 125 GB.
    assert time.process_time() - start < 5


def test_an_event_that_is_not_utf_8_is_an_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        events_of(b"data: \xff\n\n")
