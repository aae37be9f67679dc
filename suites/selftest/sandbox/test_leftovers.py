"""Only containers whose owner is known to be dead are swept."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import docker.errors
import pytest
from servecheck.sandbox import leftovers
from servecheck.sandbox.leftovers import LABEL, labels, sweep


class FakeContainer:
    def __init__(self, label: str, error: Exception | None = None) -> None:
        self.id, self.labels, self._error, self.removed = label, {LABEL: label}, error, False

    def remove(self, force: bool) -> None:
        assert force
        if self._error is not None:
            raise self._error
        self.removed = True


class FakeClient:
    def __init__(self, *containers: FakeContainer) -> None:
        self.containers, self._all = self, containers

    def list(self, **options: Any) -> tuple[FakeContainer, ...]:
        assert options == {"all": True, "filters": {"label": LABEL}, "ignore_removed": True}
        return self._all


def api_error(status: int) -> docker.errors.APIError:
    response = type("Response", (), {"status_code": status})()
    return docker.errors.APIError("refused", response=response)


@pytest.fixture(scope="module")
def of_a_dead_process() -> str:
    """The label that a process gave which has ended since."""
    code = "from servecheck.sandbox.leftovers import LABEL, labels; print(labels()[LABEL])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def of_this_process() -> str:
    return labels()[LABEL]


def is_swept(label: str) -> bool:
    container = FakeContainer(label)
    removed = sweep(FakeClient(container))
    assert removed == [label] * container.removed
    return container.removed


def test_a_dead_owners_container_is_removed(of_a_dead_process: str) -> None:
    assert is_swept(of_a_dead_process)


def test_a_living_owners_container_stays(of_this_process: str) -> None:
    assert not is_swept(of_this_process)


def test_another_process_of_the_same_id_is_not_the_owner(of_this_process: str) -> None:
    assert is_swept(of_this_process.rpartition(":")[0] + ":1")


def test_an_owner_of_another_boot_or_machine_cannot_be_judged(of_a_dead_process: str) -> None:
    """The initial PID namespace has the same number on every machine: it tells machines not apart, the boot id does."""
    boot = of_a_dead_process.partition(":")[0]

    assert not is_swept(of_a_dead_process.replace(boot, "00000000-0000-0000-0000-000000000000"))


def test_an_owner_in_another_pid_namespace_cannot_be_judged(of_a_dead_process: str) -> None:
    namespace = Path("/proc/self/ns/pid").readlink().name.replace(":", "-")
    assert namespace in of_a_dead_process

    assert not is_swept(of_a_dead_process.replace(namespace, "pid-[1]"))


@pytest.mark.parametrize("label", ["", "x", "1/2/3"])
def test_a_label_of_another_kind_is_left_alone(label: str) -> None:
    assert not is_swept(label)


def test_where_there_is_no_proc_nothing_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_identity", lambda: ("", ""))
    monkeypatch.setattr(leftovers, "_start_time", lambda _: "")

    assert not is_swept(labels()[LABEL])


@pytest.mark.parametrize("error", [docker.errors.NotFound("gone"), api_error(409)], ids=["gone", "being removed"])
def test_what_another_run_removes_meanwhile_is_no_error(of_a_dead_process: str, error: Exception) -> None:
    others = FakeContainer(of_a_dead_process, error)
    own = FakeContainer(of_a_dead_process)

    sweep(FakeClient(others, own))

    assert own.removed


def test_any_other_refusal_is_an_error(of_a_dead_process: str) -> None:
    with pytest.raises(docker.errors.APIError):
        sweep(FakeClient(FakeContainer(of_a_dead_process, api_error(500))))
