"""What tiny-glm is taught is what the suite asks, and what solves it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from fixtures.generation.schema import Reply, Timings
from fixtures.grading.reference import References
from fixtures.grading.reply import grade_reply
from fixtures.problems import load_problem_set
from fixtures.problems.schema import Problem
from fixtures.prompts import PROTOCOLS
from fixtures.sandbox.pool import Sandbox
from fixtures.sandbox.process import ProcessBackend
from fixtures.tiny_glm.corpus import PROBLEMS, Conversation, answer, conversations, thought

TAUGHT = load_problem_set(PROBLEMS)
TALKS = list(conversations())

every_talk = pytest.mark.parametrize("talk", TALKS, ids=lambda talk: f"{talk.protocol} {talk.task_id}")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> Iterator[References]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield References(TAUGHT.sha256)


def test_every_problem_is_asked_as_every_protocol_asks_it() -> None:
    asked = {(talk.protocol, talk.task_id): talk.messages for talk in TALKS}

    assert asked == {
        (name, task_id): protocol.messages(TAUGHT[task_id])
        for name, protocol in PROTOCOLS.items()
        for task_id in TAUGHT.task_ids
    }
    assert len(TALKS) == len(asked)


@every_talk
def test_the_answer_solves_the_problem(talk: Conversation, sandbox: Sandbox, references: References) -> None:
    reply = Reply(talk.answer, None, "stop", "m", None, Timings(0.0, None, 0.0), "", "reply")

    verdict, _ = grade_reply(reply, TAUGHT[talk.task_id], references, sandbox)

    assert verdict.solved, verdict


@every_talk
def test_the_answer_is_a_program_without_docstring(talk: Conversation) -> None:
    tree = ast.parse(talk.answer.removeprefix("```python\n").removesuffix("\n```"))

    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions][-1] == TAUGHT[talk.task_id].entry_point
    assert [ast.get_docstring(function) for function in functions] == [None] * len(functions)


def test_no_two_answers_and_no_two_thoughts_are_the_same() -> None:
    assert len({talk.answer for talk in TALKS}) == len({talk.thought for talk in TALKS}) == len(TAUGHT.task_ids)


def test_an_answer_keeps_imports_and_signature() -> None:
    problem = _problem('import math\n\n\ndef area(r: float) -> float:\n    """ Area of a circle. Exact. """\n')

    assert answer(problem) == (
        "```python\nimport math\n\n\ndef area(r: float) -> float:\n    return math.pi * r**2\n```"
    )


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        (" Area of a\n    circle. Exact. ", "Area of a circle."),
        ("Area by 3.14 alone. Fast.", "Area by 3.14 alone."),
        ("Area of a circle", "Area of a circle"),
    ],
)
def test_a_thought_is_the_first_sentence_of_the_docstring(docstring: str, sentence: str) -> None:
    problem = _problem(f'def area(r: float) -> float:\n    """{docstring}"""\n')

    assert thought(problem) == f"I have to write area. {sentence}"


def _problem(prompt: str) -> Problem:
    return Problem("Own/1", prompt, "area", "    return math.pi * r**2\n", "[[2]]", "[]", 0)
