"""What is left of a server: its processes, told by the log that all of them hold open, and its port.

And a process that owns a server and can be killed.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from servecheck.profiles.schema import Profile

from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]
_OWNER = """
import json, sys
from pathlib import Path
from servecheck.profiles.schema import Profile
from servecheck.engines.machine import Machine
from servecheck.backends.vllm import SPEC as VLLM
from servecheck.engines.engine import EngineServer

profile = Profile.model_validate(json.loads(sys.argv[1]))
server = EngineServer(VLLM, profile, Path(sys.argv[2]), say=lambda line: None, machine=Machine())
print("starting", flush=True)
server.start()
print(server.base_url, flush=True)
sys.stdin.read()
"""


def holders(log: Path) -> list[int]:
    """Processes that hold the log open."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                if any(str(fd.readlink()) == str(log) for fd in (process / "fd").iterdir() if fd.is_symlink()):
                    found.append(int(process.name))
    return found


def port_of(base_url: str) -> int:
    return int(base_url.rpartition(":")[2].removesuffix("/v1"))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + NEVER_S
    while not condition():
        assert time.monotonic() < until, "it never is so"
        time.sleep(0.05)


def start_owner(profile: Profile, log: Path) -> subprocess.Popen[str]:
    """A process that prints ``starting``, then the base URL of the server that it has started, and keeps it."""
    return subprocess.Popen(
        [sys.executable, "-c", _OWNER, profile.model_dump_json(), str(log)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
