"""AIME's problems are those that GLM's harness had, or an error that says what to do; their texts are not here."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from servecheck.errors import ProblemSetError
from servecheck.grading.integer import integer_in
from servecheck.problems.aime import AIME_2025, AIME_TO_2024, Aime24, Aime25


def pinned(file, content):
    return replace(file, sha256=hashlib.sha256(content).hexdigest())


@pytest.fixture
def copy(tmp_path, monkeypatch):
    def written(file, content):
        path = tmp_path / file.file_name
        path.write_bytes(content)
        monkeypatch.setenv(file.override_variable, str(path))
        return pinned(file, content)

    return written


def test_of_the_table_of_all_years_2024_is_read(copy):
    table = (
        b"ID,Year,Problem Number,Question,Answer,Part\n"
        b"2023-I-1,2023,1,Old?,7,I\n"
        b'2024-II-1,2024,1,"New, with a comma\nand a line?",73,II\n'
        b"2024-I-1,2024,1,Newer?,204,I\n"
    )
    problems = Aime24(copy(AIME_TO_2024, table))

    assert problems.task_ids == ("aime/2024-II-1", "aime/2024-I-1")
    assert problems["aime/2024-II-1"].question == "New, with a comma\nand a line?"
    assert problems["aime/2024-II-1"].answer == "73"


def test_of_2025_each_line_is_a_problem(copy):
    lines = b'{"question": "a?", "answer": "1", "Question": "A?", "Answer": "336^\\\\circ"}\n'
    problems = Aime25(copy(AIME_2025, lines))

    assert problems.task_ids == ("aime/2025-1",)
    assert (problems["aime/2025-1"].question, problems["aime/2025-1"].answer) == ("A?", r"336^\circ")


@pytest.mark.parametrize(
    ("problems", "file", "content"),
    [(Aime24, AIME_TO_2024, b"ID,Year,Question\n1,2024,A?\n"), (Aime25, AIME_2025, b'{"question": "a?"}\n')],
)
def test_a_column_that_is_not_there_is_named(copy, problems, file, content):
    with pytest.raises(ProblemSetError, match=r"its file is not as expected .*(Answer|Question)"):
        _ = problems(copy(file, content)).task_ids


@pytest.mark.parametrize(("problems", "file"), [(Aime24, AIME_TO_2024), (Aime25, AIME_2025)])
def test_another_file_is_refused(copy, problems, file):
    copy(file, b"another")

    with pytest.raises(ProblemSetError, match=f"is not {file.title} as it lies at .*point {file.override_variable} at"):
        _ = problems().task_ids


@pytest.mark.parametrize(("problems", "file"), [(Aime24, AIME_TO_2024), (Aime25, AIME_2025)])
def test_the_published_ones_are_30_with_integers_for_answers(problems, file):
    if not file.is_here:
        pytest.skip(f"{file.override_variable} names no copy, and none was fetched")
    found = problems()

    assert len(found.task_ids) == 30
    assert all(0 <= integer_in(found[task_id].answer) <= 999 for task_id in found.task_ids)
