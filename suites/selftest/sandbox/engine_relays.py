"""Reach the engine of this machine as one would another's: over TCP, over TLS with certificates for both, over ssh.

Each relay passes on bytes between what connects to it and the engine's own Unix socket, so that the SDK's transports
are the real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest
import trustme

ENGINE = Path("/var/run/docker.sock")


@contextlib.contextmanager
def tcp(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> Iterator[None]:
    with _relaying(None) as port:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        yield


@contextlib.contextmanager
def tls(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    own = authority.issue_cert("client@example.org")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    own.private_key_pem.write_to_path(str(folder / "key.pem"))
    own.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    with _relaying(context) as port:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(folder))
        yield


@contextlib.contextmanager
def ssh(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    host_key, own_key = paramiko.RSAKey.generate(2048), paramiko.RSAKey.generate(2048)
    settings = folder / ".ssh"
    settings.mkdir()
    own_key.write_private_key_file(str(settings / "id_rsa"))

    def serve(connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transport.add_server_key(host_key)
        transport.start_server(server=_SshServer(own_key))
        while transport.is_active():
            channel = transport.accept(1)
            if channel is not None:
                threading.Thread(target=_pass_on, args=(channel,), daemon=True).start()

    with _listening(serve) as port:
        known = f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n"
        (settings / "known_hosts").write_text(known)
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        monkeypatch.setenv("DOCKER_HOST", f"ssh://somebody@127.0.0.1:{port}")
        yield


class _SshServer(paramiko.ServerInterface):
    """Lets one key in, and runs the one command that the SDK asks for."""

    def __init__(self, key: paramiko.PKey) -> None:
        self._key = key

    def check_auth_publickey(self, _username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL if key == self._key else paramiko.AUTH_FAILED

    def get_allowed_auths(self, _username: str) -> str:
        return "publickey"

    def check_channel_request(self, _kind: str, _number: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, _channel: paramiko.Channel, command: bytes) -> bool:
        return command == b"docker system dial-stdio"


@contextlib.contextmanager
def _relaying(context: ssl.SSLContext | None) -> Iterator[int]:
    """A port that leads to the engine; in one thread, since no two may use a TLS connection at once."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(_relay, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    engine_reader, engine_writer = await asyncio.open_unix_connection(str(ENGINE))
    await asyncio.gather(_copy(reader, engine_writer), _copy(engine_reader, writer))
    engine_writer.close()
    writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # either end may go first
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()


@contextlib.contextmanager
def _listening(serve: Callable[[Any], None]) -> Iterator[int]:
    """A port whose every connection is served in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):  # it is closed at the end
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _pass_on(connection: Any) -> None:
    engine = socket.socket(socket.AF_UNIX)
    engine.connect(str(ENGINE))
    threading.Thread(target=_pump, args=(engine, connection), daemon=True).start()
    _pump(connection, engine)


def _pump(source: Any, target: Any) -> None:
    with contextlib.suppress(OSError, EOFError):  # either end may go first
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError, EOFError):
        target.shutdown(socket.SHUT_WR)
