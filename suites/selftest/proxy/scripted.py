"""A server that does what a test says, step by step, and servers for ASGI applications, each in a thread of its own."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import uvicorn
from servecheck.proxy.command import listening

from suites.selftest.time_limits import NEVER_S


class Upstream(BaseHTTPRequestHandler):
    """One request to the scripted server; the test's script answers it."""

    protocol_version = "HTTP/1.1"
    server: "ScriptedServer"

    def do_POST(self) -> None:
        self.request_body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.script(self)

    do_GET = do_DELETE = do_POST

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self) -> None:
        self.send_response_only(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def end_stream(self, *pieces: bytes) -> None:
        self.send(*pieces)
        self.wfile.write(b"0\r\n\r\n")

    def die(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def until_client_leaves(self) -> bool:
        self.close_connection = True
        self.connection.settimeout(NEVER_S)
        try:
            return self.connection.recv(1) == b""
        except ConnectionResetError:
            return True


class ScriptedServer(ThreadingHTTPServer):
    daemon_threads = True
    script: Callable[[Upstream], None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Answers by its ``script``, each connection in a thread of its own."""
    with ScriptedServer(("127.0.0.1", 0), Upstream) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def served(config: uvicorn.Config) -> Iterator[str]:
    """An ASGI application by uvicorn; gives its address."""
    server = uvicorn.Server(config)
    # Requests wait in the socket's queue until the server is up.
    listener = listening("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
