"""Mutants of programs."""

import ast

import pytest
from servecheck.evaluation.problem import ProblemSet
from servecheck.selfcheck.embedded.mutations import mutants, with_body


def lines_of(body: str) -> set[str]:
    """The one line that each mutant of a function with this line has instead of it."""
    program = f"def f(a, b, c):\n    {body}\n"
    return {mutant.split("\n")[1].strip() for mutant in mutants(program, "T/0")}


@pytest.mark.parametrize(
    ("line", "mutant"),
    [
        ("return a < b", "return a <= b"),
        ("return a == b == c", "return a != b == c"),
        ("return a not in b", "return a in b"),
        ("return a + b", "return (a - b)"),
        ("return a * b + c", "return (a + b) + c"),
        ("a += b", "a -= b"),
        ("return a and b", "return (a or b)"),
        ("return not a", "return a"),
        ("return -a", "return a"),
        ("return True", "return False"),
        ("return 7", "return 8"),
        ("return max(a)", "return min(a)"),
        ("return a.upper()", "return a.lower()"),
        ("if a: b()", "if False: b()"),
        ("return b if a else c", "return b if False else c"),
        ("a.append(b)", "pass"),
        ("return a", "return a[:-1]"),
    ],
)
def test_each_kind_of_mutation(line: str, mutant: str) -> None:
    assert mutant in lines_of(line)


@pytest.mark.parametrize("line", ['return f"{a + 1}"', 'return "text"', "return None", "a: Literal[1] = b", "pass"])
def test_what_has_no_mutant(line: str) -> None:
    assert lines_of(line) == set()


def test_a_mutant_differs_in_one_place_and_keeps_the_rest_as_it_is_written() -> None:
    program = (
        "import os  # kept\n\n\n"
        "def f(a: int = 1) -> 'list[1]':\n"
        '    """Adds 1."""\n'
        "    ü = (a+1)   # one more\n"
        "    return  ü\n"
    )

    made = set(mutants(program, "T/0"))

    assert made == {
        program.replace("a+1", "(a - 1)"),
        program.replace("a+1", "a+2"),
        program.replace("return  ü", "return ü[:-1]"),
    }


def test_helpers_methods_and_inner_functions_are_mutated_too() -> None:
    program = "class C:\n    def m(self):\n        def inner():\n            return 5\n        return inner\n"

    assert program.replace("5", "6") in mutants(program, "T/0")


def test_the_order_depends_on_the_seed_alone() -> None:
    program = "def f(a):\n    return [a + 1, a + 2, a + 3, a + 4]\n"

    assert mutants(program, "T/0") == mutants(program, "T/0")
    assert mutants(program, "T/0") != mutants(program, "T/1")
    assert set(mutants(program, "T/0")) == set(mutants(program, "T/1"))


def test_every_mutant_of_the_starter_problems_is_another_program_that_parses(starter: ProblemSet) -> None:
    for task_id in starter.task_ids:
        program = starter[task_id].canonical_program
        tree = ast.dump(ast.parse(program))
        made = mutants(program, task_id)

        assert made, task_id
        assert len(set(made)) == len(made)
        assert all(ast.dump(ast.parse(mutant)) != tree for mutant in made)


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        ('def f(x):\n    """Doc."""\n    y = x\n    return y\n', 'def f(x):\n    """Doc."""\n    return None\n'),
        ("def f(x): return x\n", "def f(x): return None\n"),
        ("def f(x):\n    @g\n    def h(): pass\n    return h\n\nz = 1\n", "def f(x):\n    return None\n\nz = 1\n"),
        (
            "def f(x):\n    return 1\n\ndef f(x):\n    return 2\n",
            "def f(x):\n    return 1\n\ndef f(x):\n    return None\n",
        ),
    ],
)
def test_a_body_can_be_replaced_by_one_statement(program: str, changed: str) -> None:
    assert with_body(program, "f", "return None") == changed
