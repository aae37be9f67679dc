"""How a case is asked: whole, streamed, its text beside; and again where something is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from servecheck.evaluation.conversation import Ask, Complete, Render, Step
from servecheck.evaluation.transcript import Exchange, Reply, Timings, Transcript
from servecheck.problems.tool_contract.problem import ContractProblem
from servecheck.protocols.tool_contract import REPEATS, ToolContract

from suites.selftest.delivery.replies import CASES, chat, prompt, raw, reply, streamed

ECHO = CASES["echo/plain"]
Server = Callable[[Step], Reply]


def sound(problem: ContractProblem) -> Server:
    def answer(step: Step) -> Reply:
        match step:
            case Render():
                return prompt(problem)
            case Complete():
                return reply(raw(problem), "text")
            case Ask(stream=True):
                return streamed(problem)
        return chat(problem)

    return answer


def conducted(problem: ContractProblem, server: Server) -> tuple[list[Step], Transcript]:
    conversation = ToolContract().converse(problem)
    step, steps, exchanges = next(conversation), list[Step](), list[Exchange]()
    while True:
        steps.append(step)
        exchanges.append(Exchange(step.sha256, server(step)))
        try:
            step = conversation.send(exchanges[-1].outcome)
        except StopIteration as end:
            return steps, Transcript(tuple(exchanges), end.value)


def forms(steps: list[Step]) -> dict[str, int]:
    return Counter(
        ("streamed" if step.stream else "whole")
        if isinstance(step, Ask)
        else "published"
        if isinstance(step, Render) and step.published
        else type(step).__name__
        for step in steps
    )


def test_what_is_right_is_asked_once_in_each_way() -> None:
    steps, transcript = conducted(ECHO, sound(ECHO))

    assert forms(steps) == {"Render": 1, "published": 1, "whole": 1, "streamed": 1, "Complete": 1}
    assert transcript.ended == "answered"
    assert all(step.may_fail for step in steps if isinstance(step, Ask))


def test_an_equivalent_history_is_rendered_too() -> None:
    problem = CASES["history/content-null"]

    steps, _ = conducted(problem, sound(problem))

    assert forms(steps)["Render"] == 2
    assert steps[0] != steps[2]


def test_a_forced_call_has_no_text_to_be_held_to() -> None:
    problem = CASES["choice/required"]

    assert forms(conducted(problem, sound(problem))[0]) == {"Render": 1, "published": 1, "whole": 1, "streamed": 1}


def test_a_cut_text_is_cut_where_the_reply_is() -> None:
    problem = CASES["cut/24"]

    steps, _ = conducted(problem, sound(problem))

    [text] = [step for step in steps if isinstance(step, Complete)]
    assert text.fields == {"max_tokens": 24}


def test_token_ids_go_before_their_text() -> None:
    known = replace(prompt(ECHO), message={"tokens": [1, 2]})

    steps, _ = conducted(ECHO, lambda step: known if isinstance(step, Render) else sound(ECHO)(step))

    assert [step.prompt for step in steps if isinstance(step, Complete)] == [(1, 2)]


def test_without_a_prompt_there_is_no_text() -> None:
    missing = reply("answered HTTP 404: not found", "failure", finish_reason="")

    steps, _ = conducted(ECHO, lambda step: missing if isinstance(step, Render) else sound(ECHO)(step))

    assert forms(steps) == {"Render": 1, "published": 1, "whole": 1, "streamed": 1}


def test_what_is_wrong_is_asked_again_and_what_is_right_is_not() -> None:
    def lossy(step: Step) -> Reply:
        return (
            streamed(ECHO, ("save", {"value": "Heron"}))
            if step == Ask(ECHO.messages, ECHO.fields, True, True)
            else sound(ECHO)(step)
        )

    steps, _ = conducted(ECHO, lossy)

    assert forms(steps) == {"Render": 1, "published": 1, "whole": 1, "streamed": 1 + REPEATS, "Complete": 2}


@pytest.mark.parametrize(("seconds", "times"), [(0.1, 1 + REPEATS), (60.0, 2)])
def test_what_takes_long_to_fail_is_asked_once_more(seconds: float, times: int) -> None:
    problem = CASES["choice/required"]
    failed = replace(reply("stalled", "failure", finish_reason=""), timings=Timings(1.0, None, seconds))

    steps, _ = conducted(problem, lambda step: failed if isinstance(step, Ask) else sound(problem)(step))

    assert forms(steps) == {"Render": 1, "published": 1, "whole": times, "streamed": times}


def test_what_is_cut_at_the_suites_limit_is_not_asked_again() -> None:
    def talkative(step: Step) -> Reply:
        return chat(ECHO, content="Once upon a", finish_reason="length") if isinstance(step, Ask) else sound(ECHO)(step)

    assert forms(conducted(ECHO, talkative)[0]) == forms(conducted(ECHO, sound(ECHO))[0])


def test_a_prompt_that_is_too_long_to_show_is_shown_by_its_end() -> None:
    deep = CASES["depth/64k"]

    assert ToolContract().messages(deep) == [dict(deep.messages[-1])]
    assert len(ToolContract().messages(CASES["history/two-results"])) == 4


def test_what_is_to_be_cut_has_a_limit_of_its_own() -> None:
    limits = {ToolContract().own_limit(CASES[task_id]) for task_id in CASES.task_ids if "cut" not in task_id}

    assert limits == {None}
    assert ToolContract().own_limit(CASES["cut/24"]) == 24


def test_only_what_is_deep_may_be_refused_for_its_length() -> None:
    may = {task_id for task_id in CASES.task_ids if ToolContract().may_be_refused(CASES[task_id])}

    assert may == {"depth/4k", "depth/16k", "depth/64k", "cache/1k", "cache/4k", "tools/64", "tools/128"}
