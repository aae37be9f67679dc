"""From a reply to the verdict: what was wrong, unread, cut off or empty is told apart, and what is reported by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.contests.contest_grader import ContestGrader
from servecheck.problems.contests import ContestProblem, ContestTest
from servecheck.profiles.schema import Profile, Sampling
from servecheck.sandbox.pool import Sandbox

RIGHT = "```python\nprint(sum(map(int, input().split())))\n```"
WRONG = "```python\nprint(max(map(int, input().split())))\n```"
Grade = Callable[..., Verdict]


def problem(task_id: str = "abc999_a") -> ContestProblem:
    return ContestProblem(task_id, "Add.", "", "", lambda: (ContestTest("1 2\n", "3\n"),))


@pytest.fixture
def grade(contest_sandbox: Sandbox) -> Grade:
    sampling = Sampling(temperature=0.6, max_tokens=100)
    profile = Profile(name="p", model="m", protocol="evalplus_chat", sampling=sampling)
    bench = Bench(profile, "0" * 64, lambda: contest_sandbox)

    def graded(content: str, finish: str = "stop", tokens: int = 10, task_id: str = "abc999_a") -> Verdict:
        reply = Reply(content, None, finish, "m", Usage(5, tokens), Timings(0.0, 0.0, 1.0), "id")
        return ContestGrader().grade(problem(task_id), Transcript.of(reply), bench)

    return graded


def test_a_program_that_passes_is_solved_whatever_stands_around_it(grade: Grade) -> None:
    found = grade(f"Like so:\n\n{RIGHT}\n\nIt adds.")

    assert (found.kind, found.score, found.reason) == ("solved", 1.0, "")
    assert found.answer == "print(sum(map(int, input().split())))"
    assert found.source == "the last fenced block"


@pytest.mark.parametrize(
    ("content", "finish", "tokens", "kind"),
    [
        (WRONG, "stop", 10, "wrong_answer"),
        (WRONG, "length", 100, "truncated"),
        ("I would add them.", "stop", 10, "unread"),
        ("```python\nprint(sum(", "length", 100, "truncated"),
        ("", "stop", 0, "empty"),
        ("```python\n1 / 0\n```", "stop", 10, "exception"),
    ],
)
def test_each_way_of_not_solving_it_is_told_apart(
    grade: Grade, content: str, finish: str, tokens: int, kind: str
) -> None:
    assert grade(content, finish, tokens).kind == kind


def test_a_program_that_is_whole_before_the_cut_counts(grade: Grade) -> None:
    assert grade(f"{RIGHT}\nIt adds the two", "length", 100).kind == "solved"


def test_one_that_leaks_its_thinking_is_spoilt(grade: Grade) -> None:
    assert grade(f"Let me think about it.</think>{RIGHT}").kind == "think_leak"


def test_an_unsolved_one_that_is_reported_says_so(grade: Grade) -> None:
    assert "[its answer is reported wrong: several outputs are right" in grade(WRONG, task_id="abc362_c").reason


def test_the_share_of_all_but_the_reported_ones_is_told() -> None:
    records = [
        Record(suite="s", task_id=task_id, sample=0, score=score, kind="solved" if score else "wrong_answer")
        for task_id, score in (("abc362_c", 0.0), ("abc999_a", 1.0))
    ]

    (figure,) = ContestGrader().figures(records)

    assert (figure.name, figure.percent) == ("less those reported wrong", 100.0)
