"""The clocks that limits go by, on a machine that is made up: what counts, and what does not."""

from typing import Any

import pytest
from servecheck.sandbox.runner import clocks
from servecheck.sandbox.runner.clocks import Clocks, Times
from servecheck.sandbox.runner.processes import Seen, Thread


class Machine:
    """Its time is set by hand; it stands for the kernel, and for a calibration loop, whose process is 3."""

    pid = 3

    def __init__(self) -> None:
        self.running = [2, 3]
        self.wall = self.cpu = 0.0
        self.cpu_of_children = self.waited_s = 0.0
        self.runnable = True
        self.told = True
        self.pace = (1.0, 1.0)

    def children(self, _: int) -> list[int]:
        return self.running

    def look(self, roots: list[int]) -> Seen:
        assert roots == [2], "the calibration loop is no part of the program"
        cpu = self.cpu + self.cpu_of_children
        threads = {2: Thread(self.runnable, round(cpu * 1e9), round(self.waited_s * 1e9), 1)} if self.told else {}
        return Seen(threads, cpu if self.told else 0.0)

    def waited(self) -> float:
        return 0.0

    def shares(self, _: float) -> tuple[float, float]:
        return self.pace


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(clocks.time, "monotonic", lambda: 100.0 + machine.wall)
    monkeypatch.setattr(clocks.time, "clock_gettime", lambda _: machine.cpu)
    return machine


def after(machine: Any, *, wall: float = 1.0, paced: bool = False, **shown: Any) -> Times:
    machine.running = [2, 3] if paced else [2]
    watch = Clocks(2, machine, machine if paced else None)
    machine.wall = wall
    for name, value in shown.items():
        setattr(machine, name, value)
    watch.look()
    return watch.now()


def test_wall_time_counts_without_what_was_waited(machine: Machine) -> None:
    assert after(machine, cpu=0.2, waited_s=0.7) == Times(cpu=0.2, wall=pytest.approx(0.3), whole=1.0)


def test_cpu_time_of_children_counts(machine: Machine) -> None:
    assert after(machine, paced=True, cpu=0.2, cpu_of_children=0.5).cpu == pytest.approx(0.7)


def test_cpu_time_of_children_stays_when_they_are_gone(machine: Machine) -> None:
    machine.running = [2]
    watch: Any = Clocks(2, machine, None)  # type: ignore[arg-type]
    machine.wall, machine.cpu_of_children = 1.0, 0.5
    watch.look()
    machine.wall, machine.cpu_of_children = 2.0, 0.0

    watch.look()

    assert watch.now().cpu == 0.5


def test_what_passed_since_the_last_look_counts(machine: Machine) -> None:
    watch: Any = Clocks(2, machine, machine)  # type: ignore[arg-type]
    machine.wall = machine.cpu = 0.5

    assert watch.now() == Times(0.5, 0.5, 0.5)


def test_where_the_kernel_tells_nothing_all_counts(machine: Machine) -> None:
    assert after(machine, told=False, waited_s=0.9) == Times(0.0, 1.0, 1.0)


@pytest.mark.parametrize("told", [True, False])
def test_a_loop_beside_it_tells_how_much_of_a_wall_second_counts(machine: Machine, told: bool) -> None:
    times = after(machine, paced=True, told=told, pace=(0.1, 1.0), cpu=0.1)

    assert times == Times(cpu=pytest.approx(0.1), wall=pytest.approx(0.1), whole=1.0)


def test_a_loop_beside_it_tells_where_cpu_seconds_are_wall_seconds(machine: Machine) -> None:
    """gVisor counts a program that is ready to run as one that runs."""
    times = after(machine, paced=True, told=False, pace=(0.1, 0.1), cpu=1.0)

    assert times == Times(cpu=pytest.approx(0.1), wall=pytest.approx(0.1), whole=1.0)


def test_looks_come_at_times_that_nobody_foresees(machine: Machine) -> None:
    watch: Any = Clocks(2, machine, machine)  # type: ignore[arg-type]
    pauses = set()
    for _ in range(50):
        watch.look()
        pauses.add(watch.due_in)

    assert len(pauses) > 40
    assert 0.02 < min(pauses) < max(pauses) < 0.08
