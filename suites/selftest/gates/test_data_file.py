"""What an entry names by digest is read when it is asked for, and is that file or an error that says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from servecheck.errors import UsageError
from servecheck.gates.data_file import FOLDER, DataFile, data_file

CONTENT = {"solved": [3, 0]}


def written(folder: Path) -> DataFile:
    named, content = data_file(folder, "humaneval-zai-org/GLM 4.7", CONTENT)
    (folder / named.name).write_bytes(content)
    return named


def test_it_is_read_back_from_the_folder_of_the_file_that_names_it(tmp_path: Path) -> None:
    named = written(tmp_path)

    again = DataFile.model_validate(named.model_dump(), context={FOLDER: tmp_path})

    assert again.read() == CONTENT
    assert named.name == f"humaneval-zai-org-GLM-4-7-{named.sha256[:12]}.json"


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    named = written(tmp_path)
    (tmp_path / named.name).unlink()

    again = DataFile.model_validate(named.model_dump(), context={FOLDER: tmp_path})

    with pytest.raises(UsageError, match=r"cannot be read: No such file or directory; take the file from where"):
        again.read()


def test_what_was_read_stays_when_the_file_goes(tmp_path: Path) -> None:
    named = written(tmp_path)
    assert named.read() == CONTENT

    (tmp_path / named.name).unlink()

    assert named.read() == CONTENT


@pytest.mark.parametrize("content", [b'{"solved":[3,1]}\n', b""])
def test_another_file_of_that_name_is_refused_with_both_digests(tmp_path: Path, content: bytes) -> None:
    named = written(tmp_path)
    (tmp_path / named.name).write_bytes(content)

    with pytest.raises(UsageError, match=f"is not the file that .* theirs with {named.sha256[:12]}; take the file"):
        named.read()


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", ".hidden", "a/b", "", "a\nb", "a" * 151])
def test_a_name_is_that_of_a_plain_file_beside(name: str) -> None:
    with pytest.raises(ValidationError):
        DataFile(name=name, sha256="0" * 64)
