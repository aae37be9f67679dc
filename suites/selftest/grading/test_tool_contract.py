"""The verdict on a case: delivered, or in words whose fault it is, what it looks like and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.conversation import Ask, Complete, Render, Step
from servecheck.evaluation.transcript import Reply, Usage
from servecheck.evaluation.verdict import NOT_ASKED, Verdict
from servecheck.grading.tool_contract import COPIED, Delivery
from servecheck.problems.tool_contract.problem import ContractProblem
from servecheck.profiles.schema import Profile

from suites.selftest.delivery.replies import CASES, chat, prompt, raw, reply, streamed
from suites.selftest.protocols.test_tool_contract import Server, conducted, sound

BENCH = Bench(Profile(name="p", model="m"), "")


def graded(problem: ContractProblem, server: Server) -> Verdict:
    return Delivery().grade(problem, conducted(problem, server)[1], BENCH)


def rendered(problem: ContractProblem) -> Render:
    """The question for its prompt."""
    return Render(problem.messages, problem.fields)


def test_what_arrives_as_it_was_written_is_delivered() -> None:
    verdict = graded(CASES["echo/ref"], sound(CASES["echo/ref"]))

    assert verdict.solved
    assert verdict.parts[COPIED].kind == "solved"
    assert verdict.tally == {"asked": 1, "faults": 0, "requests": 2, "copied": 1}


def test_a_fault_names_the_known_one_and_what_helps() -> None:
    problem = CASES["echo/ref"]
    wrong = ("save", {"value": '{"x": -2.5, "label": "north"}'})

    def lossy(step: Step) -> Reply:
        if not isinstance(step, Ask):
            return sound(problem)(step)
        return streamed(problem, wrong) if step.stream else chat(problem, wrong)

    verdict = graded(problem, lossy)

    assert (verdict.kind, verdict.solved) == ("parser_fault", False)
    assert "parser fault, whole 6 of 6, streamed 6 of 6: a value arrives with another type" in verdict.reason
    assert "like vLLM #46924" in verdict.reason
    assert verdict.reason.endswith("dereference the schema")
    assert verdict.tally["faults"] == verdict.tally["asked"] == 6
    assert verdict.tally["schema"] == verdict.tally["requests"] == 12
    for part in ("--- asked for", "--- what the model writes", "--- delivered whole", "--- delivered streamed"):
        assert part in verdict.answer


def test_whole_replies_and_streamed_ones_may_each_have_their_own_fault() -> None:
    problem, cut, usage = CASES["cut/24"], ("save", {"value": "00007 birch"}), Usage(5, 24)

    def server(step: Step) -> Reply:
        if isinstance(step, Complete):
            text = "<tool_call>save<arg_key>value</arg_key><arg_value>00007 birch</arg_value>"
            return reply(text, "text", finish_reason="length")
        if not isinstance(step, Ask):
            return sound(problem)(step)
        if step.stream:
            return streamed(problem, cut, usage=usage, finish_reason="length")
        return chat(problem, cut, usage=usage)

    told = graded(problem, server).reason

    assert told.startswith("parser fault, whole 6 of 6, streamed 6 of 6: the finish_reason is wrong: ")
    assert told.endswith(
        '; streamed: a call that was cut off arrives as if it were whole: with {"value": "00007 birch"}'
    )


def test_what_else_is_wrong_is_not_counted_for_it() -> None:
    """A prompt that is not in the cache yet makes another reply, and the others are cut where the suite's limit is."""
    problem, asked = CASES["echo/plain"], list[Ask]()
    said, cut = chat(problem, content="Yes?"), {"content": "This is", "finish_reason": "length"}

    def server(step: Step) -> Reply:
        if isinstance(step, Complete):
            return reply("This is a code example.", "text")
        if not isinstance(step, Ask):
            return sound(problem)(step)
        asked.append(step)
        return said if len(asked) == 1 else streamed(problem, **cut) if step.stream else chat(problem, **cut)

    verdict = graded(problem, server)

    assert len(asked) == 12
    assert verdict.reason.startswith("below the text, whole 1 of 6: another text arrives")


@pytest.mark.parametrize(
    ("task_id", "lost", "like"),
    [
        ("tools/16", "tool_", "like a chat template without tools, such as SmolLM2's in llama.cpp"),
        ("history/result-list", CASES["history/result-list"].results[0], "like vLLM #39614"),
        ("history/three-turns", CASES["history/three-turns"].shown[0], "more; compare the served chat template"),
    ],
)
def test_what_a_prompt_lacks_is_likened_by_what_it_is(task_id: str, lost: str, like: str) -> None:
    problem = CASES[task_id]
    lossy = replace(prompt(problem), content=prompt(problem).content.replace(lost, ""))

    verdict = graded(problem, lambda step: lossy if step == rendered(problem) else sound(problem)(step))

    assert verdict.kind == "template_fault"
    assert "in the prompt: the prompt lacks what the request has" in verdict.reason
    assert like in verdict.reason


def test_a_model_that_copies_wrongly_has_a_server_that_delivers() -> None:
    problem, wrong = CASES["echo/plain"], ("save", {"value": "Heron"})

    def copying(step: Step) -> Reply:
        if isinstance(step, Ask):
            return streamed(problem, wrong) if step.stream else chat(problem, wrong)
        found = sound(problem)(step)
        return reply(raw(problem, wrong), "text") if found.form == "text" else found

    verdict = graded(problem, copying)

    assert verdict.solved
    assert verdict.parts[COPIED].kind == "copied_wrongly"


def test_a_model_that_calls_nothing_is_told_of() -> None:
    problem, said = CASES["echo/plain"], "I cannot."

    def silent(step: Step) -> Reply:
        if isinstance(step, Ask):
            return streamed(problem, content=said) if step.stream else chat(problem, content=said)
        found = sound(problem)(step)
        return reply(said, "text") if found.form == "text" else found

    verdict = graded(problem, silent)

    assert verdict.solved
    assert (verdict.tally["uncalled"], verdict.tally["miscopied"]) == (1, 1)


def test_a_request_that_never_ends_is_a_named_fault() -> None:
    problem = CASES["choice/required"]
    failed = reply("stalled: it sent nothing in answer for 3 s", "failure", finish_reason="")

    verdict = graded(problem, lambda step: failed if isinstance(step, Ask) else sound(problem)(step))

    assert verdict.kind == "grammar_fault"
    assert "stalled" in verdict.reason
    assert "like SGLang #13514" in verdict.reason
    assert verdict.tally["no_reply"] == verdict.tally["requests"]


def test_a_case_of_an_api_that_the_server_lacks_is_not_asked() -> None:
    problem = CASES["messages/echo-plain"]
    failed = reply("answered HTTP 404: no such path", "failure", finish_reason="")

    verdict = graded(problem, lambda step: failed if isinstance(step, Ask) else sound(problem)(step))

    assert (verdict.kind, verdict.solved, verdict.tally["no_api"]) == (NOT_ASKED, False, 1)


def test_what_nobody_can_see_is_not_delivered() -> None:
    problem = CASES["choice/required"]
    other = chat(problem, ("save", {"value": "other"}))

    verdict = graded(problem, lambda step: other if isinstance(step, Ask) else sound(problem)(step))

    assert (verdict.kind, verdict.solved, verdict.tally["open"]) == ("not_decidable", False, 1)
    assert verdict.tally["faults"] == 0


def test_hostile_words_are_made_printable() -> None:
    problem = CASES["echo/plain"]
    hostile = chat(problem, ("save", "\x1b[31m{"))

    verdict = graded(problem, lambda step: hostile if isinstance(step, Ask) else sound(problem)(step))

    assert "\x1b" not in verdict.reason


def test_a_prompt_in_tokens_alone_is_told_to_be_held_to_no_template() -> None:
    problem = CASES["echo/plain"]
    tokens = replace(prompt(problem), content="", message={"tokens": [1, 2]})

    def silent(step: Step) -> Reply:
        return tokens if isinstance(step, Render) and not step.published else sound(problem)(step)

    verdict = graded(problem, silent)

    assert verdict.solved
    assert verdict.tally["unheld"] == 1
    assert "unheld" not in graded(problem, sound(problem)).tally
