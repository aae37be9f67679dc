"""What program a chat reply yields, and that none it holds is lost."""

from __future__ import annotations

import ast
import random
import time
from collections.abc import Callable
from textwrap import indent

import pytest
from servecheck import extraction
from servecheck.extraction import MAX_CHARACTERS, extract
from servecheck.extraction.fences import fenced_blocks

SOLUTION = "def f(x):\n    return x + 1\n"
DRAFT = "def f(x):\n    draft = 0\n    for i in range(x):\n        draft += i\n    return draft\n"
PROMPT = 'from typing import List\n\n\ndef helper(x):\n    return x\n\n\ndef f(x: List[int]) -> int:\n    """Docs."""\n'


def fenced(code: str, tag: str = "python", fence: str = "```") -> str:
    return f"{fence}{tag}\n{code.rstrip()}\n{fence}\n"


def tree(source: str) -> str:
    return ast.dump(ast.parse(source))


# Damage of EvalPlus's sanitize, each kept here.

KEPT = {
    "decorated helper": (
        "from functools import lru_cache\n\n@lru_cache(None)\ndef g(x):\n    return x\n\ndef f(x):\n    return g(x)\n"
    ),
    "helper without return": (
        "def push(l, x):\n    l.append(x)\n\ndef f(x):\n    l = []\n    push(l, x)\n    return l\n"
    ),
    "generator": "def gen(n):\n    while n:\n        yield n\n        n -= 1\n\ndef f(x):\n    return list(gen(x))\n",
    "tuple constants": "A, B = 1, 2\n\ndef f(x):\n    return A * x + B\n",
    "import in try": (
        "try:\n    from math import lcm\nexcept ImportError:\n    lcm = None\n\ndef f(x):\n    return lcm\n"
    ),
    "recursion limit": "import sys\nsys.setrecursionlimit(10**6)\n\ndef f(x):\n    return x and f(x - 1)\n",
    "future import": "from __future__ import annotations\n\ndef f(x: Undefined):\n    return x\n",
    "one line": "def f(x): return x\n",
    "seed": "import random\nrandom.seed(0)\n\ndef f(x):\n    return random.random()\n",
    "registration": "table = []\ndef register(g):\n    table.append(g)\n\ndef f(x):\n    return x\n\nregister(f)\n",
    "wrapped entry point": "from functools import lru_cache\n\ndef f(x):\n    return x\n\nf = lru_cache(None)(f)\n",
    "set-up call": "squares = {}\ndef fill():\n    for i in range(9):\n"
    "        squares[i] = i * i\nfill()\n\ndef f(x):\n    return squares[x]\n",
    "warmed table": "def f(x):\n    return x\n\nknown = f(3)\n\ndef g():\n    return known\n",
    "augmented assignment": "LIMIT = 3\nLIMIT += 1\n\ndef f(x):\n    return x + LIMIT\n",
}


@pytest.mark.parametrize(
    "wrap", [fenced, lambda code: f"Here's the code (short:\n\n{code}\nIt's done.\n"], ids=["fence", "bare"]
)
@pytest.mark.parametrize("name", KEPT)
def test_what_a_program_needs_stays(name: str, wrap: Callable[[str], str]) -> None:
    assert tree(extract(wrap(KEPT[name]), "f").program) == tree(KEPT[name])


def test_a_longer_draft_in_the_reasoning_does_not_win() -> None:
    found = extract(f"<think>{fenced(DRAFT)}</think>{fenced(SOLUTION)}", "f")
    assert (found.program, found.source) == (SOLUTION, "fence")
    assert found.dropped == (f"reasoning of {len(fenced(DRAFT)) + 15:,} characters",)


# Reasoning.


@pytest.mark.parametrize(
    "reply",
    [
        f"{fenced(DRAFT)}So.\n</think>\n{fenced(SOLUTION)}",
        f"{fenced(DRAFT)}It closes with </think>. Then</think>{fenced(SOLUTION)}",
        f"<think>\n```python\n{DRAFT}</think>\n\n{fenced(SOLUTION)}",
        f"<think>\n```python\n{DRAFT}# wrong </think>\n\n{fenced(SOLUTION, tag='')}",
        f"<think>a</think>Hi\n<think>{fenced(DRAFT)}</think>\n{SOLUTION}",
        f"{fenced(SOLUTION)}\n<think>{fenced(DRAFT)}",
    ],
    ids=[
        "bare close",
        "two closes",
        "unfinished draft",
        "unfinished comment",
        "two thoughts",
        "cut off after the answer",
    ],
)
def test_reasoning_is_never_taken_for_code(reply: str) -> None:
    assert extract(reply, "f").program == SOLUTION


@pytest.mark.parametrize(
    "reply", [f"<think>{fenced(DRAFT)}", f"{fenced(DRAFT)}</think>\nI give up.", f"<think>\n{DRAFT}"]
)
def test_reasoning_without_an_answer_gives_nothing(reply: str) -> None:
    found = extract(reply, "f", prompt=PROMPT)
    assert (found.program, found.source) == ("", "none")


@pytest.mark.parametrize(
    "program",
    [
        'def f(s):\n    return s.split("</think>")[-1]\n',
        'import re\ndef f(s):\n    return re.sub(r"<think>.*?</think>", "", s)\n',
        'def f(s):\n    """Strip.\n\n    All before </think> goes.\n'
        '    """\n    if "<think>" in s:\n        return s\n    return 0\n',
        "def f(s):\n    # cut at </think> first\n    return s\n",
    ],
    ids=["string", "pattern", "docstring", "comment"],
)
@pytest.mark.parametrize("thought", ["", f"<think>{fenced(DRAFT)}</think>\n", f"{fenced(DRAFT)}\n</think>\n"])
def test_a_program_may_name_the_tags(program: str, thought: str) -> None:
    assert extract(f"{thought}Here:\n{fenced(program)}It splits at `</think>`.\n", "f").program == program


# Fences.


@pytest.mark.parametrize(
    "reply",
    [
        fenced(DRAFT) + "Better:\n" + fenced(SOLUTION),
        fenced(SOLUTION) + fenced("print(f(3))") + fenced("pip install f", "bash") + fenced('{"f": 1}', "json"),
        fenced(SOLUTION) + fenced("def f(x):\n    ..."),
        fenced(SOLUTION) + "```text\nf = 3\n```\n",
        fenced(SOLUTION) + "```python\n" + DRAFT,
        "Sure: " + fenced(SOLUTION),
        "```Python3\n" + SOLUTION.rstrip() + "```\nThat is it.",
        "1. Do:\n\n   " + indent(fenced(SOLUTION), "   ").lstrip() + "\n2. Done",
        "- " + indent(fenced(SOLUTION), "  ").lstrip(),
        fenced(fenced(SOLUTION), "markdown", "````"),
        fenced(SOLUTION, "py", "~~~~~"),
        fenced(SOLUTION, 'python title="f.py"').replace("\n", "\r\n"),
        "```python\ndef f(x):\n    # the rest as before\n" + fenced(SOLUTION),
    ],
    ids=[
        "last wins",
        "other blocks",
        "stub",
        "text",
        "closed before unclosed",
        "prose before fence",
        "code before fence",
        "list item",
        "list marker",
        "nested",
        "tildes",
        "crlf",
        "never closed",
    ],
)
def test_the_block_that_defines_the_entry_point_is_the_program(reply: str) -> None:
    found = extract(reply, "f")
    assert (found.program, found.source) == (SOLUTION, "fence")


@pytest.mark.parametrize("width", [0, 4])
def test_fences_in_a_docstring_do_not_cut_the_program(width: int) -> None:
    example = indent("```python\nf(1)\n```\n```\nthen\n```\n", " " * width)
    program = f'def f(x):\n    """Docs.\n\n{example}    """\n    return x\n'
    assert extract(f"Hi\n{fenced(program)}Bye\n{fenced('print(f(2))')}", "f").program == program


def test_a_string_that_never_ends_does_not_swallow_the_next_block() -> None:
    broken = fenced('def g(x):\n    """Docs\n    return x')
    assert extract(broken + "Again:\n" + fenced(SOLUTION), "f").program == SOLUTION


def test_helpers_of_other_blocks_come_first() -> None:
    helpers = "from __future__ import annotations\nimport math\ndef g(x):\n    return math.floor(h(x))\n"
    solution = "from __future__ import annotations\ndef f(x):\n    return g(x)\n"
    found = extract(fenced("def h(x):\n    return x") + fenced(helpers) + fenced(solution) + fenced("print(1)"), "f")
    scope: dict[str, Callable[[float], int]] = {}
    exec(compile(found.program, "reply", "exec"), scope)
    assert (found.source, scope["f"](2.5)) == ("fences", 2)
    assert "1 other code block" in found.dropped


def test_nothing_of_the_prompt_is_added_to_a_program() -> None:
    program = "def f(x: List[int]) -> int:\n    return helper(x)\n"
    assert extract(fenced(program), "f", prompt=PROMPT).program == program


# Bodies, cut-off and bare replies.


@pytest.mark.parametrize(
    "reply",
    [
        "    y = x\n    return y\n",
        "y = x\n    return y\n\nThis returns it.",
        fenced("    y = x\n    return y"),
        fenced("y = x\nreturn y"),
        "Here is the rest:\n\n    y = x\n    return y\n\nDone.",
    ],
    ids=["indented", "first line stripped", "fence", "unindented", "prose around"],
)
def test_a_body_continues_the_prompt(reply: str) -> None:
    found = extract(reply, "f", prompt=PROMPT)
    assert (tree(found.program), found.source) == (tree(PROMPT + "    y = x\n    return y\n"), "body")
    assert "return y" not in extract(reply, "f").program


@pytest.mark.parametrize("name", ["g", "f2", "F"])
@pytest.mark.parametrize(
    "reply",
    [
        "def {}(x):\n    y = x\n    return y",
        "```python\ndef {}(x):\n    y = x\n    return y\n```",
        "Here it is:\ndef {}(x):\n    y = x\n    return y",
        "import math\n\n\nasync def {}(x):\n    return x\n",
        "class {}:\n    def f(self, x):\n        return x\n",
        "@cache\ndef {}(x):\n    return x\n",
    ],
)
def test_a_whole_function_of_another_name_is_not_taken_for_the_entry_points_body(reply: str, name: str) -> None:
    found = extract(reply.format(name), "f", prompt=PROMPT)

    assert found.source != "body"
    assert "def f(x):" not in found.program


def test_a_reply_cut_off_keeps_its_complete_statements() -> None:
    found = extract(f"Hi\n```python\n{SOLUTION}\nlimit = 3\ndef g(x):\n    return [x,", "f")
    assert tree(found.program) == tree(SOLUTION + "limit = 3")
    assert found.source == "unclosed fence"
    assert "2 lines outside complete statements in the block" in found.dropped


@pytest.mark.parametrize(
    "prose",
    [
        "Note",
        "Note: this",
        "x and y",
        "return it",
        "f(x)(y) holds",
        "result is x",
        "Time = O(n)",
        "Sure, here",
        "Note(that)",
        "pass it on",
        'Use """ here',
        "a [list, b",
    ],
)
def test_prose_that_looks_like_python_is_dropped(prose: str) -> None:
    found = extract(f"{prose}\n\nimport math\nA, B = 1, 2\n{prose}\n{SOLUTION}\n{prose}\n", "f")
    assert tree(found.program) == tree(f"import math\nA, B = 1, 2\n{SOLUTION}")
    assert found.source == "bare"


def test_an_indented_code_block_is_a_bare_program() -> None:
    found = extract(f"Use `f` as in\n\n    import math\n\n{indent(SOLUTION, '    ')}\nDone.", "f", prompt=PROMPT)
    assert (tree(found.program), found.source) == (tree(f"import math\n{SOLUTION}"), "bare")


def test_a_method_is_not_taken_for_the_entry_point() -> None:
    program = "class Solution:\n    def f(self, x):\n        return x\n"
    assert tree(extract(f"Here it is:\n\n{program}", "f").program) == tree(program)


@pytest.mark.parametrize("reply", ["", "Sure.", "Sure", "I can't.", "42", "\n \n", "```\n```", "**No**", "\ufeff"])
def test_no_code_is_an_empty_program(reply: str) -> None:
    found = extract(reply, "f", prompt=PROMPT)
    assert (found.program, found.source) == ("", "none")


def test_a_program_of_another_name_is_still_shown() -> None:
    assert extract(fenced(SOLUTION), "g").program == SOLUTION


# Example use.


@pytest.mark.parametrize(
    "example",
    [
        "assert f(1) == 2",
        "print(f(1))",
        "f(1)",
        "f(1) == 2",
        "import doctest\ndoctest.testmod()",
        "if __name__ == '__main__':\n    print(f(1))",
        "result = f(1)\nprint(result)",
        "result = f(int(input()))",
        "for case in range(3):\n    out = f(case)\n    print(out)",
        "seen = []\nseen.append(f(1))\nprint(seen)",
        "def main():\n    print(f(int(input())))\nmain()",
        "def check(g):\n    assert g(1) == 2\ncheck(f)",
        "try:\n    f(None)\nexcept TypeError:\n    print('bad')",
    ],
)
def test_example_use_is_dropped(example: str) -> None:
    *_, last = ast.parse(example).body
    found = extract(fenced(f"{SOLUTION}\n{example}\n"), "f")
    body = ast.parse(found.program).body
    assert ast.dump(body[0]) == ast.dump(ast.parse(SOLUTION).body[0])
    assert ast.dump(last) not in [ast.dump(node) for node in body]
    assert not any(isinstance(node, ast.Assign) and "f(" in ast.unparse(node) for node in body)
    assert any("of example use" in note for note in found.dropped)


# Generated wrappings of generated programs.

HEADS = ["", "from __future__ import annotations\n", '"""Module docs."""\nfrom __future__ import annotations\n']
PIECES = [
    "import math, os.path as p\n",
    "from typing import (\n    List,\n    Dict,\n)\n",
    "try:\n    import fast\nexcept ImportError:\n    fast = None\nelse:\n    pass\n",
    "LIMIT{n} = [\n1,\n  2,\n]\n",
    "A{n}, B{n} = {n}, '#(['\n",
    "TEXT{n} = '''\ncolumn zero (\n\tdef no():\n# not a comment\n'''\n",
    "naïve_größe{n} = {{'π': {n}, **{{}}}}\n",
    "square{n} = lambda x: x ** {n}\n",
    "def one{n}(x): return x\n",
    "import functools\n@functools.lru_cache(\n    maxsize=None\n)\ndef cached{n}(x):\n    return x\n",
    "def outer{n}(x):\n    def inner(y):\n        nonlocal x\n"
    "        x += y\n    # about\n# column zero\n    inner({n})\n    return x\n",
    "def gen{n}(x):\n    yield from (y for y in x if y)\n",
    "class K{n}:\n    z: int = {n}\n\n    @property\n"
    "    def v(self):\n        return f'{{self.z!r:>{{4}}}} {{\"a\"}}'\n",
    "async def wait{n}(x):\n    async with x as y:\n        return [z async for z in y]\n",
    'def docs{n}(x):\n    """Docs.\n\n    ```python\n    >>> docs{n}(1)\n    1\n    ```\n    """\n    return x\n',
    "def tail{n}(x):\n    s = x \\\n        + 1\n    return \"it's\", r'\\d', b'`', s\n",
    "import sys\nsys.setrecursionlimit({n} + 2000)\n",
    "if A_FLAG := True:\n    def cond{n}(x):\n        return x\nelse:\n    cond{n} = None\n",
]
ENTRIES = [
    "def solve(x):\n    return x\n",
    "def solve(x): return [y for y in x if y > 0]\n",
    'def solve(x, *, k=3):\n    """Solve.\n\n    >>> solve(1)\n    1\n'
    '    """\n    while k:\n        k -= 1\n\n    return {"a": x}\n',
    "async def solve(x):\n    return x\n",
    "solve = lambda x: x\n",
    "class solve:\n    def __call__(self, x):\n        return x\n",
    "def solve(x):\n    match x:\n        case [1, *_]:\n            return '''\n```\n'''\n    return x\n",
]
PROSE = [
    "Here's the solution (it's simple:",
    "Sure! This works:",
    "**Approach**",
    "1. First, sort the list.",
    "Note: `solve` is O(n).",
    "# Explanation",
    "> quoted",
    "Let me know if you don't get it.",
]
EXTRA = [
    "```bash\npip install it's\n```",
    "```text\n[1, 2]\n'''\n```",
    "```python\nprint(solve(1))\n```",
    "```\nOutput: 3\n```",
    '~~~json\n{"solve": 1}\n~~~',
]


def random_program(rng: random.Random) -> str:
    pieces = [piece.format(n=n) for n, piece in enumerate(rng.choices(PIECES, k=rng.randrange(6)))]
    pieces.insert(rng.randint(0, len(pieces)), rng.choice(ENTRIES))
    return rng.choice(HEADS) + rng.choice(["", "\n", "\n\n"]).join(pieces)


def random_reply(rng: random.Random, program: str) -> str:
    def prose() -> str:
        return "\n\n".join(rng.choices(PROSE, k=rng.randint(0, 3))) + "\n\n"

    def extras() -> str:
        return "".join(each + "\n" + prose() for each in rng.choices(EXTRA, k=rng.randrange(3)))

    tag = rng.choice(["python", "Python", "py", "python3", "", 'python title="a.py"'])
    fence = rng.choice(["```", "```", "~~~", "````", "~~~~"])
    draft = fenced("def solve(x):\n    draft = 1\n    return draft", rng.choice(["", "python"]))
    shape = rng.choice(["fence", "fence", "draft", "list", "nested", "unclosed", "bare", "only code"])
    if shape == "only code":
        reply = program
    elif shape == "bare":
        reply = prose() + program + "\n" + prose()
    elif shape == "unclosed":
        reply = prose() + extras() + f"{fence}{tag or 'python'}\n{program}"
    elif shape == "nested":
        reply = prose() + fenced(prose() + fenced(program, "python", "````") + prose(), "markdown", "``````") + prose()
    elif shape == "list":
        reply = prose() + "2. Code:\n\n" + indent(fenced(program, tag, "````"), "   ", lambda _: True) + "\n" + prose()
    else:
        reply = (prose() + draft if shape == "draft" else "") + prose() + extras() + fenced(program, tag, fence)
        reply += prose() + extras()
    thought = rng.choice(
        ["", "", f"<think>\nHm, {draft}\n</think>\n", f"Hm. {prose()}{draft}</think>", "<think></think>"]
    )
    return (thought + reply).replace("\n", rng.choice(["\n", "\n", "\r\n"]))


def check_wrappings(seed: int, count: int) -> None:
    rng = random.Random(seed)
    for number in range(count):
        program = random_program(rng)
        expected = tree(program)
        reply = random_reply(rng, program)
        found = extract(reply, "solve")
        assert ast.dump(ast.parse(found.program)) == expected, f"wrapping {number} of seed {seed} ({found}):\n{reply}"


def test_generated_wrappings_give_the_program_back() -> None:
    check_wrappings(seed=1, count=1_000)


@pytest.mark.slow
def test_ten_thousand_generated_wrappings_give_the_program_back() -> None:
    check_wrappings(seed=2, count=10_000)


# Time, and input that no model should send.

ROUTINE = "def g{n}(x):\n    y = [1, (2, 3)]\n    for i in range(x):\n        y.append({{'a': i}})\n    return y\n\n"


def seconds(reply: str) -> float:
    times = []
    for _ in range(2):
        start = time.process_time()
        extract(reply, "f", prompt=PROMPT)
        times.append(time.process_time() - start)
    return min(times)


SHAPES: dict[str, Callable[[str], str]] = {
    "fence": lambda code: f"Hi\n{fenced(code)}Bye",
    "bare": lambda code: f"Here is it:\n\n{code}\nThat is it.",
    "unclosed": lambda code: f"```python\n{code}def h(",
    "examples": lambda code: fenced(SOLUTION + "print(f(1))\n" * code.count("\n")),
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_time_is_linear_in_the_reply(shape: str) -> None:
    def reply(functions: int) -> str:
        return SHAPES[shape]("".join(ROUTINE.format(n=n) for n in range(functions)) + SOLUTION)

    short, long = seconds(reply(333)), seconds(reply(333 * 8))
    print(f"{shape}: 2,000 lines {1000 * short:.1f} ms, 16,000 lines {1000 * long:.1f} ms")
    assert long < 40 * short  # quadratic time would be 64 times; the machine's noise is why it is not nearer to 8


HOSTILE = {
    "backticks": "`" * 1_000_000,
    "fences": "```\n" * 10_000,
    "python fences": "```python\n" * 10_000,
    "strings and fences": "```python\n'''\n```\n" * 3_000,
    "open strings": 'x = """\n' * 3_000,
    "open brackets": "x = [\n" * 3_000,
    "brackets": "([{" * 100_000,
    "brackets in a fence": "```python\nx = " + "(" * 100_000,
    "unary minus": f"```python\nx = {'-' * 100_000}1\n```",
    "long sum": f"```python\nx = {'1+' * 10_000}1\n```",
    "decorators": "@a\n" * 3_000,
    "closing tags": "</think>" * 30_000,
    "closing tags in comments": "# </think> a" * 30_000,
    "closing tags and fences": "</think>\n```python\n" * 3_000,
    "opening tags": "<think>'" * 30_000,
    "marks in one line": "x <think> a </think>" * 20_000,
    "end tokens": "x<|im_end|>" * 30_000,
    "halves of marks": "<|" * 50_000,
    "NULs": "\0" * 100_000 + "\n\0" * 3_000,
    "lone surrogates": "\udc80\n```python\nx = '\udc80'\n```\n" * 1_000,
    "list markers": "- " * 100_000,
    "quotes": "x = " + "'" * 100_000,
}


ENDLESS = {
    "parentheses": "(",
    "lines of parentheses": "(\n",
    "lines of brackets": "x = [\n",
    "braces": "{",
    "open definitions": "def f(\n",
    "nested ifs": "if x:\n ",
    "lines of digits": "1\n",
    "statements": "x = 1\n",
    "statements on a line": "x;",
    "decorators": "@a\n",
    "fences": "```\n",
    "Python blocks": "```python\nx=1\n```\n",
    "broken blocks": "```python\nx=(\n```\n",
    "backslashes": "\\",
    "lines of backslashes": "\\\n",
    "triple quotes": '"""\n',
    "two triple quotes": "\"\"\"\n'''\n",
    "emoji": "😀\n",
    "NULs": "x\0\n",
    "terms": "1+",
    "calls": "()",
}


@pytest.fixture
def small_bound(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(extraction, "MAX_CHARACTERS", 4096)
    return 4096


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDLESS)
def test_a_reply_without_end_raises_nothing(name: str) -> None:
    unit = ENDLESS[name]

    found = extract(unit * (5_000_000 // len(unit)), "f", prompt=PROMPT)

    assert any(f"no more than {MAX_CHARACTERS:,} are read" in note for note in found.dropped)


@pytest.mark.parametrize("name", ENDLESS)
def test_of_a_reply_without_end_as_much_is_read_as_of_a_long_one(
    name: str, small_bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    monkeypatch.setattr(extraction, "fenced_blocks", lambda text: (read.append(len(text)), fenced_blocks(text))[1])
    unit = ENDLESS[name]

    extract(unit * (100_000 // len(unit)), "f", prompt=PROMPT)

    assert read[0] <= small_bound


@pytest.mark.usefixtures("small_bound")
@pytest.mark.parametrize(("begin", "end"), [("(\n" * 9999, ""), ("", "(\n" * 9999), ("It is ", "done. " * 9999)])
def test_an_answer_at_either_end_of_it_is_found(begin: str, end: str) -> None:
    assert extract(f"{begin}\n{fenced(SOLUTION)}{end}", "f").program == SOLUTION


def test_a_text_is_parsed_once_however_many_readings_try_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    compiled = ast.parse
    monkeypatch.setattr(ast, "parse", lambda source: (parsed.append(source), compiled(source))[1])

    extract("(\n" * 10_000, "f", prompt=PROMPT)

    assert len(parsed) == len(set(parsed)) < 20


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_replies_are_quick_and_raise_nothing(name: str) -> None:
    start = time.process_time()
    extract(HOSTILE[name], "f", prompt=PROMPT)
    assert time.process_time() - start < 4
    assert extract(f"<think>{HOSTILE[name].replace('think', '')}</think>\n{fenced(SOLUTION)}", "f").program == SOLUTION


def test_random_text_raises_nothing() -> None:
    rng = random.Random(3)
    parts = [
        "```",
        "python",
        "\n",
        "    ",
        "def f(",
        "):",
        "return",
        '"""',
        "'",
        "(",
        "]",
        "<think>",
        "</think>",
        "\\",
        "#",
        "@",
        "\0",
        "\udc00",
        "\r",
        "if x:",
        "else:",
        "x = 1",
        "~~~",
        "- ",
        ";",
        "\x0c",
        "\u2028",
    ]
    for _ in range(1_500):
        reply = "".join(rng.choices(parts, k=rng.randint(1, 40)))
        assert isinstance(extract(reply, "f", prompt=PROMPT).program, str)


def test_broken_escapes_are_the_programs_business() -> None:
    program = "def f(x):\n    return '\\d' + x\n"
    assert extract(fenced(program), "f").program == program
