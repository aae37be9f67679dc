"""How the embedded server words its replies."""

import ast
import re

import pytest

from fixtures.problems.schema import Problem, ProblemSet
from fixtures.servers.canonical_replies import NO_PROBLEM, CanonicalReplies, chat_reply, wrong_tasks

FENCE = re.compile(r"```python\n(.*?)\n```", re.DOTALL)
PROMPT = (
    "import math\n\n\ndef helper(x):\n    return x * 2\n\n\n"
    'def f(x: int) -> int:\n    """Twice x.\n    >>> f(2)\n    4\n    """\n'
)


def doubling(task_id: str = "T/0", prompt: str = PROMPT) -> Problem:
    return Problem(task_id, prompt, "f", "    # no loop is needed\n    return helper(x)\n", "[[2]]", "[]", 0.0)


def program_of(reply: str) -> str:
    programs: list[str] = FENCE.findall(reply)
    assert len(programs) == 1
    return programs[0]


class OfTwo:
    name, version, sha256 = "two", "1", "0"
    task_ids = ("T/0", "T/1")

    def __getitem__(self, task_id: str) -> Problem:
        return doubling() if task_id == "T/0" else doubling("T/1", f"# A longer one.\n{PROMPT}")


@pytest.mark.parametrize("number", range(16))
def test_every_form_of_reply_holds_one_self_contained_correct_program(number: int) -> None:
    reply = chat_reply(doubling(f"T/{number}"))

    namespace: dict[str, object] = {}
    exec(program_of(reply), namespace)
    assert namespace["f"](21) == 42  # type: ignore[operator]
    assert "math" in namespace
    assert "no loop is needed" in reply


def test_the_forms_differ_in_prose_fence_and_docstring() -> None:
    replies = [chat_reply(doubling(f"T/{number}")) for number in range(40)]

    forms = {(reply.startswith("```"), reply.endswith("```"), '"""' in reply) for reply in replies}
    assert len(forms) == 8


def test_a_tasks_form_is_always_the_same() -> None:
    assert chat_reply(doubling()) == chat_reply(doubling())


@pytest.mark.parametrize("number", range(8))
def test_another_program_is_worded_the_same_way(number: int) -> None:
    problem = doubling(f"T/{number}")
    other = problem.canonical_program.replace("return helper(x)", "return 7")

    reply = chat_reply(problem, other)

    assert reply == chat_reply(problem).replace("return helper(x)", "return 7")
    assert "return 7" in program_of(reply)


def test_a_one_line_function_keeps_its_docstring() -> None:
    prompt = 'def f(x): "Twice x."; '

    replies = [chat_reply(Problem(f"T/{n}", prompt, "f", "return 2 * x\n", "[]", "[]", 0.0)) for n in range(8)]

    assert all('"Twice x."' in program_of(reply) for reply in replies)


def test_a_problem_is_found_by_its_prompt_within_a_message() -> None:
    replies = CanonicalReplies(OfTwo())

    assert replies.reply_to(f"Please solve:\n{PROMPT.strip()}\nThanks.") == chat_reply(OfTwo()["T/0"])


def test_where_one_prompt_contains_another_the_longer_one_is_answered() -> None:
    replies = CanonicalReplies(OfTwo())

    assert replies.reply_to(OfTwo()["T/1"].prompt) == chat_reply(OfTwo()["T/1"])


def test_a_message_without_a_known_prompt_gets_a_plain_answer_without_code() -> None:
    reply = CanonicalReplies(OfTwo()).reply_to("What is the capital of France?")

    assert reply == NO_PROBLEM
    assert "```" not in reply


@pytest.mark.parametrize(
    ("share", "more", "count"), [(0.0, 0, 0), (0.1, 0, 2), (0.25, 1, 6), (0.0, 1, 1), (1.0, 0, 20), (1.0, 5, 20)]
)
def test_exactly_the_wanted_tasks_are_wrong(share: float, more: int, count: int) -> None:
    assert len(set(wrong_tasks([f"T/{n}" for n in range(20)], share, more))) == count


def test_which_tasks_are_wrong_depends_on_their_ids_alone() -> None:
    task_ids = [f"T/{n}" for n in range(100)]

    chosen = wrong_tasks(task_ids, 0.3)

    assert wrong_tasks(task_ids[::-1], 0.3) == chosen
    assert set(wrong_tasks(task_ids, 0.0, 1)) < set(wrong_tasks(task_ids, 0.2)) < set(chosen)


def test_the_wrong_tasks_alone_are_answered_wrongly(starter: ProblemSet) -> None:
    replies = CanonicalReplies(starter, 0.1, 1)

    wrong = {task for task in starter.task_ids if replies.reply(task) != chat_reply(starter[task])}
    assert wrong == set(wrong_tasks(starter.task_ids, 0.1, 1))
    assert len(wrong) == 5


def test_every_starter_problem_is_answered_with_its_canonical_function(starter: ProblemSet) -> None:
    replies = CanonicalReplies(starter)

    for task_id in starter.task_ids:
        problem = starter[task_id]
        program = program_of(replies.reply_to(problem.prompt))
        assert _bodies(program, problem.entry_point) == _bodies(problem.canonical_program, problem.entry_point)


def _bodies(program: str, entry_point: str) -> list[str]:
    """The entry point's statements without its docstring."""
    function = [node for node in ast.parse(program).body if getattr(node, "name", None) == entry_point][-1]
    assert isinstance(function, ast.FunctionDef)
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return [ast.dump(statement) for statement in statements]
