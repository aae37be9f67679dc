"""A calibration loop: how much of a second counts by the pace that it keeps, and that nobody else can set its pace."""

import json
import subprocess
import sys
from typing import Any

import pytest
from servecheck.sandbox.runner.pace import share


@pytest.mark.parametrize(
    ("pieces", "seconds", "counts"),
    [
        (1000, 1.0, 1.0),  # as fast as it ever was
        (700, 1.0, 1.0),  # what neighbours in the same core cost
        (350, 1.0, 0.5),
        (7, 1.0, 0.01),
        (0, 1.0, 0.0),
        (5, 0.0, 1.0),  # nothing has passed
    ],
)
def test_as_much_of_a_second_counts_as_the_loop_kept_its_usual_pace(pieces: int, seconds: float, counts: float) -> None:
    assert share(pieces, 1_000_000, seconds) == pytest.approx(counts)


def in_a_process(steps: str) -> Any:
    """What ``steps`` leave in ``out``, in a process that has a loop called ``pace``."""
    code = f"""
import json, os, signal, sys
from servecheck.sandbox.runner.pace import CalibrationLoop
pace = CalibrationLoop()
while pace._page[0] < 20: pass
out = None
{steps}
os.write(1, json.dumps(out).encode())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_time_counts_while_the_loop_runs_and_not_while_it_is_held_up() -> None:
    steps = """
pace.shares(1.0)
os.kill(pace.pid, signal.SIGSTOP)
os.waitpid(pace.pid, os.WUNTRACED)
pace.shares(1.0)
out = [pace.shares(0.05)[0]]
os.kill(pace.pid, signal.SIGCONT)
before = pace._page[0]
while pace._page[0] < before + 200: pass
out.append(pace.shares(200 * pace._page[1] / 1e9)[0])
pace.end()
"""
    assert in_a_process(steps) == [0.0, 1.0]


def test_it_is_gone_when_it_was_ended() -> None:
    steps = """
pace.end()
try:
    os.kill(pace.pid, 0)
except ProcessLookupError:
    out = "gone"
"""
    assert in_a_process(steps) == "gone"


def test_a_candidate_has_no_access_to_it() -> None:
    steps = """
read, write = os.pipe()
if os.fork() == 0:
    pace.forget()
    os.write(write, open("/proc/self/maps", "rb").read())
    os._exit(0)
os.close(write)
mine = open("/proc/self/maps").read()
theirs = b"".join(iter(lambda: os.read(read, 1 << 16), b"")).decode()
out = [sum("/dev/zero" in line and " rw-s " in line for line in maps.splitlines()) for maps in (mine, theirs)]
pace.end()
"""
    assert in_a_process(steps) == [1, 0]
