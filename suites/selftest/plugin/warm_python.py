"""A Python that has imported what every command imports of others, and starts commands under test as forks of itself.

Importing pytest, openai, scipy and the like takes a command about as long as all else that it does on the starter
problems. Here it is done once. What is tested is imported anew by each command, and each is a process of its own: with
its arguments, folder, environment and output, and with nothing of those before it.

Limits accepted: of the variables that Python itself reads as it starts, all but ``PYTHONPATH`` hold for what a command
starts and not for the command, no ``sitecustomize`` is run in it, and all commands have one seed of hashes.
``reference_run`` and the tests of ``test_entry.py`` start a Python each.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_TESTED = ("servecheck", "suites")
_LARGE = ("aiohttp", "httpx", "openai", "scipy.special")


class WarmPython:
    """Runs commands, one after another; ``close`` ends it.

    Args:
        environment: what Python itself reads of it as it starts holds for every command.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def run(
        self, module: str, arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str], timeout_s: float
    ) -> tuple[int, str]:
        """``python -m module`` with these arguments: its exit code, and what it wrote to its output and errors.

        As ``subprocess.run`` does, it returns when nobody has that output open any more.

        Raises:
            TimeoutError: that took longer than ``timeout_s``; the command is ended, and this with it.
            ConnectionError: this has ended.
        """
        command = json.dumps([module, list(arguments), str(cwd), dict(environment)]).encode()
        read_end, write_end = os.pipe()
        try:
            try:
                socket.send_fds(self._socket, [len(command).to_bytes(4)], [write_end])
            finally:
                os.close(write_end)
            self._socket.sendall(command)
            output = _all(read_end, time.monotonic() + timeout_s)
        except TimeoutError:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            raise
        finally:
            os.close(read_end)
        return int.from_bytes(_exactly(self._socket, 4), signed=True), output.decode()

    def close(self) -> None:
        """Return when it has ended."""
        self._socket.close()
        self._process.wait()


def _all(fd: int, deadline: float) -> bytes:
    """What is written to the other end until nobody has it open."""
    parts = []
    while select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(fd, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
    raise TimeoutError(b"".join(parts).decode(errors="replace"))


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = connection.recv(size, socket.MSG_WAITALL)
    if len(data) != size:
        raise ConnectionError("the Python that starts commands has ended")
    return data


def _serve(connection: socket.socket) -> None:
    """Start commands until nobody is left to ask for one."""
    _import_others()
    gc.collect()
    gc.freeze()
    while True:
        size, descriptors, _, _ = socket.recv_fds(connection, 4, 1)
        if not size:
            return
        command = json.loads(_exactly(connection, int.from_bytes(size)))
        (output,) = descriptors
        child = os.fork()
        if child == 0:
            connection.close()
            _become(*command, output)
            return
        os.close(output)
        _, status = os.waitpid(child, 0)
        connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))


def _import_others() -> None:
    """Import pytest with its plugins, by pytest itself, which else warns of those it did not import; then the rest."""
    del sys.path[0]  # this file's folder
    os.chdir("/")  # where the suites' own plugins stay away
    import pytest

    pytest.main(["--version", "--version"])  # the second has it load its plugins
    for name in _LARGE:
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] in _TESTED]:
        del sys.modules[name]


def _become(module: str, arguments: list[str], cwd: str, environment: dict[str, str], output: int) -> None:
    """Go on as that command; ends in ``SystemExit`` where the module does."""
    for fd in (1, 2):
        os.dup2(output, fd)
    os.close(output)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [cwd, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = ["-m", *arguments]
    sys.orig_argv = [sys.executable, "-m", module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
