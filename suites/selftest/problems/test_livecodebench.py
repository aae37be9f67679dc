"""LiveCodeBench's problems are those of its files between two days, and each knows where its tests lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.contests import ContestTest
from servecheck.problems.livecodebench import LiveCodeBench, livecodebench_2407_2501, livecodebench_v6
from servecheck.problems.livecodebench_reported import REPORTED

from suites.selftest.problems.livecodebench_rows import lines, published, row

FIRST = lines([row(1, "2024-06-30"), row(2, "2024-07-01"), row(3, "2024-08-01", function="same", title="same-number")])
SECOND = lines([row(4, "2025-01-31"), row(5, "2025-02-01"), row(6, "2025-01-01", function="f", title="Not a slug")])


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveCodeBench:
    for name, content in (("test4.jsonl", FIRST), ("test5.jsonl", SECOND)):
        (tmp_path / name).write_bytes(content)
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LIVECODEBENCH_OVERRIDE_PATH", str(tmp_path))
    files = (published(FIRST, name="test4.jsonl"), published(SECOND))
    return LiveCodeBench("window", "v", files, "2024-07-01", "2025-01-31")


def test_those_of_the_window_are_there_in_the_files_order(problems: LiveCodeBench) -> None:
    assert problems.task_ids == ("abc2_a", "same-number", "abc4_a", "abc6_a")
    assert problems.is_here


def test_a_problem_has_its_statement_its_starter_code_and_its_tests(problems: LiveCodeBench) -> None:
    found = problems["same-number"]

    assert (found.statement, found.function) == ("Say 3.", "same")
    assert found.starter_code.startswith("class Solution:\n    def same(self")
    assert found.read_tests() == [ContestTest("[0]", "0"), ContestTest("[3]", "3")]
    assert problems["abc4_a"].function == ""
    assert problems["abc4_a"].read_tests()[1] == ContestTest("4\n", "4")


def test_another_window_or_another_file_is_another_set(problems: LiveCodeBench) -> None:
    files = (published(FIRST, name="test4.jsonl"), published(SECOND))

    same = LiveCodeBench("other", "v", files, "2024-07-01", "2025-01-31")
    later = LiveCodeBench("window", "v", files, "2024-08-01", "2025-01-31")
    fewer = LiveCodeBench("window", "v", files[:1], "2024-07-01", "2025-01-31")

    assert same.sha256 == problems.sha256
    assert len({problems.sha256, later.sha256, fewer.sha256}) == 3


def test_an_id_that_comes_twice_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = lines([row(1, "2024-07-01"), row(1, "2024-07-02")])
    (tmp_path / "test5.jsonl").write_bytes(content)
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LIVECODEBENCH_OVERRIDE_PATH", str(tmp_path))

    with pytest.raises(ProblemSetError, match="abc1_a comes a second time"):
        _ = LiveCodeBench("w", "v", (published(content),)).task_ids


def test_metadata_that_is_no_object_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = lines([row(1, "2024-07-01", metadata="[]")])
    (tmp_path / "test5.jsonl").write_bytes(content)
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LIVECODEBENCH_OVERRIDE_PATH", str(tmp_path))

    with pytest.raises(ProblemSetError, match="abc1_a: metadata that is no JSON object"):
        _ = LiveCodeBench("w", "v", (published(content),)).task_ids


def test_the_published_sets_are_known_without_reading_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("LIVECODEBENCH_OVERRIDE_PATH", raising=False)
    window, newest = livecodebench_2407_2501(), livecodebench_v6()

    assert (window.name, newest.name) == ("livecodebench-2407-2501", "livecodebench-v6")
    assert window.sha256 != newest.sha256
    assert not window.is_here


def test_every_problem_of_its_errata_is_known() -> None:
    assert len(REPORTED) == 17
    assert {"abc362_c", "arc185_c", "arc189_a", "generate-binary-strings-without-adjacent-zeros"} <= set(REPORTED)
