"""MMLU-Pro's problems are those of its file, and a part of them always the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.choice import category_of
from servecheck.problems.mmlu_pro import MMLU_PRO, MmluPro, mmlu_pro_part, mmlu_pro_starter
from servecheck.problems.published_bytes import PublishedBytes

from suites.selftest.mmlu_pro_rows import mmlu_pro_rows, write_parquet


def published(path: Path, content: bytes) -> PublishedBytes:
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return PublishedBytes("MMLU-Pro", "mmlu_pro.parquet", "http://127.0.0.1:9/it", digest, "MMLU_PRO_TEST_PATH")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLU_PRO_TEST_PATH", str(tmp_path / "copy.parquet"))
    return published(tmp_path / "copy.parquet", write_parquet(tmp_path / "rows.parquet", mmlu_pro_rows()))


def test_rows_are_problems_by_their_own_number_and_category(file):
    found, rows = MmluPro(file=file), mmlu_pro_rows()

    assert len(found.task_ids) == 200
    assert found.task_ids[1] == "MMLU-Pro/computer_science/71"
    for task_id, row in zip(found.task_ids, rows, strict=True):
        problem = found[task_id]
        assert (problem.question, list(problem.choices), problem.answer, problem.category) == (
            row["question"], row["options"], row["answer"], row["category"],
        )  # fmt: skip
    assert found.sha256 == file.sha256


def test_a_part_has_of_each_category_its_share_in_the_files_order(file):
    part, whole = MmluPro("part", 20, file), MmluPro(file=file)

    assert Counter(map(category_of, part.task_ids)) == {"law": 5, "computer science": 5, "math": 5, "other": 5}
    assert [one for one in whole.task_ids if one in {*part.task_ids}] == list(part.task_ids)
    assert part.sha256 not in (whole.sha256, MmluPro("part", 21, file).sha256)


def test_a_file_without_a_column_is_told(tmp_path, monkeypatch):
    rows = [{name: value for name, value in row.items() if name != "category"} for row in mmlu_pro_rows(4)]
    monkeypatch.setenv("MMLU_PRO_TEST_PATH", str(tmp_path / "copy.parquet"))
    file = published(tmp_path / "copy.parquet", write_parquet(tmp_path / "rows.parquet", rows))

    with pytest.raises(ProblemSetError, match=r"the problem set mmlu-pro: its file is not as expected \(.*category"):
        _ = MmluPro(file=file).task_ids


def test_another_file_than_the_published_one_is_refused(tmp_path, monkeypatch):
    (tmp_path / "copy.parquet").write_bytes(b"half of it")
    monkeypatch.setenv("MMLU_PRO_OVERRIDE_PATH", str(tmp_path / "copy.parquet"))

    with pytest.raises(ProblemSetError, match=r"is not MMLU-Pro as it lies at .* expected b8c790c6.*MMLU_PRO_OVERRIDE"):
        _ = MmluPro().task_ids


@pytest.mark.slow
@pytest.mark.skipif(not MMLU_PRO.is_here, reason="MMLU_PRO_OVERRIDE_PATH names no copy, and none was fetched")
def test_the_published_file_has_12032_and_its_part_2000():
    whole, part = MmluPro(), mmlu_pro_part()

    assert (len(whole.task_ids), len(part.task_ids)) == (12_032, 2_000)
    assert Counter(map(category_of, part.task_ids))["math"] == 225
    assert all(whole[one].answer in whole[one].letters and len(whole[one].choices) <= 10 for one in whole.task_ids)
    assert not any("N/A" in whole[one].choices for one in whole.task_ids)


def test_the_starter_has_problems_of_many_categories_with_up_to_ten_choices():
    starter = mmlu_pro_starter()
    problems = [starter[task_id] for task_id in starter.task_ids]

    assert len(problems) >= 30
    assert max(len(one.choices) for one in problems) == 10
    assert len({category_of(one.task_id) for one in problems}) == 14
    assert {one.answer for one in problems} == {*"ABCDEFGHIJ"}
