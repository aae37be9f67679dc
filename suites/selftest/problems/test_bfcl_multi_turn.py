"""BFCL's conversations come out of its package as data, and the project's own ones have the same form."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.bfcl_multi_turn import (
    MORE_FUNCTIONS,
    MULTI_TURN,
    BfclMultiTurn,
    BfclMultiTurnStarter,
    api_call,
    dialogue_of,
)
from servecheck.problems.dialogues import ApiCall
from servecheck.problems.published_wheel import PublishedWheel

from suites.selftest.tool_problems import described

DOCS = ("gorilla_file_system", "math_api", "message_api", "posting_api", "ticket_api", "trading_bot", "travel_booking",
        "vehicle_control")  # fmt: skip
LINE = {
    "id": "multi_turn_base_0",
    "question": [[{"role": "user", "content": "Do it."}], [{"role": "user", "content": "Again."}]],
    "initial_config": {"MathAPI": {"a": 1}},
    "involved_classes": ["MathAPI"],
}


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedWheel:
    """With a problem of each category."""
    path = tmp_path / "bfcl.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for category in MULTI_TURN:
            line = {**LINE, "id": f"{category}_0"}
            archive.writestr(f"bfcl_eval/data/BFCL_v4_{category}.json", json.dumps(line))
            answer = {"id": line["id"], "ground_truth": [["f(x=1)"], []]}
            archive.writestr(f"bfcl_eval/data/possible_answer/BFCL_v4_{category}.json", json.dumps(answer))
        for name in DOCS:
            archive.writestr(f"bfcl_eval/data/multi_turn_func_doc/{name}.json", json.dumps(described({}, name=name)))
    monkeypatch.setenv("BFCL_TEST_PATH", str(path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PublishedWheel("BFCL", "bfcl==1", "bfcl.whl", digest, "BFCL_TEST_PATH")


def test_every_category_is_in_it_with_the_tools_of_its_classes(wheel: PublishedWheel) -> None:
    found = BfclMultiTurn(wheel)
    problem = found["multi_turn_long_context_0"]

    assert list(found.task_ids) == [f"{category}_0" for category in MULTI_TURN]
    assert [turn.accepted for turn in problem.turns] == [(ApiCall("f", {"x": 1}),), ()]
    assert [tool["function"]["name"] for tool in problem.turns[0].tools] == ["math_api"]  # type: ignore[index,call-overload]
    assert (problem.scenario.classes, problem.scenario.config) == (("MathAPI",), {"MathAPI": {"a": 1}})
    assert problem.scenario.long_context
    assert not found["multi_turn_base_0"].scenario.long_context


def test_its_digest_is_the_package_s_and_the_categories(wheel: PublishedWheel) -> None:
    assert BfclMultiTurn(wheel).sha256 != wheel.sha256
    assert BfclMultiTurn(wheel).sha256 == BfclMultiTurn(wheel).sha256


def test_a_function_that_is_held_back_comes_in_its_turn_last_and_without_the_hint() -> None:
    line = {**LINE, "question": [LINE["question"][0], []], "missed_function": {"1": ["g"]}}  # type: ignore[index]
    functions = {"MathAPI": [described({}, name=name) for name in ("g", "h")]}

    first, second = dialogue_of(line, [[], []], functions, "bfcl-v4").turns

    assert [tool["function"] for tool in first.tools] == [tool["function"] for tool in second.tools[:1]]
    assert [tool["function"]["name"] for tool in second.tools] == ["h", "g"]  # type: ignore[index,call-overload]
    assert [tool["function"]["description"] for tool in second.tools] == [  # type: ignore[index,call-overload]
        "Does it. Note that the provided function is in Python 3 syntax.",
        "Does it.",
    ]
    assert second.messages == ({"role": "user", "content": MORE_FUNCTIONS},)


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("f()", ApiCall("f", {})),
        (" sort('a.txt') ", ApiCall("sort", {}, ("a.txt",))),
        ("f(x=-1.5, y=['a', {'b': None}], z=True)", ApiCall("f", {"x": -1.5, "y": ["a", {"b": None}], "z": True})),
    ],
)
def test_an_accepted_call_is_read_as_data(text: str, call: ApiCall) -> None:
    assert api_call(text) == call


@pytest.mark.parametrize("text", ["f(", "f", "a.f()", "f(x=g())", "f(**{})", "f(x=__import__('os'))", "1 + f()"])
def test_what_is_no_call_of_literals_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        api_call(text)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "starter.jsonl"
    path.write_text('{"Shelf": []}\n' + json.dumps({**LINE, "ground_truth": [["f("], []]}) + "\n")

    with pytest.raises(ProblemSetError, match="bfcl-multi-turn-starter, multi_turn_base_0: it is damaged"):
        BfclMultiTurnStarter(path)["multi_turn_base_0"]


def test_turns_without_an_answer_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        dialogue_of(LINE, [[]], {"MathAPI": []}, "bfcl-v4")


def test_the_project_s_own_problems_have_every_category_and_a_conversation_that_solves_them() -> None:
    starter = BfclMultiTurnStarter()
    problems = [starter[task_id] for task_id in starter.task_ids]

    assert tuple(problem.category for problem in problems) == MULTI_TURN
    for problem in problems:
        made = [call.name for one in problem.right_replies for call in one.calls]
        assert made == [call.name for turn in problem.turns for call in turn.accepted]
        assert problem.right_reply == problem.right_replies[-1].text
