"""A file that is too long for the memory is the published one, whole, or an error says what to do; it is read once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems import contest_rows
from servecheck.problems.contest_rows import tests_at as read_tests_at
from servecheck.problems.contests import ContestTest

from suites.selftest.problems.livecodebench_rows import lines, published, row
from suites.selftest.problems.publisher import Publisher, publishing

CONTENT = lines([row(1, "2024-07-01"), row(2, "2025-01-31", function="same"), row(3, "2025-02-01")])


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing(CONTENT) as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("LIVECODEBENCH_OVERRIDE_PATH", raising=False)
    return folder


def test_it_is_fetched_once_and_its_rows_found_again_where_they_lie(publisher: Publisher, cache: Path) -> None:
    file = published(CONTENT, publisher.url)

    path, rows = file.rows()
    again = file.rows()

    assert publisher.downloads == 1
    assert again == (path, rows)
    assert path.read_bytes() == CONTENT
    assert [one.question_id for one in rows] == ["abc1_a", "abc2_a", "abc3_a"]
    assert read_tests_at(path, rows[1].begins, rows[1].size) == [ContestTest("[0]", "0"), ContestTest("[2]", "2")]
    assert not list(cache.glob(".unfinished-*"))


def test_it_is_not_read_again_before_it_has_changed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = cache / "copy"
    cache.mkdir()
    copy.write_bytes(CONTENT)
    monkeypatch.setenv("LIVECODEBENCH_OVERRIDE_PATH", str(copy))
    file = published(CONTENT)
    first = file.rows()
    read: list[object] = []
    monkeypatch.setattr(contest_rows.ContestRows, "_read", lambda *of: read.append(of) or list(first[1]))

    assert file.rows() == first
    assert not read
    copy.write_bytes(CONTENT)
    file.rows()

    assert len(read) == 1


@pytest.mark.parametrize("named", ["", "test5.jsonl", "test3.jsonl"], ids=["the folder", "the file", "one beside it"])
def test_the_variable_may_name_a_folder_with_the_files(
    named: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := cache / "data").mkdir(parents=True)
    (folder / "test5.jsonl").write_bytes(CONTENT)
    (folder / "test3.jsonl").write_bytes(b"another")
    monkeypatch.setenv("LIVECODEBENCH_OVERRIDE_PATH", str(folder / named))

    assert published(CONTENT).rows()[0] == folder / "test5.jsonl"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CONTENT[:-9], "it has {} bytes, expected"),
        (CONTENT.replace(b"Say 1", b"Sey 1"), "its sha256 is"),
        (b"<html>", "it has 6 bytes"),
    ],
)
def test_another_file_is_refused_and_says_what_to_do(
    content: bytes, said: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir()
    (cache / "copy").write_bytes(content)
    monkeypatch.setenv("LIVECODEBENCH_OVERRIDE_PATH", str(cache / "copy"))

    with pytest.raises(ProblemSetError) as caught:
        published(CONTENT).rows()

    assert said.format(f"{len(content):,}") in str(caught.value)
    assert "point LIVECODEBENCH_OVERRIDE_PATH at the published file" in str(caught.value)
    assert not list(cache.glob("*.index.json"))


def test_a_download_that_breaks_off_leaves_nothing(publisher: Publisher, cache: Path) -> None:
    publisher.body, publisher.promised = CONTENT[:100], len(CONTENT)

    with pytest.raises(ProblemSetError, match=r"could not be fetched from http://127\.0\.0\.1"):
        published(CONTENT, publisher.url).rows()

    assert [path.name for path in cache.iterdir()] == ["livecodebench-test5.jsonl.lock"]


def test_what_comes_in_its_place_is_not_stored(publisher: Publisher, cache: Path) -> None:
    publisher.body = b"x" * len(CONTENT)

    with pytest.raises(ProblemSetError, match=r"bytes that are not LiveCodeBench's test5\.jsonl"):
        published(CONTENT, publisher.url).rows()

    assert [path.name for path in cache.iterdir()] == ["livecodebench-test5.jsonl.lock"]


def test_more_than_it_has_is_not_waited_for(publisher: Publisher, cache: Path) -> None:
    publisher.body = CONTENT + b"x"

    with pytest.raises(ProblemSetError, match="it has more than"):
        published(CONTENT, publisher.url).rows()


def test_off_line_it_is_told_where_a_copy_may_lie(cache: Path) -> None:
    with pytest.raises(ProblemSetError) as caught:
        published(CONTENT).rows()

    assert f"copy it to {cache / 'livecodebench-test5.jsonl'}" in str(caught.value)
    assert "to a folder that has it as test5.jsonl" in str(caught.value)


def test_a_column_that_is_missing_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = lines([{name: value for name, value in row(1, "2024-07-01").items() if name != "metadata"}])
    cache.mkdir()
    (cache / "copy").write_bytes(lacking)
    monkeypatch.setenv("LIVECODEBENCH_OVERRIDE_PATH", str(cache / "copy"))

    with pytest.raises(ProblemSetError, match=r"is not as expected: \('metadata',\): Field required"):
        published(lacking).rows()


def test_a_damaged_index_is_made_anew(cache: Path, publisher: Publisher) -> None:
    file = published(CONTENT, publisher.url)
    first = file.rows()
    (cache / "livecodebench-test5.jsonl.index.json").write_text('{"known_by": [')

    assert file.rows() == first


def test_hostile_tests_are_refused_where_they_are_read(cache: Path) -> None:
    cache.mkdir()
    content = lines([row(1, "2024-07-01", private_test_cases="gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU")])
    (cache / "copy").write_bytes(content)

    with pytest.raises(ProblemSetError, match="cannot be read: "):
        read_tests_at(cache / "copy", 0, len(content))
