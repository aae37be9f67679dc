"""A server that emits what each request's ``script`` says, when it says so, and records what it really did.

It runs in a process of its own (``python -m suites.selftest.throughput.scripted``) and is made to be exact: one epoll,
one heap of due times, a timer of the kernel for what is due next (``epoll`` alone counts in milliseconds), bytes made
beforehand and written straight to the socket. Where it was late all the same, on a machine with more to do than cores,
``GET /truth`` says so: the truth is what was really emitted, not what was planned.

A script is the field ``script`` of a request; one without is answered by ``--script``::

    {"id": 7, "ttft_ms": 200, "gaps_ms": [50, 50], "sizes": [1, 4, 2], "reasoning": 1, "step_ms": 0, "usage": true,
     "sizes_told": false, "fault": null}

``gaps_ms`` lie between chunks, or one number for all; ``sizes`` are tokens a chunk; the first ``reasoning`` chunks hold
reasoning. With ``step_ms``, every emission waits for the next multiple of it, as an engine's step makes all its streams
emit at once. With ``closes``, the connection is closed after the reply, as llama.cpp's server does. Faults:
``http_429``, ``http_500``, ``stall`` (after half the chunks), ``cut`` (the same, closed), ``error`` (the same, an error
event), ``silent`` (no answer at all).
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import heapq
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from suites.selftest.throughput.scripted_stream import HEAD, ScriptedStream, Truth

_LIBC = ctypes.CDLL(None, use_errno=True)
_ROOT = Path(__file__).parents[3]
# Chunks written before sockets are looked at again, each of which takes 10 to 30 microseconds.
_BURST = 4
DEFAULT_SCRIPT = {"ttft_ms": 100, "gaps_ms": 50, "sizes": [1, 2, 3, 4] * 5, "reasoning": 4}


class _Server:
    def __init__(self, listener: socket.socket, default: dict[str, Any]) -> None:
        self._listener, self._default = listener, default
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._partial: dict[int, bytes] = {}
        self._unsent: dict[int, bytes] = {}
        self._heap: list[tuple[float, int, ScriptedStream]] = []
        self._order = 0
        self._arrived: deque[tuple[socket.socket, bytes, float]] = deque()
        self._truths: list[Truth] = []
        self._timer = _LIBC.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK)
        self._epoll.register(listener.fileno(), select.EPOLLIN)
        self._epoll.register(self._timer, select.EPOLLIN)

    def run(self) -> None:
        listening, timer, heap = self._listener.fileno(), self._timer, self._heap
        while True:
            if heap:
                self._wake_at(heap[0][0])
            # Requests that came at the same time are all taken, and stamped, before the first of them is read. One that
            # comes while many chunks go out is stamped between them.
            is_busy = self._arrived or (heap and heap[0][0] <= time.perf_counter())
            for number, events in self._epoll.poll(0 if is_busy else None):
                if number not in self._sockets and number not in (timer, listening):
                    continue  # closed by what was done for another of these
                if number == timer:
                    with contextlib.suppress(BlockingIOError):
                        os.read(timer, 8)
                elif number == listening:
                    self._accept()
                elif events & select.EPOLLOUT:
                    self._send(self._sockets[number], b"")
                else:
                    self._receive(number)
            self._emit()
            if self._arrived:
                self._answer(*self._arrived.popleft())

    def _wake_at(self, at_s: float) -> None:
        at_s = max(at_s, time.perf_counter() + 1e-6)
        seconds = int(at_s)
        value = struct.pack("llll", 0, 0, seconds, int((at_s - seconds) * 1e9))
        if _LIBC.timerfd_settime(self._timer, 1, value, None):  # 1: the time is absolute
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def _emit(self) -> None:
        heap = self._heap
        for _ in range(_BURST):
            if not heap or heap[0][0] > (now_s := time.perf_counter()):
                return
            at_s, _, stream = heapq.heappop(heap)
            piece = stream.pieces.pop()
            if piece is None:
                self._close(stream.connection)
                continue
            # Whoever reads may have the bytes before the call that writes them returns, so the time is taken before.
            stream.truth.emitted_s.append(now_s)
            stream.truth.late_s.append(now_s - at_s)
            self._send(stream.connection, piece)
            if stream.pieces:
                stream.due_s += stream.gaps_s.pop()
                self._push(stream)

    def _push(self, stream: ScriptedStream) -> None:
        self._order += 1
        heapq.heappush(self._heap, (stream.at_s, self._order, stream))

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets[connection.fileno()] = connection
                self._epoll.register(connection.fileno(), select.EPOLLIN)

    def _receive(self, number: int) -> None:
        connection = self._sockets[number]
        try:
            data = connection.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        received_s = time.perf_counter()
        data = self._partial.pop(number, b"") + data
        head, found, body = data.partition(b"\r\n\r\n")
        lowered = head.lower()
        length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if not found or len(body) < length:
            self._partial[number] = data
        elif head.startswith(b"POST"):
            self._arrived.append((connection, body, received_s))
        else:
            self._tell(connection, head.split()[1])

    def _answer(self, connection: socket.socket, body: bytes, received_s: float) -> None:
        script = json.loads(body).get("script") or self._default
        fault = script.get("fault")
        if fault in {"http_429", "http_500"}:
            self._send(
                connection, _whole(fault[5:] + " Scripted", b'{"error":{"message":"scripted %b"}}' % fault.encode())
            )
        elif fault != "silent":
            stream = ScriptedStream(connection, script, received_s)
            self._truths.append(stream.truth)
            self._send(connection, HEAD)
            self._push(stream)

    def _tell(self, connection: socket.socket, path: bytes) -> None:
        value: Any = {"object": "list", "data": [{"id": "m", "object": "model", "max_model_len": 32768}]}
        if path == b"/truth":
            value, self._truths = [asdict(truth) for truth in self._truths], []
        elif path == b"/connections":
            value = len(self._sockets) - 1  # the one that asks is none
        self._send(connection, _whole("200 OK", json.dumps(value).encode()))

    def _send(self, connection: socket.socket, data: bytes) -> None:
        number = connection.fileno()
        if number < 0:
            return
        waiting = self._unsent.pop(number, b"") + data
        try:
            sent = connection.send(waiting)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(connection)
            return
        if sent < len(waiting):
            self._unsent[number] = waiting[sent:]
        events = select.EPOLLIN | (select.EPOLLOUT if sent < len(waiting) else 0)
        if sent < len(waiting) or not data:
            self._epoll.modify(number, events)

    def _close(self, connection: socket.socket) -> None:
        number = connection.fileno()
        if number >= 0:
            self._sockets.pop(number, None)
            self._partial.pop(number, None)
            self._unsent.pop(number, None)
            self._epoll.unregister(number)
            connection.close()


def _whole(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class ScriptedServer:
    """A running one, as its client sees it."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self._url = f"http://127.0.0.1:{port}"

    def truth(self) -> list[Truth]:
        """Of every request since the last call."""
        return [Truth(**request) for request in self._told("truth")]

    def connections(self) -> int:
        """That are open."""
        return int(self._told("connections"))

    def _told(self, what: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self._url}/{what}", timeout=60) as answer:
            return json.load(answer)


@contextlib.contextmanager
def scripted_server(default: dict[str, Any] | None = None) -> Iterator[ScriptedServer]:
    """In a process of its own, which ends with the block."""
    command = [sys.executable, "-m", "suites.selftest.throughput.scripted", "--script", json.dumps(default)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield ScriptedServer(int(process.stdout.readline()))
        finally:
            process.kill()


def main() -> None:
    """Serve until killed, or until whoever started it has gone; the port is said on the first line."""
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.throughput.scripted")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=json.loads, default=None, help="for requests that bring none")
    options = parser.parse_args()
    _LIBC.prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
    listener = socket.create_server(("127.0.0.1", options.port), backlog=4096)
    listener.setblocking(False)
    print(listener.getsockname()[1], flush=True)
    import gc

    gc.disable()
    _Server(listener, DEFAULT_SCRIPT | (options.script or {})).run()


if __name__ == "__main__":
    main()
