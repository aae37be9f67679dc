from __future__ import annotations

import sys
from pathlib import Path

import pytest
from servecheck.engines.engine_choice import interpreter_of, named_engine
from servecheck.engines.launch import Engine
from servecheck.engines.machine import EngineSettings
from servecheck.errors import UsageError
from servecheck.profiles.schema import Profile


def profile(**keys: str) -> Profile:
    return Profile(name="p", model="m", backend="vllm", **keys)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "engine"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_profiles_engine_goes_before_the_machines() -> None:
    settings = EngineSettings(image="machine")

    assert named_engine(profile(image="own"), settings) == Engine("image", "own")
    assert named_engine(profile(), settings) == Engine("image", "machine")
    assert named_engine(profile(), EngineSettings()) is None


def test_a_program_is_found_by_its_path_or_name(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    expected = Engine("executable", str(program))

    assert named_engine(profile(executable=str(program)), EngineSettings()) == expected
    assert named_engine(profile(executable="engine"), EngineSettings()) == expected
    monkeypatch.chdir(program.parent)
    assert named_engine(profile(executable="./engine"), EngineSettings()) == expected


def test_an_environments_interpreter_stays_the_link_that_it_is(tmp_path: Path) -> None:
    link = tmp_path / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(sys.executable)

    engine = named_engine(profile(), EngineSettings(python=str(link)))

    assert engine == Engine("python", str(link))


@pytest.mark.parametrize("value", ["/nonexistent/vllm", "no-such-engine", "~/no-such-engine", "/etc/passwd"])
def test_a_program_that_is_absent_is_told_with_its_place(value: str) -> None:
    with pytest.raises(UsageError, match=rf"profile 'p': executable '{value}' is no program here; .*image"):
        named_engine(profile(executable=value), EngineSettings())
    with pytest.raises(UsageError, match=r"the machine's settings \(.*machine\.toml\): executable"):
        named_engine(profile(), EngineSettings(executable=value))


def test_a_profile_names_one_engine() -> None:
    with pytest.raises(UsageError, match="profile 'p': executable and image are set; keep one"):
        named_engine(profile(executable="a", image="b"), EngineSettings())


@pytest.mark.parametrize(
    "begins",
    [
        "#!{python}\n",
        "#!{python} -IS\n",
        "#!/usr/bin/env python3\n",
        "#!/usr/bin/env -S python3 -I\n",
        "#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n",  # pip, where the path is long
        '#!/bin/sh\n\'\'\'exec\' "{python}" "$0" "$@"\n',
    ],
)
def test_weights_are_made_by_the_engines_own_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins: str
) -> None:
    python = tmp_path / "python3"
    python.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    script = tmp_path / "vllm"
    script.write_text(begins.format(python=python) + "import vllm\n")

    assert interpreter_of(Engine("executable", str(script))) == str(python)
    assert interpreter_of(Engine("python", "/x/python")) == "/x/python"


@pytest.mark.parametrize("first", ["#!/bin/sh\n", "\x7fELF\n", "#!\n", "", "#!/nonexistent/python\n"])
def test_an_engine_without_a_python_cannot_make_them(tmp_path: Path, first: str) -> None:
    script = tmp_path / "vllm"
    script.write_text(first)

    with pytest.raises(UsageError, match="shows no Python"):
        interpreter_of(Engine("executable", str(script)))
    with pytest.raises(UsageError, match="shows no Python"):
        interpreter_of(Engine("image", "vllm"))
