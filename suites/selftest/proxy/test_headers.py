"""Which headers go on."""

from servecheck.proxy.headers import request_headers, response_headers


def test_headers_of_one_connection_are_dropped_named_ones_included() -> None:
    headers = [(b"Connection", b"close, X-Mine"), (b"x-mine", b"1"), (b"TE", b"trailers"), (b"X-Other", b"2")]

    assert response_headers(headers, rewritten=False) == [(b"x-other", b"2")]


def test_a_header_given_twice_stays_twice() -> None:
    headers = [(b"Set-Cookie", b"a"), (b"Set-Cookie", b"b")]

    assert response_headers(headers, rewritten=False) == [(b"set-cookie", b"a"), (b"set-cookie", b"b")]


def test_length_and_compression_go_where_the_body_is_rewritten() -> None:
    headers = [(b"Content-Length", b"5"), (b"Content-Encoding", b"gzip"), (b"Content-Type", b"text/plain")]

    assert response_headers(headers, rewritten=True) == [(b"content-type", b"text/plain")]
    assert len(response_headers(headers, rewritten=False)) == 3


def test_a_reply_that_is_read_is_asked_for_uncompressed() -> None:
    headers = [(b"host", b"proxy"), (b"authorization", b"Bearer x"), (b"accept-encoding", b"gzip")]

    assert request_headers(headers, uncompressed=True) == [
        (b"authorization", b"Bearer x"),
        (b"accept-encoding", b"identity"),
    ]
    assert request_headers(headers, uncompressed=False) == headers[1:]


def test_white_space_around_a_value_is_no_part_of_it() -> None:
    assert request_headers([(b"authorization", b"Bearer ")], uncompressed=False) == [(b"authorization", b"Bearer")]
