"""What makes up the running interpreter: enough to run it elsewhere, and nothing of the user's own."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from servecheck.errors import SandboxUnavailable
from servecheck.sandbox import interpreter


@pytest.fixture
def uncached() -> Iterator[None]:
    """What is found out under a changed environment must not be remembered."""
    interpreter.numpy_folder.cache_clear()
    yield
    interpreter.numpy_folder.cache_clear()


def test_the_executable_is_the_interpreter_itself() -> None:
    path = interpreter.executable()
    version = subprocess.run(
        [path, "-S", "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True
    )

    assert not path.is_symlink()
    assert version.stdout.strip() == sys.version.strip()


def test_the_standard_library_is_that_of_this_interpreter() -> None:
    assert Path(os.__file__).resolve().parent in interpreter.standard_library()
    assert all(folder.is_dir() for folder in interpreter.standard_library())


def test_numpy_is_the_one_that_is_imported_here() -> None:
    assert interpreter.numpy_folder() == Path(np.__file__).resolve().parent.parent
    assert interpreter.numpy_folder() / "numpy" in interpreter.numpy_packages()
    assert {path.name for path in interpreter.numpy_packages()} <= {"numpy", "numpy.libs"}


def test_without_numpy_there_is_no_sandbox(uncached: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(SandboxUnavailable, match="install the project's dependencies"):
        interpreter.numpy_folder()


def test_binaries_are_the_interpreter_and_extension_modules_of_it_and_numpy() -> None:
    binaries = interpreter.binaries()

    assert interpreter.executable() in binaries
    assert any("_multiarray_umath" in path.name for path in binaries)
    assert any("_lzma" in path.name for path in binaries)
    assert all(
        path.is_relative_to(interpreter.numpy_folder()) or "site-packages" not in path.parts for path in binaries
    )


def test_shared_libraries_are_whole_paths_with_the_loader_and_without_numpys_own() -> None:
    libraries = interpreter.shared_libraries(interpreter.binaries())

    assert any(path.name.startswith(("libc.so", "libc.musl")) for path in libraries)
    assert any(path.name.startswith("ld-") for path in libraries)
    assert all(path.is_absolute() and path.exists() for path in libraries)
    assert not [path for path in libraries if path.is_relative_to(interpreter.numpy_folder())]
    assert len(set(libraries)) == len(libraries)


def test_without_ldd_there_is_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SandboxUnavailable, match="ldd was not found"):
        interpreter.shared_libraries([interpreter.executable()])
