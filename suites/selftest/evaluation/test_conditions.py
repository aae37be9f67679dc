"""What was asked and who graded can be told from what bears the same names and is another thing."""

from __future__ import annotations

import enum
import math
import operator
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.conditions import asked_sha256, conversation_identity, grader_identity
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


class ClockWith(Clock):
    def __init__(self, value: object) -> None:
        self.value = value


class Converses(Asks):
    def __init__(self, tool: Tool, most_replies: int = 8) -> None:
        super().__init__()
        self.tools, self.most_replies = (tool,), most_replies

    def converse(self, problem: Question) -> Conversation:
        return with_tools(self.messages(problem), self.tools, most_replies=self.most_replies)


class Breaks(Asks):
    def converse(self, problem: Question) -> Conversation:
        raise SystemExit(problem.task_id)


class Warms(Asks):
    """Needs a ``top_k``, and sends no temperature of 0."""

    def __init__(self, least: float) -> None:
        super().__init__()
        self.least = least

    def request_fields(self, sampling: Sampling) -> dict[str, Any]:
        assert sampling.top_k is not None
        fields = super().request_fields(sampling)
        return {**fields, "temperature": self.least} if sampling.temperature == 0 else fields


class SendsNothing(Asks):
    def request_fields(self, sampling: Sampling) -> dict[str, Any]:
        return {"stop": []}


class Sends(Asks):
    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value

    def request_fields(self, sampling: Sampling) -> dict[str, Any]:
        return {"sent": self.value}


def asked(protocol: PromptProtocol[Any], problems: Any, **sampling: Any) -> str:
    return asked_sha256(protocol, problems, Sampling(**sampling))


class TestWhatIsAsked:
    @pytest.mark.parametrize("other", [Asks("Be long."), Asks(stops=["\n"])], ids=["words", "stops"])
    def test_other_prompts_are_another_thing(self, other: Asks) -> None:
        assert asked(other, Questions()) != asked(Asks(), Questions())

    def test_the_same_requests_are_the_same_whatever_code_makes_them(self) -> None:
        assert asked(AsksInOtherCode(), Questions()) == asked(Asks(), Questions())

    def test_the_order_of_the_problems_is_nothing_and_their_number_is(self) -> None:
        assert asked(Asks(), Questions(["q/1", "q/0"])) == asked(Asks(), Questions())
        assert asked(Asks(), Questions(["q/0"])) != asked(Asks(), Questions())

    def test_of_a_conversation_the_tools_and_the_limits_are_part(self) -> None:
        digests = [
            asked(one, Questions())
            for one in (Converses(Clock()), Converses(BetterClock()), Converses(Clock(), most_replies=4))
        ]

        assert len({*digests}) == 3
        assert asked(Converses(Clock()), Questions()) == digests[0]

    @pytest.mark.parametrize("own", [Asks(), Converses(Clock())], ids=["one turn", "several"])
    def test_behind_the_guard_of_a_suites_code_it_is_the_same(self, own: Asks) -> None:
        assert asked(SuitesProtocol(own), Questions()) == asked(own, Questions())

    def test_a_conversation_that_breaks_at_once_ends_nothing(self) -> None:
        assert asked(Breaks(), Questions()) != asked(Asks(), Questions())

    def test_of_a_conversation_that_was_held_it_is_what_was_declared(self) -> None:
        own = Converses(Clock())
        conversation = conversation_identity(own)
        before = asked_sha256(own, Questions(), Sampling(), conversation)
        own.words_seen = {"noon"}

        assert asked_sha256(own, Questions(), Sampling(), conversation) == before
        assert conversation_identity(own) != conversation

    def test_the_sampling_is_compared_by_itself(self) -> None:
        of_others = {"temperature": 0.7, "top_p": 0.5, "max_tokens": 7, "top_k": 3, "seed": 5}

        for own in (Asks(), prompt_protocol("lm_eval_instruct")):
            problems = Questions() if isinstance(own, Asks) else Starter()
            assert asked(own, problems, **of_others) == asked(own, problems)

    def test_what_is_made_of_the_runs_own_sampling_is_part(self) -> None:
        one, other = Warms(0.1), Warms(0.2)

        assert asked(one, Questions(), temperature=1, top_k=3) == asked(other, Questions(), temperature=1, top_k=3)
        assert asked(one, Questions(), temperature=0, top_k=3) != asked(other, Questions(), temperature=0, top_k=3)

    def test_what_is_not_sent_of_it_is_part(self) -> None:
        assert asked(SendsNothing(), Questions()) != asked(Asks(), Questions())

    @pytest.mark.parametrize("value", [{1}, b"x", [{"a": object()}]], ids=["set", "bytes", "within"])
    def test_fields_that_are_no_json_are_the_suites_error(self, value: object) -> None:
        with pytest.raises(
            UsageError, match=r"the request_fields of the prompt protocol asks are no JSON .*: return a"
        ):
            asked(Sends(value), Questions())

    @pytest.mark.parametrize(
        ("protocol", "digest"),
        [
            ("evalplus_chat", "c5aad4f793a674567872910c425d4770f33b338f87fad92d97d557556a685423"),
            ("lm_eval_instruct", "8f561badaf47435520a6174ef3203dfe6a4b5e7f3f33538f3dc57f651cdc8ee7"),
        ],
    )
    def test_the_projects_own_stay_as_they_are_or_no_earlier_reference_gates(self, protocol: str, digest: str) -> None:
        assert asked(prompt_protocol(protocol), Starter()) == digest


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


class Scaled(Grader[Question]):
    """Made with anything."""

    name, takes, metrics = "scaled", Question, (Metric("accuracy"),)

    def __init__(self, value: object) -> None:
        self.value = value

    def grade(self, *_: object) -> Verdict:
        return Verdict(score=1.0)


class ScaledAsStated(Scaled):
    version = "1"


class Alone(Grader[Question]):
    name, takes, metrics, version = "alone", Question, (Metric("accuracy"),), "2"

    def __init__(self, value: object) -> None:
        self.value = value

    def grade(self, *_: object) -> Verdict:
        return Verdict(score=1.0)


@dataclass(frozen=True)
class Rule:
    word: str
    weight: Any = 1

    def holds(self, text: str) -> bool:
        return self.word in text

    def fails(self, text: str) -> bool:
        return self.word not in text


class Slots:
    __slots__ = ("__hidden", "filled", "unfilled")

    def __init__(self, filled: object) -> None:
        self.filled, self.__hidden = filled, filled


class Words(list[str]):
    pass


class Level(enum.Enum):
    LOW, HIGH = 1, 2


def strict(text: str) -> bool:
    return text == "x"


def loose(text: str) -> bool:
    return "x" in text


@cache
def cached(text: str) -> bool:
    return "x" in text


def within(most: int) -> Callable[[int], bool]:
    return lambda found: found < most


def made(most: int) -> type[Any]:
    class Made:
        least = most

        def fits(self, found: int) -> bool:
            return found < most

    return Made


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

    def test_a_version_does_not_hide_what_it_was_made_with(self) -> None:
        assert re.fullmatch(r"alone [0-9a-f]{16}", grader_identity(Alone(1)))
        assert grader_identity(Alone(1)) == grader_identity(Alone(1)) != grader_identity(Alone(2))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (1, 2),
            (1, True),
            (b"a", b"b"),
            (Decimal("0.1"), Decimal("0.2")),
            (date(2024, 1, 1), date(2024, 1, 2)),
            (["a", "b"], ["b", "a"]),
            (["a"], ("a",)),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
            ({"a"}, {"b"}),
            (defaultdict(int, a=1), defaultdict(list, a=1)),
            (deque([1], 2), deque([1], 3)),
            (int, float),
            (len, max),
            (math.floor, math.ceil),
            ("x".join, "y".join),
            (str.lower, str.upper),
            (operator.itemgetter(1), operator.itemgetter(2)),
            (partial(round, ndigits=1), partial(round, ndigits=2)),
            (partial(loose), partial(strict)),
            (Rule("a"), Rule("b")),
            (Rule("a", Rule("b")), Rule("a", Rule("c"))),
            (Rule("a").holds, Rule("b").holds),
            (Rule("a").holds, Rule("a").fails),
            (Slots(1), Slots(2)),
            (Words(["a"]), Words(["b"])),
            (Level.LOW, Level.HIGH),
            (loose, strict),
            (loose, cached),
            (lambda text: text > "a", lambda text: text > "b"),
            (within(1), within(2)),
            (made(1), made(2)),
            (made(1)(), made(2)()),
            (Rule, Level),
            (Metric("a"), Metric("b")),
            (grader_identity, conversation_identity),
            (Sampling(top_k=1), Sampling(top_k=2)),
            (re, math),
        ],
    )
    def test_a_value_of_any_kind_tells_it_apart(self, one: object, other: object) -> None:
        assert grader_identity(Scaled(one)) == grader_identity(Scaled(one))
        assert grader_identity(Scaled(one)) != grader_identity(Scaled(other))

    def test_a_value_that_holds_itself_is_told(self) -> None:
        grader = Scaled(None)
        grader.value = [grader.grade]

        assert grader_identity(grader) != grader_identity(Scaled(None))

    def test_the_order_of_a_set_is_nothing(self) -> None:
        assert grader_identity(Scaled({"a", "b", "c"})) == grader_identity(Scaled({"c", "b", "a"}))

    def test_a_file_is_its_content_wherever_it_lies(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "key.json").write_text("{}")
        one, other = (Scaled(tmp_path / name / "key.json") for name in ("a", "b"))
        before = grader_identity(one)

        assert grader_identity(other) == before
        (tmp_path / "a" / "key.json").write_text("[]")
        assert grader_identity(one) != before

    def test_any_other_path_begins_at_the_suites_folder(self, tmp_path: Path) -> None:
        told = [grader_identity(Scaled(tmp_path / name / "key"), tmp_path / name) for name in ("a", "b")]

        assert told[0] == told[1] != grader_identity(Scaled(tmp_path / "a" / "other"), tmp_path / "a")

    @pytest.mark.parametrize(
        "value", [threading.Lock(), (number for number in range(3)), [Rule("a", threading.Lock())]],
        ids=["lock", "generator", "within"],
    )  # fmt: skip
    def test_a_value_that_has_no_form_asks_for_a_version(self, value: object) -> None:
        with pytest.raises(
            UsageError, match=r"the grader scaled has a value .*: state a version in Scaled, as in vers"
        ):
            grader_identity(Scaled(value))
        with pytest.raises(UsageError, match="state a version"):
            asked(Converses(ClockWith(value)), Questions())
        assert grader_identity(Alone(value)) == "alone 2"

    def test_a_class_without_one_is_not_vouched_for_by_one_that_it_derives_from(self) -> None:
        class More(Alone):
            pass

        with pytest.raises(UsageError, match=r"state a version in .*More"):
            grader_identity(More(threading.Lock()))

    def test_what_it_breaks_with_is_the_suites_error(self) -> None:
        class Broken(Right):
            @property
            def name(self) -> str:  # type: ignore[override]
                raise SystemExit(3)

        with pytest.raises(UsageError, match=r"a grader broke: SystemExit\(3\); mend it"):
            grader_identity(Broken())


def test_multiple_choice_needs_no_code_to_be_told() -> None:
    assert type(MultipleChoice()).converse is PromptProtocol.converse
