"""What was asked and who graded can be told from what bears the same names and is another thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.conditions import asked_sha256, grader_identity
from servecheck.evaluation.conversation import Conversation, Tool, with_tools
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.protocols import Grader, PromptProtocol
from servecheck.evaluation.suite_code import SuitesProtocol
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.choice import Choice
from servecheck.problems.starter import Starter
from servecheck.profiles.schema import Sampling
from servecheck.protocols import prompt_protocol
from servecheck.protocols.multiple_choice import MultipleChoice
from servecheck.runs.declared import declared


@dataclass(frozen=True)
class Question:
    task_id: str
    text: str


class Questions:
    """A set of two."""

    name, version, sha256 = "questions", "", "0" * 64

    def __init__(self, task_ids: Sequence[str] = ("q/0", "q/1")) -> None:
        self.task_ids = task_ids

    def __getitem__(self, task_id: str, /) -> Question:
        return Question(task_id, f"What of {task_id}?")


class Asks(PromptProtocol[Question]):
    name = "asks"

    def __init__(self, words: str = "Be brief.", stops: Sequence[str] = ()) -> None:
        self.words, self.stops = words, stops

    def messages(self, problem: Question) -> list[dict[str, Any]]:
        return [{"role": "user", "content": f"{problem.text} {self.words}"}]

    def request_fields(self, sampling: Sampling) -> dict[str, Any]:
        return {**super().request_fields(sampling), "stop": list(self.stops)}


class AsksInOtherCode(PromptProtocol[Question]):
    name = "asks"

    def messages(self, problem: Question) -> list[dict[str, Any]]:
        said = [problem.text, "Be brief."]
        return [{"role": "user", "content": " ".join(said)}]

    def request_fields(self, sampling: Sampling) -> dict[str, Any]:
        return {**super().request_fields(sampling), "stop": []}


class Clock(Tool):
    name, description, parameters = "clock", "Tells the time.", {}

    def call(self, arguments: Any, bench: Bench) -> str:
        return "noon"


class BetterClock(Clock):
    def call(self, arguments: Any, bench: Bench) -> str:
        return "midnight"


class Converses(Asks):
    def __init__(self, tool: Tool, most_replies: int = 8) -> None:
        super().__init__()
        self.tools, self.most_replies = (tool,), most_replies

    def converse(self, problem: Question) -> Conversation:
        return with_tools(self.messages(problem), self.tools, most_replies=self.most_replies)


class Breaks(Asks):
    def converse(self, problem: Question) -> Conversation:
        raise SystemExit(problem.task_id)


class TestWhatIsAsked:
    @pytest.mark.parametrize("other", [Asks("Be long."), Asks(stops=["\n"])], ids=["words", "stops"])
    def test_other_prompts_are_another_thing(self, other: Asks) -> None:
        assert asked_sha256(other, Questions()) != asked_sha256(Asks(), Questions())

    def test_the_same_requests_are_the_same_whatever_code_makes_them(self) -> None:
        assert asked_sha256(AsksInOtherCode(), Questions()) == asked_sha256(Asks(), Questions())

    def test_the_order_of_the_problems_is_nothing_and_their_number_is(self) -> None:
        assert asked_sha256(Asks(), Questions(["q/1", "q/0"])) == asked_sha256(Asks(), Questions())
        assert asked_sha256(Asks(), Questions(["q/0"])) != asked_sha256(Asks(), Questions())

    def test_of_a_conversation_the_tools_and_the_limits_are_part(self) -> None:
        digests = [
            asked_sha256(one, Questions())
            for one in (Converses(Clock()), Converses(BetterClock()), Converses(Clock(), most_replies=4))
        ]

        assert len({*digests}) == 3
        assert asked_sha256(Converses(Clock()), Questions()) == digests[0]

    @pytest.mark.parametrize("own", [Asks(), Converses(Clock())], ids=["one turn", "several"])
    def test_behind_the_guard_of_a_suites_code_it_is_the_same(self, own: Asks) -> None:
        assert asked_sha256(SuitesProtocol(own), Questions()) == asked_sha256(own, Questions())

    def test_a_conversation_that_breaks_at_once_ends_nothing(self) -> None:
        assert asked_sha256(Breaks(), Questions()) != asked_sha256(Asks(), Questions())

    @pytest.mark.parametrize(
        ("protocol", "digest"),
        [
            ("evalplus_chat", "9a9497e0f862cc4c203e1279141d95fb15f2b973e0d7728d44fb92b03df2782d"),
            ("lm_eval_instruct", "0ad3749f7e8ddf10dea1d9645ee503b3fd84fdc7d4c8d4be2a21f6ce36be49a7"),
        ],
    )
    def test_the_projects_own_stay_as_they_are_or_no_earlier_reference_gates(self, protocol: str, digest: str) -> None:
        assert asked_sha256(prompt_protocol(protocol), Starter()) == digest


class Right(Grader[Question]):
    name = "right"
    takes = Question
    metrics = (Metric("accuracy"),)

    def __init__(self, *words: str, pattern: str = "x") -> None:
        self._words, self._pattern = words, re.compile(pattern)
        self._cache: dict[str, object] = {}

    def grade(self, *_: object) -> Verdict:
        return Verdict(score=1.0)


class Stated(Right):
    version = "3"


class Derived(Choice):
    """Of a grader that states its version; a class that is derived from it may do anything."""

    name = "derived"


class TestWhoGrades:
    def test_the_projects_own_state_versions(self) -> None:
        names = ("humaneval", "mbpp", "humaneval_instruct", "throughput")

        assert [grader_identity(declared(name).grader) for name in names] == [
            "evalplus 1", "evalplus 1", "lm_eval 1", "",
        ]  # fmt: skip
        assert grader_identity(Choice()) == "choice 1"

    def test_any_other_is_its_name_and_a_digest(self) -> None:
        assert re.fullmatch(r"right [0-9a-f]{16}", grader_identity(Right()))
        assert grader_identity(Right()) == grader_identity(Right())

    @pytest.mark.parametrize("other", [Right("yes"), Right(pattern="y")], ids=["words", "pattern"])
    def test_what_it_was_made_with_tells_it_apart(self, other: Right) -> None:
        assert grader_identity(other) != grader_identity(Right())

    def test_a_version_vouches_for_its_own_class_alone(self) -> None:
        assert grader_identity(Derived()) not in ("derived 1", grader_identity(Choice()))

    def test_a_version_above_code_without_one_does_not_hide_that(self) -> None:
        assert re.fullmatch(r"right [0-9a-f]{16}", grader_identity(Stated()))


def test_multiple_choice_needs_no_code_to_be_told() -> None:
    assert type(MultipleChoice()).converse is PromptProtocol.converse
