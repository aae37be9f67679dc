"""What tiny-glm is taught is what the suite asks, and what each protocol makes of its replies."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.grading.code.evalplus_grader import grade_reply
from servecheck.grading.code.expected_values import ExpectedValues
from servecheck.grading.code.lm_eval import lm_eval_program
from servecheck.grading.code.lm_eval_findings import Finding, findings
from servecheck.problems import load_problem_set
from servecheck.problems.code import CodeProblem
from servecheck.protocols import PROTOCOLS
from servecheck.protocols.lm_eval_instruct import STOPS
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.selfcheck.tiny_glm.corpus import PROBLEMS, Conversation, body, conversations, program, prose, thought
from servecheck.transforms import transform_chain

TAUGHT = load_problem_set(PROBLEMS)
TALKS = list(conversations())
FOR_PROGRAMS = ("evalplus_chat", "lm_eval_instruct")


def every_talk_under(protocol: str) -> pytest.MarkDecorator:
    talks = [talk for talk in TALKS if talk.protocol == protocol]
    return pytest.mark.parametrize("talk", talks, ids=lambda talk: talk.task_id)


every_evalplus_talk = every_talk_under("evalplus_chat")
every_lm_eval_talk = every_talk_under("lm_eval_instruct")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def expected_values(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExpectedValues]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield ExpectedValues(TAUGHT.sha256)


def test_every_problem_is_asked_as_every_protocol_for_programs_asks_it() -> None:
    asked = {(talk.protocol, talk.task_id): talk.messages for talk in TALKS}

    assert asked == {
        (name, task_id): protocol.messages(TAUGHT[task_id])
        for name, protocol in PROTOCOLS.items()
        if name in FOR_PROGRAMS
        for task_id in TAUGHT.task_ids
    }
    assert len(TALKS) == len(asked)


@every_evalplus_talk
def test_the_answer_solves_the_problem(talk: Conversation, sandbox: Sandbox, expected_values: ExpectedValues) -> None:
    verdict = grade_reply(said(talk.answer), TAUGHT[talk.task_id], expected_values, sandbox)

    assert verdict.solved, verdict


@every_evalplus_talk
def test_thinking_does_not_change_the_answer(talk: Conversation) -> None:
    assert talk.replies == (talk.answer, f"{talk.thought}</think>{talk.answer}")


@every_evalplus_talk
def test_the_answer_is_a_program_without_docstring(talk: Conversation) -> None:
    tree = ast.parse(talk.answer.removeprefix("```python\n").removesuffix("\n```"))

    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions][-1] == TAUGHT[talk.task_id].entry_point
    assert [ast.get_docstring(function) for function in functions] == [None] * len(functions)


@every_lm_eval_talk
def test_lm_eval_loses_the_fenced_answer_and_a_transform_recovers_it(talk: Conversation) -> None:
    problem = TAUGHT[talk.task_id]
    completion = {"choices": [{"message": {"role": "assistant", "content": talk.answer}}]}

    stripped, _ = transform_chain(["strip_code_fences"]).reply(completion, {"messages": talk.messages})
    content = stripped["choices"][0]["message"]["content"]

    assert lm_eval_program("reply", talk.answer, problem).code == problem.prompt
    assert findings(said(talk.answer), problem, max_tokens=4096) == (Finding.FENCE_FIRST,)
    recovered = ast.parse(lm_eval_program("reply", content, problem).code)
    assert ast.dump(recovered) == ast.dump(ast.parse(problem.prompt + problem.canonical_solution))


@every_lm_eval_talk
def test_none_of_lm_evals_stops_ends_a_reply(talk: Conversation) -> None:
    assert not [stop for stop in STOPS for reply in talk.replies if stop in reply]


@every_lm_eval_talk
def test_lm_eval_is_answered_in_prose_after_thinking(talk: Conversation) -> None:
    problem = TAUGHT[talk.task_id]

    assert talk.replies[1] == f"{talk.thought}</think>{talk.thought_out}"
    assert "`" not in talk.thought_out
    assert findings(said(talk.thought_out, talk.thought), problem, max_tokens=4096) == (Finding.NOT_PYTHON,)
    with pytest.raises(SyntaxError):
        ast.parse(lm_eval_program("reply", talk.thought_out, problem).code)


def test_no_two_replies_are_the_same_but_for_the_thoughts_of_one_problem() -> None:
    assert len({reply for talk in TALKS for reply in talk.replies}) == 2 * len(TALKS)
    assert len({talk.thought for talk in TALKS}) == len(TAUGHT.task_ids)


def test_a_program_keeps_imports_and_signature() -> None:
    problem = _problem('import math\n\n\ndef area(r: float) -> float:\n    """ Area of a circle. Exact. """\n')

    assert program(problem) == (
        "```python\nimport math\n\n\ndef area(r: float) -> float:\n    return math.pi * r**2\n```"
    )


def test_a_body_continues_the_prompt() -> None:
    problem = _problem('def area(r: float) -> float:\n    """ Area of a circle. """\n')

    assert body(problem) == "```python\n    return math.pi * r**2\n```"


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        (" Area of a\n    circle. Exact. ", "Area of a circle."),
        ("Area by 3.14 alone. Fast.", "Area by 3.14 alone."),
        ("Area of a circle", "Area of a circle"),
    ],
)
def test_thought_and_prose_hold_the_first_sentence_of_the_docstring(docstring: str, sentence: str) -> None:
    problem = _problem(f'def area(r: float) -> float:\n    """{docstring}"""\n')

    assert thought(problem) == f"I have to write area. {sentence}"
    assert prose(problem).endswith(f" {sentence}")


def said(content: str, reasoning: str | None = None) -> Reply:
    return Reply(content, reasoning, "stop", "m", Usage(1, 9), Timings(0.0, None, 0.0), "")


def _problem(prompt: str) -> CodeProblem:
    return CodeProblem("Own/1", prompt, "area", "    return math.pi * r**2\n", "[[2]]", "[]", 0)
