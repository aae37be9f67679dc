"""A file is known by a digest that somebody publishes: SHA-256, or else its id in a git repository."""

from __future__ import annotations

import os

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.fetched_from_url import Digest
from servecheck.problems.published_bytes import PublishedBytes

# Of ``printf hello | git hash-object --stdin``.
BLOB = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
IN_GIT = PublishedBytes("It", "it.json", "http://127.0.0.1:9/it.json", "", "IT_TEST_PATH", git_blob=BLOB)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    monkeypatch.setenv("IT_TEST_PATH", str(tmp_path / "it.json"))
    return tmp_path / "it.json"


def test_gits_id_is_of_the_bytes_with_their_number():
    assert Digest("git blob id", BLOB).of(b"hello") == BLOB


def test_a_file_without_a_sha256_is_known_by_its_id_in_git(copy):
    copy.write_bytes(b"hello")

    assert IN_GIT.content() == b"hello"


def test_another_one_is_refused_with_both_ids_and_what_to_do(copy):
    copy.write_bytes(b"hello!")

    with pytest.raises(ProblemSetError, match=rf"is not It as .*: its git blob id is .*, expected {BLOB}\. "):
        IN_GIT.content()


@pytest.mark.parametrize("named", ["/dev/zero", "a pipe that nobody writes to"])
def test_what_has_no_end_is_no_copy_and_is_not_read(named, tmp_path, monkeypatch):
    path = tmp_path / named  # a path from the root stays itself
    if not path.exists():
        os.mkfifo(path)
    monkeypatch.setenv("IT_TEST_PATH", str(path))

    with pytest.raises(
        ProblemSetError, match=r"is a device or a pipe and no copy of It: point IT_TEST_PATH at a file\."
    ):
        IN_GIT.content()


def test_what_comes_under_its_address_is_held_to_it_too(monkeypatch, tmp_path):
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("IT_TEST_PATH", raising=False)
    monkeypatch.setattr("servecheck.problems.fetched_from_url.fetched", lambda *_args, **_more: b"<html>log in")

    with pytest.raises(ProblemSetError, match=rf"gave 12 bytes that are not It: git blob id .*, expected {BLOB}\."):
        IN_GIT.content()
    assert not (tmp_path / "it.json").exists()
