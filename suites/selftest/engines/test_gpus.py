"""A script poses as nvidia-smi; it says what the test has put into a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from servecheck.engines import gpus
from servecheck.engines.gpus import await_memory, check_gpus, used_memory
from servecheck.errors import UsageError

Machine = Callable[..., None]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """``machine(answer...)``: what nvidia-smi says, one answer a call, the last one from then on."""

    def machine(*answers: str, exit_code: int = 0) -> None:
        for number, answer in enumerate(answers):
            (tmp_path / f"{number}").write_text(answer)
        script = tmp_path / "nvidia-smi"
        script.write_text(
            f"#!/bin/sh\ncd {tmp_path}\nn=0\n[ -f n ] && read n < n\n[ -f $((n + 1)) ] && echo $((n + 1)) > n\n"
            f'while IFS= read -r line; do echo "$line"; done < $n\nexit {exit_code}\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return machine


FOUR = "".join(f"GPU {n}: NVIDIA H200 (UUID: GPU-{n})\n  MIG 1g.18gb Device 0: (UUID: MIG-{n})\n" for n in range(4))


def test_as_many_as_are_needed_pass(machine: Machine) -> None:
    machine(FOUR)

    check_gpus(4, {})


def test_none_needed_asks_nothing(machine: Machine) -> None:
    machine("", exit_code=9)

    check_gpus(0, {})


@pytest.mark.parametrize(
    ("answer", "exit_code", "needed", "message"),
    [
        (FOUR, 0, 8, "needs 8 GPUs, and this machine has 4"),
        ("GPU 0: A\n", 0, 2, "needs 2 GPUs, and this machine has 1"),
        ("NVIDIA-SMI has failed because it couldn't communicate with the driver\n", 9, 1, "needs 1 GPU, .* has 0"),
    ],
)
def test_too_few_are_told_with_both_numbers(
    machine: Machine, answer: str, exit_code: int, needed: int, message: str
) -> None:
    machine(answer, exit_code=exit_code)

    with pytest.raises(UsageError, match=message):
        check_gpus(needed, {})


def test_a_machine_without_the_driver_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="this machine has 0"):
        check_gpus(1, {})
    assert used_memory() == []


@pytest.mark.parametrize(("visible", "left"), [("0,1", 2), ("", 0), ("GPU-1", 1), ("-1", 0), ("0,1,-1,2", 2)])
def test_gpus_that_are_hidden_are_not_counted(machine: Machine, visible: str, left: int) -> None:
    machine(FOUR)

    with pytest.raises(UsageError, match=f"CUDA_VISIBLE_DEVICES={visible} leaves {left} of this machine's 4"):
        check_gpus(4, {"CUDA_VISIBLE_DEVICES": visible})


def test_memory_is_waited_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "_ROUND_S", 0.0)
    machine("100000\n3\n", "90000\n3\n", "510\n3\n")
    said: list[str] = []

    await_memory([4, 3], said.append)

    assert said == []
    assert used_memory() == [510, 3]


def test_memory_that_does_not_come_back_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "_BACK_S", 0.0)
    monkeypatch.setattr(gpus, "_ROUND_S", 0.0)
    machine("100000\n3\n")
    said: list[str] = []

    await_memory([4, 3], said.append)

    (line,) = said
    assert "100000, 3 MiB, and 4, 3 MiB before its start" in line
