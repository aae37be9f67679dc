"""What a suite's own problems know to be right is put as their protocol asks for it, and handed on as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.known_reply import KnownReply
from servecheck.problems import load_problem_set
from servecheck.problems.bfcl import BfclStarter
from servecheck.problems.choice import ChoiceFile
from servecheck.problems.gpqa import GpqaStarter
from servecheck.protocols.function_calling import FunctionCalling
from servecheck.protocols.multiple_choice import MultipleChoice
from servecheck.protocols.published_choice import GLM_CHOICE
from servecheck.selfcheck.embedded.known_replies import from_text, has_replies, known_replies, to_text


@pytest.fixture
def capitals(tmp_path: Path) -> ChoiceFile:
    line = {"task_id": "c/1", "question": "The capital of Kenya?", "choices": ["Lagos", "Nairobi"], "answer": "B"}
    (tmp_path / "capitals.jsonl").write_text(json.dumps(line))
    return ChoiceFile(tmp_path / "capitals.jsonl", "capitals")


def test_a_problem_is_put_as_its_protocol_asks_it(capitals: ChoiceFile) -> None:
    protocol = MultipleChoice()
    [known] = known_replies(capitals, protocol)

    assert known == KnownReply("c/1", protocol.messages(capitals["c/1"])[-1]["content"], "Answer: B")


def test_only_problems_that_know_what_solves_them_have_replies(capitals: ChoiceFile, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()

    assert has_replies(capitals)
    assert not has_replies(load_problem_set("starter"))
    assert not has_replies(ChoiceFile(tmp_path / "none.jsonl", "none"))


def test_a_problem_that_breaks_over_its_own_answer_is_named() -> None:
    class Ends:
        task_id = "e/1"

        @property
        def right_reply(self) -> str:
            raise SystemExit(0)

    class Set:
        name, version, sha256, task_ids = "ends", "1", "0", ("e/1",)

        def __getitem__(self, task_id: str) -> Ends:
            return Ends()

    class Asks(MultipleChoice):
        def messages(self, problem: Any) -> list[dict[str, Any]]:
            return [{"role": "user", "content": problem.task_id}]

    with pytest.raises(UsageError, match=r"the problem set ends over 'e/1' broke: SystemExit\(0\)"):
        known_replies(Set(), Asks())


def test_they_are_handed_on_as_they_are() -> None:
    odd = {"own": [KnownReply("o/1", "half of a pair: \ud800", 'a\n"quote"')]}

    assert from_text(to_text(odd)) == odd


def test_calls_of_tools_come_with_all_that_is_asked_and_are_handed_on() -> None:
    starter, protocol = BfclStarter(), FunctionCalling()
    found = {one.task_id: one for one in known_replies(starter, protocol)}
    called, spoken = found["parallel_0"], found["irrelevance_0"]

    assert [one.name for one in called.calls] == ["lamp_switch", "lamp_switch"]
    assert (spoken.calls, [one.name for one in spoken.wrong_calls]) == ((), ["kettle_boil"])
    assert len({one.asked for one in found.values()}) == len(found)
    assert from_text(to_text({"own": list(found.values())})) == {"own": list(found.values())}


def test_a_problem_that_samples_ask_in_several_forms_is_known_in_each_with_a_wrong_answer() -> None:
    starter = GpqaStarter()
    found = [one for one in known_replies(starter, GLM_CHOICE) if one.task_id == "StarterChoice/0"]

    assert [one.form for one in found] == list(range(24))
    assert len({one.question for one in found}) == 24
    assert {one.reply for one in found} == {f"Answer: {letter}" for letter in "ABCD"}
    assert all(one.wrong_reply != one.reply for one in found)
    assert from_text(to_text({"own": found})) == {"own": found}
