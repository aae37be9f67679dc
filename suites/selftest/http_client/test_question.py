"""Where no answer comes, the message names the host and what to do about it."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import ServerUnreachable, UsageError
from servecheck.http_client.question import HttpResponse, ask, server_root

pytestmark = pytest.mark.usefixtures("direct")

PATIENCE_S = 60.0  # of what comes at once, on however busy a machine

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@contextmanager
def serving(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server for one connection; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)  # so that a client that never comes fails its test alone

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                reply(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield str(listener.getsockname()[1])
        finally:
            thread.join()


def _says(answer: bytes) -> Callable[[socket.socket], None]:
    def reply(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return reply


def _failure(base_url: str, timeout_s: float = PATIENCE_S) -> str:
    with pytest.raises(ServerUnreachable) as caught:
        ask(base_url, "/models", timeout_s=timeout_s)
    text = str(caught.value)
    assert text.startswith(f"no model server answers at {base_url} (")
    assert text.isprintable()
    return text


def test_an_answer_comes_whole() -> None:
    with serving(_says(HELLO)) as port:
        assert ask(f"http://127.0.0.1:{port}", "/x", timeout_s=PATIENCE_S) == HttpResponse(200, "", "", b"hi")


def test_a_refused_connection_names_host_and_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    text = _failure(f"http://127.0.0.1:{port}/v1")

    assert text.endswith(f"(127.0.0.1:{port} refuses connections); start it, or correct the base URL")


def test_an_unknown_host_is_told_from_a_server_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    text = _failure("http://gpu-7.invalid:8000/v1")

    assert "the host name gpu-7.invalid is not known: " in text
    assert "or this machine's DNS" in text


def test_a_host_that_takes_no_connection_points_at_address_and_firewall(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", fail)

    text = _failure("http://gpu-7.invalid/v1", timeout_s=3)

    assert text.endswith("(gpu-7.invalid:80 took no connection in 2.7 s); check the address, and firewalls on the way")


def test_a_server_that_says_nothing_may_still_be_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servecheck.http_client.question.SHARE_OF_A_READ", 0.1 / PATIENCE_S)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = _failure(f"http://127.0.0.1:{silent.getsockname()[1]}")

    assert "took the connection and timed out, silent for 0.1 s); wait until it has loaded its model" in text


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"])
def test_what_is_not_http_points_at_port_and_tls(answer: bytes) -> None:
    with serving(_says(answer)) as port:
        text = _failure(f"http://127.0.0.1:{port}/v1")

    assert f"127.0.0.1:{port} broke off, or does not speak HTTP" in text
    assert text.endswith("if it wants TLS, write https://, or correct the port")


def test_plain_http_behind_https_says_so() -> None:
    with serving(_says(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        text = _failure(f"https://127.0.0.1:{port}/v1")

    assert f"127.0.0.1:{port} does not speak TLS as asked" in text
    assert text.endswith("if it serves plain HTTP, write http://")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate, and is not there")
    path = tmp_path / "server.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path.with_suffix(".key")), "-out", str(path)]
    subprocess.run([*command.split(), *extra], check=True, capture_output=True)
    return path


def _tls(certificate: Path) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))

    def reply(connection: socket.socket) -> None:
        # A client that does not trust the certificate hangs up, which is what one of the tests is about.
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(65536)
            wrapped.sendall(HELLO)

    return reply


def test_an_untrusted_certificate_says_how_to_trust_it(certificate: Path) -> None:
    with serving(_tls(certificate)) as port:
        text = _failure(f"https://127.0.0.1:{port}/v1")

    assert f"the certificate of 127.0.0.1:{port} is not trusted: self-signed certificate" in text
    assert "name the file of its CA in SSL_CERT_FILE" in text


def test_a_certificate_is_trusted_as_the_message_says(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with serving(_tls(certificate)) as port:
        assert ask(f"https://127.0.0.1:{port}", "/x", timeout_s=PATIENCE_S).body == b"hi"


def test_a_proxy_that_fails_is_named_as_what_may_be_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")

    text = _failure("http://gpu-7.invalid:8000/v1")

    assert text.endswith(
        "The environment's proxy was used; set NO_PROXY=gpu-7.invalid where the server is reached without it"
    )


@pytest.mark.parametrize("key", ["sk-secret\n", "sk-secret ", "sk-\x00secret", "sk-sécret"])
def test_a_key_that_no_header_carries_is_an_error_that_does_not_show_it(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the environment of a process takes no NUL, a mapping in a test does
    monkeypatch.setattr("os.environ", {"OPENAI_API_KEY": key})

    with pytest.raises(UsageError, match="OPENAI_API_KEY holds a character") as caught:
        ask("http://127.0.0.1:1", "/models", timeout_s=1)

    assert "cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("base_url", [f"http://{'a' * 70}/v1", "http://gpu\x1b7/v1"])
def test_an_address_that_cannot_be_asked_is_the_users_to_correct(base_url: str) -> None:
    with pytest.raises(UsageError, match="cannot be asked") as caught:
        ask(base_url, "/models", timeout_s=1)

    assert str(caught.value).isprintable()


def test_an_endless_answer_is_cut_off() -> None:
    with serving(_says(HELLO)) as port, pytest.raises(ServerUnreachable, match="as no model server does"):
        ask(f"http://127.0.0.1:{port}", "/x", timeout_s=PATIENCE_S, most_bytes=1)


def _trickles(answer: bytes) -> Callable[[socket.socket], None]:
    """A byte at a time, each well within the time that a read may take, until the client has left."""

    def reply(connection: socket.socket) -> None:
        connection.recv(65536)
        with suppress(OSError):
            for byte in answer:
                connection.sendall(bytes([byte]))
                time.sleep(0.02)

    return reply


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 500])
def test_an_answer_whose_headers_or_body_trickle_is_ended_in_time(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servecheck.http_client.question.SHARE_OF_A_READ", PATIENCE_S)

    with (
        serving(_trickles(head)) as port,
        pytest.raises(ServerUnreachable, match=r"not finish its answer within 0\.5 s"),
    ):
        ask(f"http://127.0.0.1:{port}", "/x", timeout_s=0.5)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"1" * 5_000])
def test_what_is_no_json_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        HttpResponse(200, "", "", body).json()


def test_a_quoted_body_is_printable_short_and_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    quoted = HttpResponse(500, "", "", b"\x1b]0;bad key sk-secret\x07\xff" + b"x" * 1000).quoted()

    assert quoted.startswith(r"\x1b]0;bad key [key]\x07")
    assert len(quoted) == 200
    assert quoted.isprintable()


@pytest.mark.parametrize(
    ("base_url", "root"),
    [("http://h/v1", "http://h"), ("http://h/openai/v1", "http://h/openai"), ("http://h", "http://h")],
)
def test_the_root_is_the_base_url_without_v1(base_url: str, root: str) -> None:
    assert server_root(base_url) == root


def test_a_proxy_that_is_none_for_http_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://user:hidden@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "elsewhere.invalid")

    with pytest.raises(UsageError, match="put the host in NO_PROXY") as caught:
        ask("http://model.invalid/v1", "/models", timeout_s=1)
    assert "hidden" not in str(caught.value)
