"""The one way to write a file that is kept: at once, through no link, with the permissions it had, onto the disk."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servecheck.whole_file import replacing, write_whole


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("content", "raw"),
    [("größer\n", "größer\n".encode()), ("half \ud800", b"half ?"), (b"\xff\x00", b"\xff\x00"), ("", b"")],
)
def test_what_was_there_is_replaced_by_text_in_utf8_or_by_bytes(tmp_path: Path, content: str | bytes, raw: bytes):
    (tmp_path / "x").write_text("before, and longer than what comes")

    write_whole(tmp_path / "x", content)

    assert (tmp_path / "x").read_bytes() == raw
    assert _names(tmp_path) == ["x"]


def test_a_reader_has_the_old_file_or_the_new_one_whole(tmp_path: Path):
    (tmp_path / "x").write_text("before")
    with (tmp_path / "x").open() as reader:
        write_whole(tmp_path / "x", "after")

        assert reader.read() == "before"


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path):
    (tmp_path / "other").write_text("precious")
    (tmp_path / "x").symlink_to(tmp_path / "other")

    write_whole(tmp_path / "x", "new")

    assert not (tmp_path / "x").is_symlink()
    assert ((tmp_path / "x").read_text(), (tmp_path / "other").read_text()) == ("new", "precious")


def test_a_link_that_waits_where_it_is_written_first_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.getpid", lambda: 7)
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    (tmp_path / "other").write_text("precious")
    (tmp_path / ".unfinished-7-guessed").symlink_to(tmp_path / "other")

    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "x", "new")

    assert (tmp_path / "other").read_text() == "precious"


def test_a_new_file_heeds_the_umask(tmp_path: Path, umask: None):
    write_whole(tmp_path / "x", "new")

    assert _mode(tmp_path / "x") == 0o640


def test_a_file_that_was_there_keeps_its_permissions(tmp_path: Path, umask: None):
    (tmp_path / "x").touch()
    (tmp_path / "x").chmod(0o604)

    write_whole(tmp_path / "x", "new")

    assert _mode(tmp_path / "x") == 0o604


def test_a_link_gives_its_permissions_to_nobody(tmp_path: Path, umask: None):
    (tmp_path / "x").symlink_to("nowhere")  # whose own are 0777

    write_whole(tmp_path / "x", "new")

    assert _mode(tmp_path / "x") == 0o640


def test_permissions_can_be_given(tmp_path: Path, umask: None):
    (tmp_path / "x").touch(0o600)

    write_whole(tmp_path / "x", "#!/bin/sh", mode=0o755)

    assert _mode(tmp_path / "x") == 0o755


@pytest.mark.parametrize(("options", "times"), [({}, 1), ({"synced": False}, 0)])
def test_it_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, bool], times: int
):
    synced: list[str] = []
    monkeypatch.setattr(
        "os.fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
    )

    write_whole(tmp_path / "x", "new", **options)  # type: ignore[arg-type]

    assert len(synced) == times
    assert all(name.startswith(".unfinished-") for name in synced)


def test_it_can_be_written_in_another_folder_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "via").mkdir()
    seen: list[list[str]] = []
    replace = Path.replace

    def looking(path: Path, target: Path) -> Path:
        seen.extend([_names(tmp_path), _names(tmp_path / "via")])
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", looking)

    write_whole(tmp_path / "x", "new", via=tmp_path / "via")

    beside, within = seen
    assert beside == ["via"]
    assert [name.startswith(".unfinished-") for name in within] == [True]
    assert _names(tmp_path / "via") == []


@pytest.mark.parametrize("failing", ["os.fsync", "os.fchmod", "pathlib.Path.replace"])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_where_it_cannot_be_written_the_old_file_stays_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, failure: BaseException
):
    def fails(*_: Any) -> None:
        raise failure

    (tmp_path / "x").write_text("before")
    monkeypatch.setattr(failing, fails)

    with pytest.raises(type(failure)):
        write_whole(tmp_path / "x", "new")

    assert _names(tmp_path) == ["x"]
    assert (tmp_path / "x").read_text() == "before"


def test_a_folder_in_its_place_is_an_error_and_stays(tmp_path: Path):
    (tmp_path / "x").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "x", "new")

    assert _names(tmp_path) == ["x"]


def test_a_name_of_any_length_that_the_system_takes_can_be_written(tmp_path: Path):
    write_whole(tmp_path / ("n" * 255), "new")

    assert _names(tmp_path) == ["n" * 255]


def test_what_comes_piece_by_piece_takes_its_place_at_the_end(tmp_path: Path):
    (tmp_path / "x").write_text("before")

    with replacing(tmp_path / "x") as file:
        file.write(b"af")
        assert (tmp_path / "x").read_text() == "before"
        file.write(b"ter")

    assert (tmp_path / "x").read_text() == "after"


def test_what_breaks_off_between_two_pieces_leaves_what_was_there_and_nothing_else(tmp_path: Path):
    (tmp_path / "x").write_text("before")

    def broken_off() -> None:
        with replacing(tmp_path / "x") as file:
            file.write(b"af")
            raise KeyError

    with pytest.raises(KeyError):
        broken_off()

    assert (tmp_path / "x").read_text() == "before"
    assert _names(tmp_path) == ["x"]
