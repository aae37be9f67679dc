"""The cases of the contract: the same in every run, of every group, each with a demand that can be read again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from servecheck.delivery.fitting import fits
from servecheck.problems.tool_contract.problem_set import ContractCases
from servecheck.problems.tool_demands import demands_in

CASES = ContractCases()
LONGEST_NAME = 64
MOST_PLAIN = 30_000


def test_they_are_made_alike_each_time() -> None:
    again = ContractCases()

    assert again.sha256 == CASES.sha256
    assert list(again.task_ids) == list(CASES.task_ids)


def test_there_are_some_of_every_group() -> None:
    found = Counter(CASES[task_id].group for task_id in CASES.task_ids)

    assert set(found) == {
        *("parallel", "echo", "choice", "count", "tools", "schema", "plain", "history", "cut", "depth", "cache"),
        *("responses", "messages"),
    }
    assert found["parallel"] == 16
    assert sum(found.values()) >= 150


@pytest.mark.parametrize("task_id", CASES.task_ids)
def test_a_demand_can_be_read_again_and_its_values_fit_their_schemas(task_id: str) -> None:
    problem = CASES[task_id]
    contents = [str(message.get("content")) for message in problem.messages if message["role"] == "user"]

    assert problem.demand in [demand for demand, _ in demands_in("\n".join(contents))]
    for call in problem.demand.calls:
        if call.tool in problem.functions:
            assert fits(dict(call.arguments), problem.functions[call.tool].get("parameters"))
    assert all(len(name) <= LONGEST_NAME for name in problem.functions)


def test_an_equivalent_request_ends_in_the_same_results() -> None:
    for problem in map(CASES.__getitem__, CASES.task_ids):
        if problem.same_as:
            assert problem.results
            assert len(problem.same_as) == len(problem.messages)
            assert problem.same_as != problem.messages


def test_cases_of_other_apis_ask_for_the_same_as_the_chats() -> None:
    others = [one for one in map(CASES.__getitem__, CASES.task_ids) if one.api != "chat"]

    assert Counter(one.api for one in others) == {"responses": 34, "messages": 33}
    for one in others:
        assert one.group == one.api
        assert one.topic == CASES[one.chat_case].group
        assert replace(one, task_id=one.chat_case, api="chat", chat_case="") == CASES[one.chat_case]
