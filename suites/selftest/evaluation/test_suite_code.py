"""Whatever a suite's own code raises is that suite's error; only the user's Ctrl-C ends the command."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from servecheck.errors import GenerationError, ProblemSetError, UsageError
from servecheck.evaluation.protocols import PromptProtocol
from servecheck.evaluation.suite_code import SuitesProblems, SuitesProtocol, suite_code
from servecheck.profiles.schema import Sampling

ENDINGS = [SystemExit(0), GeneratorExit(), BaseException("odd"), KeyError("k"), pytest.skip.Exception("not here")]


@pytest.mark.parametrize("raised", ENDINGS, ids=lambda raised: type(raised).__name__)
def test_what_it_raises_is_an_error_that_names_it(raised: BaseException) -> None:
    with pytest.raises(GenerationError) as told, suite_code("the tool add", GenerationError):
        raise raised

    assert str(told.value) == f"the tool add broke: {raised!r}; mend it"


def test_an_error_of_the_tree_is_told_as_it_is() -> None:
    with pytest.raises(ProblemSetError, match=r"^no such file$"), suite_code("the problem set"):
        raise ProblemSetError("no such file")


def test_a_ctrl_c_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt), suite_code("the problem set"):
        raise KeyboardInterrupt


def test_in_another_thread_there_is_no_ctrl_c() -> None:
    told: list[str] = []

    def run() -> None:
        try:
            with suite_code("the tool add"):
                raise KeyboardInterrupt
        except UsageError as error:
            told.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert told == ["the tool add broke: KeyboardInterrupt(); mend it"]


class Problems:
    """A set whose file and one of whose problems end the process."""

    name, version = "own", "1"
    task_ids: Sequence[str] = ("own/0", "own/1")

    @property
    def sha256(self) -> str:
        raise SystemExit("no file")

    def __getitem__(self, task_id: str) -> str:
        if task_id == "own/1":
            raise SystemExit(0)
        return {"own/0": "zero"}[task_id]


class TestSuitesProblems:
    def test_what_does_not_break_is_as_the_suite_has_it(self) -> None:
        problems = SuitesProblems(Problems())

        assert (problems.name, problems.version, problems.task_ids) == ("own", "1", ("own/0", "own/1"))
        assert problems["own/0"] == "zero"

    def test_what_breaks_is_named(self) -> None:
        problems = SuitesProblems(Problems())

        with pytest.raises(UsageError, match=r"the problem set own broke: SystemExit\('no file'\)"):
            _ = problems.sha256
        with pytest.raises(UsageError, match=r"the problem set own over 'own/1' broke: SystemExit\(0\)"):
            _ = problems["own/1"]

    def test_a_problem_that_it_has_not_is_missing_as_in_every_set(self) -> None:
        with pytest.raises(KeyError, match="own/2"):
            _ = SuitesProblems(Problems())["own/2"]

    def test_of_two_problems_with_one_id_neither_is_left_out_in_silence(self) -> None:
        own = Problems()
        own.task_ids = ("own/0", "own/1", "own/0")

        with pytest.raises(ProblemSetError, match=r"problem set own: its problems 1 and 3 are both 'own/0'"):
            _ = SuitesProblems(own).task_ids


class Ends(PromptProtocol[Any]):
    name = "ends"

    def messages(self, problem: Any) -> list[dict[str, Any]]:
        raise SystemExit(problem.task_id)

    def request_fields(self, sampling: Sampling) -> dict[str, Any]:
        raise SystemExit(sampling.max_tokens)


class Problem:
    task_id = "own/0"


class TestSuitesProtocol:
    def test_what_breaks_is_named(self) -> None:
        protocol = SuitesProtocol(Ends())

        with pytest.raises(UsageError, match=r"the prompt protocol ends over 'own/0' broke: SystemExit\('own/0'\)"):
            protocol.messages(Problem())
        with pytest.raises(UsageError, match=r"the prompt protocol ends broke: SystemExit\(7\)"):
            protocol.request_fields(Sampling(max_tokens=7))

    def test_a_conversation_breaks_at_its_first_step_and_not_where_it_is_made(self) -> None:
        conversation = SuitesProtocol(Ends()).converse(Problem())

        with pytest.raises(SystemExit):
            next(conversation)
