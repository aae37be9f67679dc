"""Where no Docker engine can be had, the message names the cause and its cure, and no less safe way round it."""

import errno
import hashlib
import http.server
import json
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import docker.errors
import paramiko
import pytest
import trustme
from servecheck.errors import SandboxUnavailable
from servecheck.sandbox.engine_connection import connect, engine_errors


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = ("HOST", "CONTEXT", "TLS_VERIFY", "CERT_PATH")
    for name in [*(f"DOCKER_{name}" for name in names), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "http_proxy"]:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))


def advice() -> str:
    with pytest.raises(SandboxUnavailable) as caught:
        connect()
    message = str(caught.value)
    assert "\n" not in message
    return message


def raising(error: Exception) -> Callable[..., Any]:
    def raises(*_arguments: object, **_named: object) -> Any:
        raise error

    return raises


class _Answering(http.server.BaseHTTPRequestHandler):
    """Answers every request as an engine would that refuses it."""

    status, body = 200, b"{}"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_arguments: object) -> None: ...


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts something that poses as an engine; returns its ``host:port``."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(status: int = 200, body: bytes = b"{}", *, authority: trustme.CA | None = None) -> str:
        handler = type("Handler", (_Answering,), {"status": status, "body": body})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def certificates(folder: Path, authority: trustme.CA) -> Path:
    """What ``DOCKER_CERT_PATH`` names."""
    folder.mkdir()
    own = authority.issue_cert("client@example.org")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    own.private_key_pem.write_to_path(str(folder / "key.pem"))
    own.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    return folder


class TestSocket:
    def test_permission_denied_means_the_group_or_an_engine_of_ones_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Both the SDK's own connections and urllib3's end in connect(2)."""
        monkeypatch.setattr(socket.socket, "connect", raising(PermissionError(errno.EACCES, "Permission denied")))

        said = advice()

        assert "sudo usermod -aG docker" in said
        assert "dockerd-rootless-setuptool.sh" in said
        assert "apt-get" not in said
        assert "--sandbox" not in said

    def test_an_engine_that_does_not_run_is_to_be_started(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(socket.socket, "connect", raising(FileNotFoundError(errno.ENOENT, "No such file")))

        said = advice()

        assert "systemctl start docker" in said
        assert "--sandbox" not in said

    def test_only_where_docker_is_not_there_may_one_do_without(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda _name: None)
        monkeypatch.setattr(socket.socket, "connect", raising(FileNotFoundError(errno.ENOENT, "No such file")))

        said = advice()

        assert "apt-get install docker.io" in said
        assert "--sandbox=process" in said


class TestHost:
    @pytest.mark.parametrize("host", ["nonsense://", "tcp://127.0.0.1:1", "unix:///no/such.sock", "tcp://[::1:x"])
    def test_the_variable_is_named(self, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", host)

        said = advice()

        assert host in said
        assert "unset DOCKER_HOST" in said
        assert "--sandbox" not in said

    def test_its_secrets_are_not_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "tcp://me:hunter2@127.0.0.1:1")

        assert "hunter2" not in advice()

    def test_a_proxy_in_between_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "tcp://engine.invalid:2375")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

        assert "add its host to NO_PROXY" in advice()

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, b'{"message": "client version 1.53 is too new. Maximum supported API version is 1.40"}'),
            (200, b'{"ApiVersion": "1.12"}'),
        ],
    )
    def test_an_engine_of_another_age_is_to_be_updated(
        self, status: int, body: bytes, engine: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{engine(status, body)}")

        assert "do not go together" in advice()


class TestContext:
    def test_one_that_cannot_be_reached_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self._write(tmp_path, "far", {"docker": {"Host": "tcp://127.0.0.1:1"}})
        monkeypatch.setenv("DOCKER_CONTEXT", "far")

        said = advice()

        assert "tcp://127.0.0.1:1 (context 'far')" in said
        assert "docker context use default" in said

    def test_one_that_does_not_exist_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_CONTEXT", "gone")

        assert "Docker has no context 'gone', which DOCKER_CONTEXT names" in advice()

    def test_one_that_cannot_be_read_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self._write(tmp_path, "odd", "nonsense")
        monkeypatch.setenv("DOCKER_CONTEXT", "odd")

        assert "context 'odd' cannot be read" in advice()

    def _write(self, tmp_path: Path, name: str, endpoints: object) -> None:
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "config.json").write_text("{}")
        folder = tmp_path / "config" / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        folder.mkdir(parents=True)
        (folder / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))


class TestTls:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def verified(self, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = certificates(tmp_path / "certificates", authority)
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(folder))

    @pytest.mark.usefixtures("verified")
    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_a_bundle_that_takes_the_place_of_the_engines_authority_is_named(
        self,
        name: str,
        authority: trustme.CA,
        engine: Callable[..., str],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        other = certificates(tmp_path / "others", trustme.CA())
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{engine(authority=authority)}")
        monkeypatch.setenv(name, str(other / "ca.pem"))

        said = advice()

        assert f"unset {name}, which takes the place of the ca.pem in DOCKER_CERT_PATH" in said
        assert "apt-get" not in said

    @pytest.mark.usefixtures("verified")
    def test_a_bundle_that_is_not_there_is_named(
        self, authority: trustme.CA, engine: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{engine(authority=authority)}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such.pem")

        assert "unset REQUESTS_CA_BUNDLE" in advice()

    @pytest.mark.usefixtures("verified")
    def test_another_authority_is_told_from_a_bundle(
        self, engine: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{engine(authority=trustme.CA())}")

        said = advice()

        assert "the ca.pem in DOCKER_CERT_PATH must be of the authority" in said
        assert "unset" not in said

    @pytest.mark.usefixtures("verified")
    def test_an_engine_without_tls_is_told(self, engine: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{engine()}")

        assert "speaks no TLS: unset DOCKER_TLS_VERIFY" in advice()

    def test_an_engine_that_wants_tls_is_told(
        self, engine: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{engine(400, b'Client sent an HTTP request to an HTTPS server.')}")

        assert "wants TLS: set DOCKER_TLS_VERIFY=1" in advice()

    def test_certificates_that_are_not_there_are_asked_for(
        self, engine: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://{engine()}")
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))

        assert "the ca.pem, cert.pem and key.pem" in advice()


class TestSsh:
    def test_without_paramiko_it_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "ssh://me@engine.invalid")
        missing = docker.errors.DockerException("Install paramiko package to enable ssh:// support")
        monkeypatch.setattr(docker, "from_env", raising(missing))

        assert "uv sync --extra ssh" in advice()

    def test_a_connection_that_is_refused_names_key_and_known_hosts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "ssh://me@engine.invalid")
        monkeypatch.setattr(docker, "from_env", raising(paramiko.SSHException("not found in known_hosts")))

        assert "must work without a question, with a key, and with the host in known_hosts" in advice()

    def test_its_errors_are_an_engines_errors(self) -> None:
        assert paramiko.SSHException in engine_errors()
