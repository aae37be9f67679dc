"""Both verdicts on the calls of a reply, and where they differ."""

from __future__ import annotations

import pytest
from servecheck.evaluation.transcript import ToolCall
from servecheck.grading.tool_calls.bfcl_verdict import exact_verdict, their_verdict

from suites.selftest.tool_problems import call, problem

ASKED = problem({"x": "string"}, {"x": ["Aa"]})
NO_CALL = problem({"x": "string"}, task_id="live_irrelevance_0")
ANY_CALL = problem({"x": "string"}, task_id="live_relevance_0")
BROKEN = ToolCall("f_g", '{"x": "Aa"')
NO_OBJECT = ToolCall("f_g", "[]")


@pytest.mark.parametrize("verdict", [their_verdict, exact_verdict])
def test_the_right_call_alone_solves_a_problem_that_accepts_one(verdict):
    assert verdict([call(x="Aa")], ASKED) == ""
    assert verdict([], ASKED) == "calls no tool"
    assert verdict([BROKEN], ASKED).startswith("the call of f_g has arguments that are no JSON")
    assert verdict([NO_OBJECT], ASKED) == "the call of f_g has arguments that are no JSON object but list"


def test_no_call_solves_a_problem_that_no_tool_can_do():
    assert their_verdict([], NO_CALL) == exact_verdict([], NO_CALL) == ""
    why = "calls f_g, and no tool can do what is asked"
    assert their_verdict([call(x="a")], NO_CALL) == exact_verdict([call(x="a")], NO_CALL) == why


@pytest.mark.parametrize("unread", [BROKEN, NO_OBJECT])
def test_a_call_that_cannot_be_read_is_none_to_them_and_one_to_the_exact_rules(unread):
    assert their_verdict([unread], NO_CALL) == ""
    assert exact_verdict([unread], NO_CALL) == "calls f_g, and no tool can do what is asked"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ('{"x": "b", "x": "Aa"}', "the call of f_g has x more than once"),
        ('{"x": "Aa", "y": NaN}', "the call of f_g has arguments that are no JSON (NaN is no JSON)"),
        ('{"x": "Aa", "y": ' + "[" * 200 + "]" * 200 + "}", "nested more than 128 levels deep"),
    ],
)
def test_what_programs_read_in_several_ways_is_not_exact(arguments, why):
    assert why in exact_verdict([ToolCall("f_g", arguments)], ASKED)


def test_any_call_solves_a_problem_that_some_tool_can_do():
    for verdict in (their_verdict, exact_verdict):
        assert verdict([call(x="a"), call(x="b")], ANY_CALL) == ""
        assert verdict([], ANY_CALL) == "calls no tool"
        assert "no JSON" in verdict([BROKEN], ANY_CALL)
    assert their_verdict([call("other")], ANY_CALL) == ""
    assert exact_verdict([call("other")], ANY_CALL) == "other is no tool that was offered"


def test_they_ignore_what_the_exact_rules_do_not():
    assert their_verdict([call(x="a-a")], ASKED) == ""
    assert exact_verdict([call(x="a-a")], ASKED) == "f_g: x is 'a-a', which is no accepted value to the letter"
