"""A problem file is the published one, whole, or an error that says what to do."""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError, UsageError
from servecheck.problems.fetched_once import cache_folder
from servecheck.problems.published import ProblemLines, PublishedFile

from suites.selftest.problems.publisher import Publisher, publishing

CONTENT = b"".join(json.dumps({"task_id": f"Sum/{i}", "prompt": "x" * 5000}).encode() + b"\n" for i in range(50))
ARTEFACT = gzip.compress(CONTENT, mtime=0)
OVERRIDE = "SUM_OVERRIDE_PATH"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing(ARTEFACT) as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv(OVERRIDE, raising=False)
    return folder


def published(url: str) -> PublishedFile:
    return PublishedFile(
        title="Sums v1",
        file_name="sums-v1.jsonl.gz",
        url=url,
        sha256=hashlib.sha256(ARTEFACT).hexdigest(),
        content_sha256=hashlib.sha256(CONTENT).hexdigest(),
        override_variable=OVERRIDE,
    )


NOWHERE = published("http://127.0.0.1:9/")


def test_a_missing_file_is_fetched_once_into_the_cache_folder(publisher: Publisher, cache: Path) -> None:
    file = published(publisher.url)

    assert file.read() == CONTENT
    assert file.read() == CONTENT

    assert publisher.downloads == 1
    assert (cache / "sums-v1.jsonl.gz").read_bytes() == ARTEFACT
    assert (cache / "sums-v1.jsonl.gz").stat().st_mode & 0o777 == 0o644
    assert sorted(p.name for p in cache.iterdir()) == ["sums-v1.jsonl.gz", "sums-v1.jsonl.gz.lock"]


def test_progress_goes_to_stderr(publisher: Publisher, cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    published(publisher.url).read()

    shown = capfd.readouterr()
    assert shown.out == ""
    assert "fetching Sums v1" in shown.err


def _read_at_once(file: PublishedFile, barrier: object, results: object) -> None:
    barrier.wait()
    results.put(hashlib.sha256(file.read()).hexdigest())


def test_processes_that_start_at_once_share_one_download(publisher: Publisher, cache: Path) -> None:
    context = multiprocessing.get_context("spawn")
    file, count = published(publisher.url), 4
    barrier, results = context.Barrier(count), context.Queue()
    processes = [context.Process(target=_read_at_once, args=(file, barrier, results)) for _ in range(count)]

    for process in processes:
        process.start()
    digests = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()

    assert digests == [file.content_sha256] * count
    assert publisher.downloads == 1


def test_a_path_of_a_user_that_there_is_not_is_an_error_that_names_the_variable(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OVERRIDE, "~no-such-user/sums.jsonl.gz")

    with pytest.raises(UsageError, match=f"{OVERRIDE} names ~no-such-user/sums.jsonl.gz, whose user is not known"):
        NOWHERE.read()


def test_off_line_the_error_names_the_variable_and_the_path_to_copy_to(cache: Path) -> None:
    with pytest.raises(ProblemSetError) as caught:
        NOWHERE.read()

    message = str(caught.value)
    assert NOWHERE.url in message
    assert f"set {OVERRIDE}" in message
    assert f"copy it to {cache / 'sums-v1.jsonl.gz'}" in message


def test_a_copy_put_into_the_cache_folder_by_hand_is_taken(cache: Path) -> None:
    cache.mkdir()
    (cache / "sums-v1.jsonl.gz").write_bytes(ARTEFACT)

    assert NOWHERE.read() == CONTENT


def test_a_refused_download_names_the_status(publisher: Publisher, cache: Path) -> None:
    with pytest.raises(ProblemSetError, match="HTTP status 404"):
        published(publisher.url + "moved").read()


@pytest.mark.parametrize(
    ("body", "promised", "said"),
    [
        pytest.param(b"<html>log in</html>", None, "sha256", id="another page"),
        pytest.param(ARTEFACT[:-20], None, "sha256", id="cut short by the publisher"),
        pytest.param(ARTEFACT[:-20], len(ARTEFACT), "could not be fetched", id="connection lost"),
    ],
)
def test_a_bad_download_is_an_error_and_leaves_nothing(
    publisher: Publisher, cache: Path, body: bytes, promised: int | None, said: str
) -> None:
    publisher.body, publisher.promised = body, promised

    with pytest.raises(ProblemSetError, match=said):
        published(publisher.url).read()

    assert [p.name for p in cache.iterdir()] == ["sums-v1.jsonl.gz.lock"]


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "occupied").write_text("a file")
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "occupied"))
    monkeypatch.delenv(OVERRIDE, raising=False)

    with pytest.raises(ProblemSetError, match=r"occupied.*Set SERVECHECK_CACHE_DIR"):
        NOWHERE.read()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        pytest.param("copy.jsonl.gz", ARTEFACT, id="as published"),
        pytest.param("copy.jsonl", CONTENT, id="decompressed"),
        pytest.param("copy.jsonl.gz", gzip.compress(CONTENT, 1), id="compressed anew"),
    ],
)
def test_an_override_with_the_published_content_is_taken(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, raw: bytes
) -> None:
    (tmp_path / name).write_bytes(raw)
    monkeypatch.setenv(OVERRIDE, str(tmp_path / name))

    assert NOWHERE.read() == CONTENT
    assert not cache.exists()


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        pytest.param(ARTEFACT[: len(ARTEFACT) // 2], "cannot be decompressed", id="truncated gzip"),
        pytest.param(b"\x1f\x8bnot really", "cannot be decompressed", id="not gzip after all"),
        pytest.param(b"<html>", "no JSON lines", id="not JSON"),
        pytest.param(b"", "no JSON lines", id="empty"),
        pytest.param(CONTENT.replace(b"x", b"y", 1), "other problems", id="one letter changed"),
    ],
)
@pytest.mark.parametrize("place", ["override", "cache"])
def test_other_content_is_an_error_with_both_digests(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes, fault: str, place: str
) -> None:
    path = NOWHERE.cache_path
    if place == "override":
        path = tmp_path / "copy.jsonl"
        monkeypatch.setenv(OVERRIDE, str(path))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)

    with pytest.raises(ProblemSetError, match=fault) as caught:
        NOWHERE.read()

    message = str(caught.value)
    assert str(path) in message
    assert hashlib.sha256(raw).hexdigest() in message
    assert NOWHERE.sha256 in message
    assert (OVERRIDE if place == "override" else "delete it") in message


def test_an_override_that_does_not_exist_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERRIDE, str(cache / "none.jsonl"))

    with pytest.raises(ProblemSetError, match=r"none\.jsonl cannot be read .*No such file.*SUM_OVERRIDE_PATH"):
        NOWHERE.read()


def test_without_the_variable_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVECHECK_CACHE_DIR", raising=False)

    assert cache_folder().name == "servecheck"
    assert cache_folder().is_absolute()


def test_only_the_line_asked_for_is_parsed() -> None:
    lines = ProblemLines(b'{"task_id": "A/0", "n": 1}\n{"task_id": "A/1", broken}\n', "Sums v1")

    assert lines.task_ids == ("A/0", "A/1")
    assert lines["A/0"] == {"task_id": "A/0", "n": 1}
    with pytest.raises(ProblemSetError, match="Sums v1, A/1: not JSON"):
        lines["A/1"]
    with pytest.raises(KeyError):
        lines["A/2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"prompt": "", "task_id": "A/0"}\n', "line 1: not a JSON object that begins with its task_id"),
        (b'{"task_id": "A/0"}\n\n{"task_id": "A/0"}\n', "line 3: A/0 comes a second time"),
    ],
)
def test_lines_without_an_id_of_their_own_are_errors(content: bytes, said: str) -> None:
    with pytest.raises(ProblemSetError, match=said):
        ProblemLines(content, "Sums v1")
