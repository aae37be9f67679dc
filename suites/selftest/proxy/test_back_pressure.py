"""A client that does not read: the server has to wait, and not the proxy's memory to grow."""

import http.client
import json
import socket
import threading
from typing import Any

import pytest

from suites.selftest.time_limits import NEVER_S

CHAT = "/v1/chat/completions"
# Four buffers of the kernel lie between the server and the client; the proxy's own two may grow to 10 MB together.
MOST_ON_THE_WAY = 16_000_000
SMALL_BUFFER = 65_536
CALL = {"index": 0, "function": {"arguments": "x" * SMALL_BUFFER}}
EVENT = b"data: %b\n\n" % json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [CALL]}}]}).encode()
EVENTS = 500  # 33 MB
DONE = b"data: [DONE]\n\n"


@pytest.mark.slow
@pytest.mark.parametrize("path", [CHAT, "/v1/completions"])
def test_the_server_waits_for_a_client_that_does_not_read(upstream, proxy, path) -> None:
    sent, blocked = [0], threading.Event()

    def script(request: Any) -> None:
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        request.begin_stream()
        left = memoryview(b"%x\r\n%b\r\n" % (len(EVENT), EVENT) * EVENTS)
        request.connection.settimeout(0.5)
        while left:
            try:
                taken = request.connection.send(left[:SMALL_BUFFER])
            except TimeoutError:
                blocked.set()
                request.connection.settimeout(NEVER_S)
                continue
            sent[0] += taken
            left = left[taken:]
        request.end_stream(DONE)

    upstream.script = script
    with proxy("strip_code_fences") as http_client:
        address = (http_client.base_url.host, http_client.base_url.port)
        client = http.client.HTTPConnection(*address, timeout=NEVER_S)
        with socket.socket() as client.sock:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            client.sock.connect(address)
            client.request("POST", path, json.dumps({"stream": True}))
            answer = client.getresponse()

            assert blocked.wait(NEVER_S)
            assert sent[0] < MOST_ON_THE_WAY
            assert answer.read() == EVENT * EVENTS + DONE
