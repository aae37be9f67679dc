"""A public file comes whole, from where it lies now, without a key; else one line says why it did not."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from servecheck.http_client.download import DownloadFailed, fetched

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _with_a_key(direct: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")


@contextlib.contextmanager
def serving(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server with an answer for each connection; its address, and the requests' heads."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)  # so that a client that never comes fails its test alone

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    heads.append(connection.recv(65_536))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
        finally:
            thread.join()


def _answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _failure(*answers: bytes, **options: int) -> str:
    with serving(*answers) as (url, _), pytest.raises(DownloadFailed) as caught:
        fetched(url, timeout_s=PATIENCE_S, told=print, **options)  # type: ignore[arg-type]
    text = str(caught.value)
    assert text.isprintable()
    return text


def test_the_bytes_are_those_of_the_file_whatever_encoding_the_server_puts_on_them() -> None:
    told: list[tuple[int, int | None]] = []

    with serving(_answer(b"\x1f\x8b not unpacked", b"Content-Encoding: gzip")) as (url, _):
        assert fetched(f"{url}/x", timeout_s=PATIENCE_S, told=lambda *of: told.append(of)) == b"\x1f\x8b not unpacked"

    assert told[-1] == (15, 15)


def test_no_key_goes_with_it_and_redirects_are_followed() -> None:
    moved = _answer(b"", b"Location: /y?z=1", status=b"302 Found")

    with serving(moved, _answer(b"there")) as (url, heads):
        assert fetched(f"{url}/x", timeout_s=PATIENCE_S, told=print) == b"there"

    assert [head.partition(b" HTTP")[0] for head in heads] == [b"GET /x", b"GET /y?z=1"]
    assert b"sk-secret" not in b"".join(heads)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_answer(b"", status=b"404 Not Found"), "HTTP status 404"),
        (_answer(b"", b"Location: http://[", status=b"302 Found"), "cannot be asked"),
        (_answer(b"", b"Location: file:///etc/passwd", status=b"302 Found"), "cannot be asked"),
        (_answer(b"12345")[:-1], "broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
    ],
    ids=["status", "no address", "another scheme", "cut short", "not HTTP"],
)
def test_what_does_not_come_is_told_in_a_line(answer: bytes, said: str) -> None:
    assert said in _failure(answer)


def test_redirects_without_end_are_not_followed_for_ever() -> None:
    moved = _answer(b"", b"Location: /again", status=b"307 Temporary Redirect")

    assert "sent on over 10 times" in _failure(*[moved] * 11)


def test_a_file_without_end_is_given_up() -> None:
    assert "more than 1 MiB" in _failure(_answer(b"x" * (1 << 20) + b"x"), largest=1 << 20)


def test_nobody_listening_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(DownloadFailed, match=f"127.0.0.1:{port} refuses connections"):
        fetched(f"http://127.0.0.1:{port}", timeout_s=PATIENCE_S, told=print)


def test_the_environments_proxy_is_used_but_for_hosts_that_no_proxy_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(_answer(b"by the proxy")) as (url, heads):
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "10.0.0.0/8")

        assert fetched("http://files.invalid/x", timeout_s=PATIENCE_S, told=print) == b"by the proxy"

    assert heads[0].startswith(b"GET http://files.invalid/x HTTP/1.1")
