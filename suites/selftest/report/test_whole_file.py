"""A file is replaced at once, and a link in its place is not followed."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.report.whole_file import write_whole


def test_what_was_there_is_replaced(tmp_path: Path):
    (tmp_path / "x").write_text("before")

    write_whole(tmp_path / "x", "größer \ud800")

    assert (tmp_path / "x").read_text(encoding="utf-8") == "größer ?"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path):
    (tmp_path / "other").write_text("precious")
    (tmp_path / "x").symlink_to(tmp_path / "other")

    write_whole(tmp_path / "x", "new")

    assert ((tmp_path / "x").read_text(), (tmp_path / "other").read_text()) == ("new", "precious")


def test_a_link_that_waits_where_it_is_written_first_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.getpid", lambda: 7)
    (tmp_path / "other").write_text("precious")
    (tmp_path / ".x.7").symlink_to(tmp_path / "other")

    write_whole(tmp_path / "x", "new")

    assert ((tmp_path / "x").read_text(), (tmp_path / "other").read_text()) == ("new", "precious")


def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path):
    (tmp_path / "x").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "x", "new")

    assert [path.name for path in tmp_path.iterdir()] == ["x"]
