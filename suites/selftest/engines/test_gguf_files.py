"""What is wrong with a GGUF file is told before an engine is started with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from servecheck.engines.gguf_files import check_gguf
from servecheck.errors import UsageError

WHOLE = b"GGUF\x03\x00\x00\x00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.gguf", "big-00001-of-00003.gguf", "big-00002-of-00003.gguf", "big-00003-of-00003.gguf"):
        (tmp_path / name).write_bytes(WHOLE)
    return tmp_path


@pytest.mark.parametrize("name", ["a.gguf", "big-00001-of-00003.gguf"])
def test_files_that_are_whole_are_taken(folder: Path, name: str) -> None:
    check_gguf(folder / name)


def test_another_name_tells_what_is_there(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"b\.gguf do not exist: .*has a\.gguf, big-00001-of-00003\.gguf$"):
        check_gguf(folder / "b.gguf")


def test_a_folder_that_is_not_there_tells_what_is_in_the_one_above(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"do not exist: .*has a\.gguf, big-00001"):
        check_gguf(folder / "org" / "model" / "b.gguf")


def test_a_folder_is_no_model(folder: Path) -> None:
    (folder / "empty").mkdir()

    with pytest.raises(UsageError, match=r"are a folder, .*: it has a\.gguf, big-00001-of-00003\.gguf; name one"):
        check_gguf(folder)
    with pytest.raises(UsageError, match=r"it has no \*\.gguf"):
        check_gguf(folder / "empty")


def test_a_split_model_is_named_by_its_first_part(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"is part 2 of 3: set weights to the first one, big-00001-of-00003\.gguf"):
        check_gguf(folder / "big-00002-of-00003.gguf")


def test_parts_that_are_missing_are_named(folder: Path) -> None:
    (folder / "big-00002-of-00003.gguf").unlink()

    with pytest.raises(UsageError, match=r"lacks big-00002-of-00003\.gguf: download"):
        check_gguf(folder / "big-00001-of-00003.gguf")


def test_a_pipe_is_told_and_not_read(folder: Path) -> None:
    os.mkfifo(folder / "pipe.gguf")

    with pytest.raises(UsageError, match=r"pipe\.gguf are no regular file"):
        check_gguf(folder / "pipe.gguf")


def test_a_name_of_countless_parts_is_not_looked_for(folder: Path) -> None:
    name = "big-00001-of-99999999.gguf"
    (folder / name).write_bytes(WHOLE)

    with pytest.raises(UsageError, match="one of 99999999 parts, and no model has so many"):
        check_gguf(folder / name)


def test_a_name_that_is_too_long(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be looked at .*too long"):
        check_gguf(folder / ("x" * 5000 + ".gguf"))


@pytest.mark.parametrize("name", ["a.gguf", "big-00003-of-00003.gguf"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "pointer.*git lfs pull"),
        (b"<html>", "no GGUF"),
        (b"", "no GGUF"),
    ],
)
def test_what_is_no_model_is_told(folder: Path, name: str, content: bytes, reason: str) -> None:
    (folder / name).write_bytes(content)

    with pytest.raises(UsageError, match=reason):
        check_gguf(folder / name.replace("00003-of", "00001-of"))
