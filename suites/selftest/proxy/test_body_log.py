"""Bodies in a log that a terminal shows."""

import pytest
from servecheck.proxy.body_log import BodyLog


def logged(headers, request: bytes, *reply: bytes) -> list[str]:
    lines: list[str] = []
    exchange = BodyLog(lines.append).begin(headers)
    exchange.request("POST", "/a\x1b", request)
    for piece in reply:
        exchange.reply(piece)
    exchange.end(200)
    return lines


def test_an_exchange_is_two_lines_whatever_is_in_it() -> None:
    assert logged([], b"\xff\n", b"a\n", b"b") == ["1 request POST /a\\x1b: \\xff\\n\n", "1 reply 200: a\\nb\n"]


def test_a_body_is_whole_and_nothing_of_it_acts_on_a_terminal() -> None:
    body = "\x1b]0;title\x07 é 😀 \u202edrow " * 1000

    (line, _) = logged([], body.encode())

    assert line.removesuffix("\n").isprintable()
    assert line.count("\\x1b]0;title\\x07 é 😀 \\u202edrow") == 1000


@pytest.mark.parametrize("name", [b"Authorization", b"x-api-key"])
def test_a_key_of_the_headers_is_hidden_where_a_body_quotes_it_even_in_two_pieces(name) -> None:
    lines = logged([(name, b"Bearer 0123456789")], b"0123456789", b"no 01234", b"56789!")

    assert lines == ["1 request POST /a\\x1b: [key]\n", "1 reply 200: no [key]!\n"]


def test_a_stand_in_for_a_key_is_left() -> None:
    assert logged([(b"authorization", b"Bearer EMPTY")], b"EMPTY")[0].endswith(": EMPTY\n")


def test_exchanges_are_numbered() -> None:
    lines: list[str] = []
    log = BodyLog(lines.append)
    first, second = log.begin([]), log.begin([])

    second.end(200)
    first.end(200)

    assert lines == ["2 reply 200: \n", "1 reply 200: \n"]
