"""MMLU's problems are those of the test files in its authors' archive."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.choice import category_of
from servecheck.problems.mmlu import MMLU, Mmlu, mmlu_starter
from servecheck.problems.published_bytes import PublishedBytes

ANATOMY = 'Which bone is it?,the tibia,"the femur, left","the ""ulna""",None,B\n"Two\nlines?",1,2,3,4,D\n'
FILES = {
    "data/README.txt": "about",
    "data/dev/anatomy_dev.csv": "Not asked?,1,2,3,4,A\n",
    "data/test/astronomy_test.csv": "Which star?,a,b,c,d,C\n",
    "data/test/anatomy_test.csv": ANATOMY,
    "data/auxiliary_train/race.csv": "Not asked either?,1,2,3,4,A\n",
}


@pytest.fixture
def archive(tmp_path, monkeypatch):
    def made(files: dict[str, str]) -> PublishedBytes:
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w") as tar:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        (tmp_path / "data.tar").write_bytes(written.getvalue())
        monkeypatch.setenv("MMLU_TEST_PATH", str(tmp_path / "data.tar"))
        digest = hashlib.sha256(written.getvalue()).hexdigest()
        return PublishedBytes("MMLU", "mmlu.tar", "http://127.0.0.1:9/data.tar", digest, "MMLU_TEST_PATH")

    return made


def test_what_is_asked_are_the_test_files_a_subject_each(archive):
    found = Mmlu(file=archive(FILES))

    assert found.task_ids == ("MMLU/other/anatomy/0", "MMLU/other/anatomy/1", "MMLU/stem/astronomy/0")
    assert found["MMLU/other/anatomy/0"].choices == ("the tibia", "the femur, left", 'the "ulna"', "None")
    assert found["MMLU/other/anatomy/1"].question == "Two\nlines?"
    assert [found[one].answer for one in found.task_ids] == ["B", "D", "C"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Which?,a,b,c,A\n", "anatomy, row 0: not a question with four choices"),
        ("Which?,a,b,c,d,E\n", "anatomy, row 0: not a question with four choices"),
        ('"Which', "its file is not as expected"),
    ],
)
def test_a_row_of_another_form_is_named(archive, text, told):
    with pytest.raises(ProblemSetError, match=told):
        _ = Mmlu(file=archive({"data/test/anatomy_test.csv": text})).task_ids


def test_an_archive_without_test_files_is_told(archive):
    with pytest.raises(ProblemSetError, match=r"the problem set mmlu: its file is not as expected .*no data/test"):
        _ = Mmlu(file=archive({"data/dev/anatomy_dev.csv": ANATOMY})).task_ids


def test_another_archive_is_refused(tmp_path, monkeypatch):
    (tmp_path / "data.tar").write_bytes(b"half of it")
    monkeypatch.setenv("MMLU_OVERRIDE_PATH", str(tmp_path / "data.tar"))

    with pytest.raises(ProblemSetError, match=r"is not MMLU as it lies at .* expected bec563ba.*MMLU_OVERRIDE_PATH"):
        _ = Mmlu().task_ids


@pytest.mark.slow
@pytest.mark.skipif(not MMLU.is_here, reason="MMLU_OVERRIDE_PATH names no copy, and none was fetched")
def test_the_published_archive_has_14042_of_57_subjects():
    ids = Mmlu().task_ids

    assert (len(ids), len({one.split("/")[2] for one in ids})) == (14_042, 57)


def test_the_starter_has_problems_of_all_four_categories():
    starter = mmlu_starter()

    assert len(starter.task_ids) >= 30
    assert {category_of(one) for one in starter.task_ids} == {"stem", "humanities", "social sciences", "other"}
    assert all(len(starter[one].choices) == 4 for one in starter.task_ids)
