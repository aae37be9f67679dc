"""A command's sandbox is made ready once, and held to what each run's programs need."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.errors import SandboxUnavailable
from servecheck.runs.shared_sandbox import ReadySandbox, SharedSandbox
from servecheck.sandbox.options import Kind, SandboxChoice


def shared(kind: Kind) -> tuple[SharedSandbox, list[str]]:
    said: list[str] = []
    return SharedSandbox(SandboxChoice(kind, "worker", 1 << 30, None, None), said.append), said


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")


def test_all_runs_have_the_sandbox_of_the_first_and_the_user_is_told_once():
    sandbox, said = shared("process")

    first = sandbox.ready(trusted=True)

    assert first.choice is not None
    assert first.choice.kind == "process"
    assert sandbox.ready(trusted=False) is sandbox.ready(trusted=True) is first
    assert [line.partition(" (")[0] for line in said] == ["sandbox: processes of this machine"]


@pytest.mark.usefixtures("no_docker")
def test_what_holds_this_commands_own_programs_is_not_taken_for_others():
    sandbox, said = shared("auto")

    own = sandbox.ready(trusted=True)

    assert own.choice is not None
    assert own.choice.kind == "process"
    assert "no Docker engine answers" in said[0]
    with pytest.raises(SandboxUnavailable):
        sandbox.ready(trusted=False)


def test_a_run_without_programs_says_in_its_manifest_that_it_has_none():
    assert ReadySandbox().to_json() == {"choice": None, "facts": {}}
