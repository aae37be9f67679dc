"""A command that is printed can be pasted: it starts pytest the way that the program was started that prints it."""

from __future__ import annotations

import shlex
import sys

import pytest
from servecheck.command_line import pytest_command


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """An environment's folder of scripts that is on no PATH."""
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)
    folder = tmp_path / "an env" / "bin"
    folder.mkdir(parents=True)
    for name in ("pytest", "servecheck"):
        (folder / name).write_text("")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize("script", ["pytest", "servecheck"])
def test_by_the_path_of_the_script_or_by_its_name_where_that_is_found(monkeypatch, scripts, script):
    monkeypatch.setattr(sys, "argv", [str(scripts / script)])
    assert shlex.split(pytest_command()) == [str(scripts / "pytest")]

    monkeypatch.setenv("PATH", str(scripts))
    assert pytest_command() == "pytest"


@pytest.mark.parametrize("script", ["pytest", "servecheck"])
def test_by_uv(monkeypatch, scripts, script):
    monkeypatch.setattr(sys, "argv", [str(scripts / script)])
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")

    assert pytest_command() == "uv run pytest"


@pytest.mark.parametrize(
    "started", ["/lib/pytest/__main__.py", "/lib/servecheck/__main__.py", "-c", "", "/none/servecheck"]
)
def test_as_a_module_by_this_python_where_there_is_no_script(monkeypatch, scripts, started):
    monkeypatch.setattr(sys, "argv", [started])

    assert shlex.split(pytest_command()) == [sys.executable, "-m", "pytest"]
