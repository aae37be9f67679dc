"""What tiny-glm is taught to copy is what the tool-call contract asks, with other values."""

from __future__ import annotations

from itertools import islice

import pytest
from servecheck.extraction.tool_calls.glm47 import DIALECT
from servecheck.problems.tool_contract.problem_set import ContractCases
from servecheck.problems.tool_demands import demand_in
from servecheck.selfcheck.embedded.tool_text.model import continued
from servecheck.selfcheck.tiny_glm.copies import Copy, copies, plain_copy

PIECES = ["def", " return", "name", "value", " is", "ab", "é", "\n    ", "0", "(", '"', "{"]
DRAWN = list(islice(copies(PIECES, 1), 1000))


def values(copy: Copy) -> list[object]:
    demand = demand_in(copy.prompt)
    assert demand is not None
    return [value for call in demand.calls for value in call.arguments.values()]


def test_they_are_the_same_for_a_seed_and_for_no_other():
    assert list(islice(copies(PIECES, 1), 20)) == DRAWN[:20]
    assert list(islice(copies(PIECES, 2), 20)) != DRAWN[:20]


def test_the_reply_is_that_of_a_model_that_does_as_it_is_told():
    assert all(copy.reply == continued(copy.prompt, DIALECT) for copy in DRAWN)


def test_every_call_is_written_as_it_is_demanded_unless_it_has_a_result_already():
    called = [copy for copy in DRAWN if values(copy) and "<|observation|>" not in copy.prompt]

    assert len(called) > 500
    for copy in called:
        demand = demand_in(copy.prompt)
        assert demand is not None
        assert "".join(DIALECT.write(call.tool, call.arguments) for call in demand.calls) in copy.reply


def test_there_is_every_kind_of_value_and_hardly_one_twice():
    found = [value for copy in DRAWN for value in values(copy)]
    texts = [value for value in found if isinstance(value, str)]

    assert {type(value) for value in found} == {str, int, float, bool, list, dict, type(None)}
    assert "" in texts
    assert any(text and text.isspace() for text in texts)
    assert any("<tool_call>" in text or "</arg_value>" in text for text in texts)
    assert any(ord(character) > 0xFFFF for text in texts for character in text)
    assert len(set(map(repr, found))) > 0.8 * len(found)


@pytest.mark.parametrize(("told", "least", "most"), [(0.0, 0, 0), (1.0, 150, 200)])
def test_tools_are_told_in_the_templates_words_as_often_as_is_asked_for(told, least, most):
    drawn = islice(copies(PIECES, 3, told=told), 200)

    assert least <= sum("# Tools" in copy.prompt for copy in drawn) <= most


def test_some_think_first():
    thinking = sum(copy.prompt.endswith("<think>") for copy in DRAWN)

    assert 100 < thinking < 200
    assert all(("</think>" in copy.reply) >= copy.prompt.endswith("<think>") for copy in DRAWN)


def test_no_value_is_one_of_the_contracts_own_hard_ones():
    asked = {
        repr(value)
        for case in map(ContractCases().__getitem__, ContractCases().task_ids)
        for call in case.demand.calls
        for value in call.arguments.values()
        if len(repr(value)) > 8
    }

    assert not asked & {repr(value) for copy in DRAWN for value in values(copy)}


def test_the_words_of_all_of_them_stand_in_the_plain_one():
    assert plain_copy().reply == "<tool_call>save<arg_key>value</arg_key><arg_value>x</arg_value></tool_call>"
    assert plain_copy().prompt.startswith("[gMASK]<sop><|system|>\n# Tools")
