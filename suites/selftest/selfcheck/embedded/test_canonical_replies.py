"""How the embedded server words its replies."""

import ast
import os
import re
from typing import ClassVar

import pytest
from servecheck.evaluation.known_reply import KnownReply
from servecheck.evaluation.problem import ProblemSet
from servecheck.problems import load_problem_set
from servecheck.problems.code import CodeProblem
from servecheck.protocols.lm_eval_instruct import STOPS
from servecheck.selfcheck.embedded.canonical_replies import (
    NO_ANSWER,
    NO_PROBLEM,
    CanonicalReplies,
    chat_reply,
    new_turn,
    wrong_tasks,
)

FENCE = re.compile(r"```python\n(.*?)\n```", re.DOTALL)
PROMPT = (
    "import math\n\n\ndef helper(x):\n    return x * 2\n\n\n"
    'def f(x: int) -> int:\n    """Twice x.\n    >>> f(2)\n    4\n    """\n'
)


def doubling(task_id: str = "T/0", prompt: str = PROMPT) -> CodeProblem:
    return CodeProblem(task_id, prompt, "f", "    # no loop is needed\n    return helper(x)\n", "[[2]]", "[]", 0.0)


def reply_to(replies: CanonicalReplies, message: str) -> str:
    return replies.reply(replies.task_of(message))


def program_of(reply: str) -> str:
    programs: list[str] = FENCE.findall(reply)
    assert len(programs) == 1
    return programs[0]


class OfTwo:
    name, version, sha256 = "two", "1", "0"
    task_ids = ("T/0", "T/1")

    def __getitem__(self, task_id: str) -> CodeProblem:
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

    replies = [chat_reply(CodeProblem(f"T/{n}", prompt, "f", "return 2 * x\n", "[]", "[]", 0.0)) for n in range(8)]

    assert all('"Twice x."' in program_of(reply) for reply in replies)


def test_a_problem_is_found_by_its_prompt_within_a_message() -> None:
    replies = CanonicalReplies([OfTwo()])

    assert reply_to(replies, f"Please solve:\n{PROMPT.strip()}\nThanks.") == chat_reply(OfTwo()["T/0"])


def test_where_one_prompt_contains_another_the_longer_one_is_answered() -> None:
    replies = CanonicalReplies([OfTwo()])

    assert reply_to(replies, OfTwo()["T/1"].prompt) == chat_reply(OfTwo()["T/1"])


def test_a_message_without_a_known_prompt_gets_a_plain_answer_without_code() -> None:
    reply = reply_to(CanonicalReplies([OfTwo()]), "What is the capital of France?")

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
    replies = CanonicalReplies([starter], 0.1, 1)

    wrong = {task for task in starter.task_ids if replies.reply(task) != chat_reply(starter[task])}
    assert wrong == set(wrong_tasks(starter.task_ids, 0.1, 1))
    assert len(wrong) == 5


class _Named(dict[str, CodeProblem]):
    """A set whose problems are called after it."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__({f"{name}/{n}": _named_problem(name, n) for n in range(count)})
        self.task_ids = tuple(self)


def _named_problem(name: str, n: int) -> CodeProblem:
    prompt = f'def {name}{n}(x: int) -> int:\n    """{name} {n} more."""\n'
    return CodeProblem(f"{name}/{n}", prompt, f"{name}{n}", f"    return x + {n}\n", "[[1]]", "[[2]]", 0.0)


def test_of_several_sets_each_is_answered_as_it_is_alone() -> None:
    one, other = _Named("a", 4), _Named("b", 6)

    both = CanonicalReplies([one, other], 0.5)

    for problems in (one, other):
        alone = CanonicalReplies([problems], 0.5)
        for problem in problems.values():
            assert reply_to(both, problem.prompt) == reply_to(alone, problem.prompt)
            assert both.reply(problem.task_id, prefilled=True) == alone.reply(problem.task_id, prefilled=True)


def test_every_starter_problem_is_answered_with_its_canonical_function(starter: ProblemSet) -> None:
    replies = CanonicalReplies([starter])

    for task_id in starter.task_ids:
        problem = starter[task_id]
        program = program_of(reply_to(replies, problem.prompt))
        assert _bodies(program, problem.entry_point) == _bodies(problem.canonical_program, problem.entry_point)


@pytest.fixture(scope="module")
def right(starter: ProblemSet) -> CanonicalReplies:
    return CanonicalReplies([starter])


@pytest.fixture(scope="module")
def wrong(starter: ProblemSet) -> CanonicalReplies:
    return CanonicalReplies([starter], 1.0)


def test_after_a_begun_turn_comes_a_fence_with_what_continues_the_prompt() -> None:
    assert new_turn(doubling()) == "```python\n    # no loop is needed\n    return helper(x)\n```"


def test_a_wrong_program_continues_the_prompt_in_the_same_way() -> None:
    program = doubling().canonical_program.replace("return helper(x)", "return 7")

    assert new_turn(doubling(), program) == "```python\n    # no loop is needed\n    return 7\n```"


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(PROMPT.replace("x * 2", "x * 3") + "    return helper(x)\n", id="in the prompt's helper"),
        pytest.param(PROMPT + "    return triple(x)\n\n\ndef triple(x):\n    return x * 3\n", id="in one after it"),
        pytest.param(PROMPT + "    return triple(x)\ntriple = (3).__mul__\n", id="in a constant"),
    ],
)
def test_what_a_program_has_beside_the_function_is_taken_into_it(program: str) -> None:
    body = program_of(new_turn(doubling(), program))

    namespace: dict[str, object] = {}
    exec(PROMPT + body, namespace)
    assert namespace["f"](14) == 42  # type: ignore[operator]
    assert all(line.startswith("    ") for line in body.split("\n") if line)


def test_where_the_prompt_does_not_begin_the_function_the_program_starts_anew() -> None:
    problem = CodeProblem(
        "T/0", '"""Twice x."""\n', "f", "\nimport math\ndef f(x):\n    return 2 * x\n", "[]", "[]", 0.0
    )

    assert new_turn(problem) == "```python\nimport math\ndef f(x):\n    return 2 * x\n```"


def test_the_wrong_tasks_alone_fail_the_problems_own_tests(
    starter: ProblemSet, right: CanonicalReplies, wrong: CanonicalReplies
) -> None:
    failing = [
        [task_id for task_id in starter.task_ids if not _passes(starter[task_id], replies)]
        for replies in (right, wrong)
    ]

    assert failing == [[], list(starter.task_ids)]


def test_no_stop_of_lm_eval_cuts_a_begun_turn(right: CanonicalReplies, wrong: CanonicalReplies) -> None:
    texts = [replies.reply(task_id, prefilled=True) for replies in (right, wrong) for task_id in replies.sets[0]]

    assert [text for text in texts if any(stop in text for stop in STOPS)] == []


@pytest.mark.skipif(
    "HUMANEVAL_OVERRIDE_PATH" not in os.environ, reason="HUMANEVAL_OVERRIDE_PATH names no copy of HumanEval+"
)
def test_on_humaneval_every_begun_turn_is_the_canonical_body_and_meets_no_stop() -> None:
    problems = load_problem_set("humaneval-plus")
    replies = CanonicalReplies([problems])

    assert len(problems.task_ids) == 164
    for task_id in problems.task_ids:
        reply = replies.reply(task_id, prefilled=True)
        assert program_of(reply) == problems[task_id].canonical_solution.strip("\n")
        assert not any(stop in reply for stop in STOPS)


def test_without_a_known_prompt_a_begun_turn_gets_the_plain_answer_too() -> None:
    assert CanonicalReplies([OfTwo()]).reply(None, prefilled=True) == NO_PROBLEM


def _passes(problem: CodeProblem, replies: CanonicalReplies) -> bool:
    """Whether the prompt and the reply's block pass the original benchmark's test."""
    program = problem.prompt + program_of(replies.reply(problem.task_id, prefilled=True))
    try:
        exec(f"{program}\n{problem.test}\ncheck({problem.entry_point})", {})
    except Exception:  # noqa: BLE001
        return False
    return True


def _bodies(program: str, entry_point: str) -> list[str]:
    """The entry point's statements without its docstring."""
    function = [node for node in ast.parse(program).body if getattr(node, "name", None) == entry_point][-1]
    assert isinstance(function, ast.FunctionDef)
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return [ast.dump(statement) for statement in statements]


class TestKnownReplies:
    KNOWN: ClassVar = {
        "capitals": [
            KnownReply("c/1", "The capital of Kenya?", "Answer: A"),
            KnownReply("c/2", "Of Peru?", "Answer: B"),
        ],
        "rivers": [KnownReply("c/1", "The longest river?", "Answer: C")],
    }

    def test_a_suites_own_problems_are_answered_as_they_know(self) -> None:
        replies = CanonicalReplies([OfTwo()], known=self.KNOWN)

        assert reply_to(replies, "Choose. The capital of Kenya? A, B or C?") == "Answer: A"
        assert reply_to(replies, "The longest river?") == "Answer: C"
        assert "f" in program_of(reply_to(replies, PROMPT))
        assert [len(tasks) for tasks in replies.sets] == [2, 2, 1]

    def test_where_some_are_to_be_wrong_it_does_not_know(self) -> None:
        replies = CanonicalReplies([], wrong_count=1, known=self.KNOWN)

        said = [reply_to(replies, one.question) for one in self.KNOWN["capitals"]]
        assert said.count(NO_ANSWER) == 1
        assert reply_to(replies, "The longest river?") == NO_ANSWER

    def test_a_problem_that_is_asked_in_several_forms_is_wrong_in_all_or_in_none(self) -> None:
        forms = [
            KnownReply(task, f"{task}, order {form}?", f"Answer: {form}", wrong_reply=f"Answer: not {form}", form=form)
            for task in ("c/1", "c/2")
            for form in range(3)
        ]

        replies = CanonicalReplies([], wrong_count=1, known={"capitals": forms})

        said = [reply_to(replies, one.question) == one.wrong_reply for one in forms]
        assert sorted([said[:3], said[3:]]) == [[False] * 3, [True] * 3]
        assert replies.sets == [["capitals: c/1", "capitals: c/2"]]
        assert {replies.problem(replies.task_of(one.question) or "") for one in forms} == {*replies.sets[0]}
