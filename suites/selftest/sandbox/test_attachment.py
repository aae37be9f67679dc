"""Frames pass over every connection that the Docker SDK has to an engine, whatever object stands for it."""

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

import pytest
from servecheck.errors import SandboxError
from servecheck.sandbox.attachment import Attachment, ContainerEnded
from servecheck.sandbox.docker import DockerBackend
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.protocol import ProgramRun
from servecheck.sandbox.wire import decode

from suites.selftest.sandbox import engine_relays
from suites.selftest.time_limits import NEVER_S


def block(data: bytes, kind: int = 1) -> bytes:
    return struct.pack(">BxxxI", kind, len(data)) + data


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    own, container = socket.socketpair()
    yield own, container
    own.close()
    container.close()


@pytest.fixture(params=["a socket", "a file over it"])
def attachment(
    request: pytest.FixtureRequest, ends: tuple[socket.socket, socket.socket]
) -> Iterator[tuple[Attachment, socket.socket]]:
    own, container = ends
    attached: socket.socket | IO[bytes] = own if request.param == "a socket" else own.makefile("rwb", buffering=0)
    yield Attachment(attached), container
    attached.close()


def soon() -> float:
    return time.monotonic() + NEVER_S


class TestAttachment:
    def test_standard_output_is_taken_out_of_its_blocks(self, attachment: tuple[Attachment, socket.socket]) -> None:
        attachment[0].send(b"asked")
        attachment[1].sendall(block(b"first") + block(b"second"))

        assert attachment[1].recv(100) == b"asked"
        assert [attachment[0].read(soon()), attachment[0].read(soon())] == [b"first", b"second"]

    def test_a_block_in_pieces_is_put_together(self, attachment: tuple[Attachment, socket.socket]) -> None:
        whole = block(b"x" * 100_000)
        for start in range(0, len(whole), 30_000):
            attachment[1].sendall(whole[start : start + 30_000])

        assert attachment[0].read(soon()) == b"x" * 100_000

    def test_the_end_is_told_with_the_last_words(self, attachment: tuple[Attachment, socket.socket]) -> None:
        attachment[1].sendall(block(b"Killed", kind=2))
        attachment[1].close()

        with pytest.raises(ContainerEnded, match="has ended: Killed"):
            attachment[0].read(soon())
        with pytest.raises(ContainerEnded, match=r"has ended .*: Killed"):
            attachment[0].send(b"x")

    def test_silence_is_told_from_an_end(self, attachment: tuple[Attachment, socket.socket]) -> None:
        with pytest.raises(SandboxError, match="does not answer"):
            attachment[0].read(time.monotonic())


@pytest.mark.docker
@pytest.mark.skipif(not engine_relays.ENGINE.is_socket(), reason="relays to the engine's own socket")
@pytest.mark.parametrize(
    "relay",
    [
        engine_relays.tls,
        *(pytest.param(other, marks=pytest.mark.slow) for other in (engine_relays.ssh, engine_relays.tcp)),
    ],
)
class TestTransport:
    """The real SDK, the real engine, and what lies between them."""

    def test_programs_are_run_over_it(
        self,
        relay: Callable[[pytest.MonkeyPatch, Path], AbstractContextManager[None]],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        long = ProgramRun("def f(x): return [x] * 300_000", "f", '[["a"], ["b"]]', 2)
        with contextlib.ExitStack() as stack:
            stack.enter_context(relay(monkeypatch, tmp_path))
            backend = DockerBackend(image_name=None, runtime=None, memory_bytes=1 << 30)
            backend.prepare()
            sandbox = stack.enter_context(Sandbox(backend, memory_bytes=1 << 30))

            short = sandbox.execute(ProgramRun("def f(x): return x + 1", "f", f"[[{10**2000}], [1]]", 2))
            _first, second = sandbox.execute(long).results

            assert short.results[1] == "2"
            assert not isinstance(second, str)
            assert decode(sandbox.fetch(1, second)) == ["b"] * 300_000
            runner = sandbox._runner
            assert runner is not None
            backend.client.api.kill(runner._container)  # type: ignore[attr-defined]
            assert sandbox.execute(ProgramRun("def f(x): return x", "f", "[[1]]", 1)).results == ["1"]
