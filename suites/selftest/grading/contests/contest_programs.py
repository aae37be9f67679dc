"""Over 300 programs for problems of LiveCodeBench's two forms, right and wrong, in the ways in which models write them.

All are trusted: they are run by LiveCodeBench's own code too, which confines nothing.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

from servecheck.problems.contest_starter import ContestStarter
from servecheck.problems.contests import ContestProblem, ContestTest


@dataclass(frozen=True, slots=True)
class Trial:
    """A program for a problem, by a name for messages."""

    name: str
    problem: ContestProblem
    program: str


def problem(function: str, *tests: tuple[str, str]) -> ContestProblem:
    made = tuple(ContestTest(given, expected) for given, expected in tests)
    return ContestProblem("Own/1", "", "", function, lambda: made)


def trials() -> list[Trial]:
    return [*_idioms(), *_odd_programs(), *_written_numbers(), *_values(), *_starters()]


# Of some numbers, of which the first line says how many: their sum, and their half.
SUMS = problem("", ("3\n1 2 3\n", "6\n3.0\n"), ("1\n-4\n", "-4\n-2.0\n"), ("2\n5 6", "11\n5.5"), ("0\n\n", "0\n0.0\n"))
READ = {
    "input": "n = int(input())\nnums = list(map(int, input().split()))",
    "input with a prompt": "n = int(input(''))\nnums = list(map(int, input('').split()))",
    "input imported": "from builtins import input\nn = int(input())\nnums = [int(x) for x in input().split()]",
    "stdin.readline": "import sys\nn = int(sys.stdin.readline())\nnums = list(map(int, sys.stdin.readline().split()))",
    "input is readline": (
        "import sys\ninput = sys.stdin.readline\nn = int(input())\nnums = list(map(int, input().split()))"
    ),
    "input is readline in a lambda": (
        "import sys\ninput = lambda: sys.stdin.readline().rstrip()\n"
        "n = int(input())\nnums = list(map(int, input().split()))"
    ),
    "stdin.read": "import sys\nn, *nums = map(int, sys.stdin.read().split())",
    "stdin.read of a size": "import sys\nn, *nums = map(int, sys.stdin.read(1000).split())",
    "stdin.readlines": "import sys\nlines = sys.stdin.readlines()\nnums = list(map(int, lines[1].split()))",
    "looping over stdin": "import sys\nlines = [line for line in sys.stdin]\nnums = list(map(int, lines[1].split()))",
    "buffer.read": "import sys\nn, *nums = map(int, sys.stdin.buffer.read().split())",
    "buffer.readline": (
        "import sys\ninput = sys.stdin.buffer.readline\nn = int(input())\nnums = list(map(int, input().split()))"
    ),
    "buffer.readlines": "import sys\nnums = list(map(int, sys.stdin.buffer.readlines()[1].split()))",
    "stdin by name": (
        "from sys import stdin\nn = int(stdin.readline())\nnums = list(map(int, stdin.readline().split()))"
    ),
    "stdin by name, read": "from sys import stdin\nn, *nums = map(int, stdin.read().split())",
    "stdin by name, readlines": "from sys import stdin\nnums = list(map(int, stdin.readlines()[1].split()))",
    "stdin by name, looped over": "from sys import stdin\nnums = list(map(int, [*stdin][1].split()))",
    "stdin by name, its buffer": "from sys import stdin\nn, *nums = map(int, stdin.buffer.read().split())",
    "stdin without an import": "n, *nums = map(int, stdin.read().split())",
    "open(0)": "n, *nums = map(int, open(0).read().split())",
    "fileinput": "import fileinput\nlines = list(fileinput.input())\nnums = list(map(int, lines[1].split()))",
    "until the end of file": (
        "lines = []\ntry:\n    while True:\n        lines.append(input())\nexcept EOFError:\n    pass\n"
        "nums = list(map(int, lines[1].split()))"
    ),
    "iter of input": "lines = list(iter(input, ''))\nnums = [int(x) for x in (lines + ['', ''])[1].split()]",
    "numpy": "import sys\nimport numpy as np\nnums = np.array(sys.stdin.read().split()[1:], dtype=int)",
}
WRITE = {
    "print": "print(sum(nums))\nprint(sum(nums) / 2)",
    "one print": "print(sum(nums), sum(nums) / 2, sep='\\n')",
    "print without an end": "print(f'{sum(nums)}\\n{sum(nums) / 2}', end='')",
    "stdout.write": "import sys\nsys.stdout.write(f'{sum(nums)}\\n{sum(nums) / 2}\\n')",
    "stdout by name": "from sys import stdout\nstdout.write(f'{sum(nums)}\\n{sum(nums) / 2}\\n')",
    "stdout's buffer": "import sys\nsys.stdout.buffer.write(f'{sum(nums)}\\n{sum(nums) / 2}\\n'.encode())",
    "blanks around": "print(' ', sum(nums), '\\n', sum(nums) / 2, '  \\n\\n')",
    "a blank line between": "print(sum(nums))\nprint()\nprint(sum(nums) / 2)",
    "other numbers alike": "print(float(sum(nums)))\nprint(f'{sum(nums) / 2:.9f}')",
    "exit": "print(sum(nums))\nprint(sum(nums) / 2)\nexit()\nprint('more')",
    "sys.exit of a message": "import sys\nprint(sum(nums))\nprint(sum(nums) / 2)\nsys.exit('done')",
    "half of it": "print(sum(nums))",
}


def _idioms() -> Iterator[Trial]:
    for (read, first), (write, second) in itertools.product(READ.items(), WRITE.items()):
        # Every one that reads with every fourth that writes: all of them would take four minutes more.
        if read == "input" or write == "print" or (len(read) + len(write)) % 4 == 0:
            yield Trial(f"{read}; {write}", SUMS, f"{first}\n{second}\n")


_READ_AND = "n = int(input())\nnums = list(map(int, input().split()))\n"
_BOTH = "print(sum(nums))\nprint(sum(nums) / 2)\n"
_INDENTED = "".join(f"    {line}\n" for line in (_READ_AND + _BOTH).splitlines())
_MAIN = "def main():\n    input()\n    s = sum(map(int, input().split()))\n    print(s)\n    print(s / 2)\n"
ODD = {
    "main guard": f"{_MAIN}\n\nimport sys\nif __name__ == '__main__':\n    main()\n",
    "main guard in double quotes": f'{_MAIN}if __name__ == "__main__":\n    main()\n',
    "main guard the other way round": f"if '__main__' == __name__:\n{_INDENTED}",
    "main guard with an else": f"if __name__ == '__main__':\n    pass\nelse:\n{_INDENTED}",
    "main guard before the end": "def main():\n    pass\nif __name__ == '__main__':\n    main()\n" + _READ_AND + _BOTH,
    "main guard and more": "if __name__ == '__main__' and True:\n    print('unopened')\n" + _READ_AND + _BOTH,
    "a global": "total = 0\ndef add(x):\n    global total\n    total += x\n" + _READ_AND
    + "for x in nums:\n    add(x)\nprint(total)\nprint(total / 2)\n",
    "a nonlocal at the margin": "total = 0\ndef add(x):\n    nonlocal total\n    total += x\n" + _READ_AND
    + "for x in nums:\n    add(x)\nprint(total)\nprint(total / 2)\n",
    "return at the margin": _READ_AND + _BOTH + "return\n",
    "yield at the margin": _READ_AND + _BOTH + "yield 1\n",
    "a future import": "from __future__ import annotations\n" + _READ_AND + _BOTH,
    "an import in the middle": _READ_AND + "import math\n" + _BOTH,
    "an import that there is not": "import no_such_module\n" + _READ_AND + _BOTH,
    "an import that is tried": "try:\n    import no_such_module\nexcept ImportError:\n    pass\n" + _READ_AND + _BOTH,
    "a name that hides a builtin": "def sum(values):\n    t = 0\n    for v in values:\n        t += v\n    return t\n"
    + _READ_AND + _BOTH,
    "names that nobody imported": _READ_AND
    + "print(reduce(add, nums, 0))\nprint(fsum(nums) / 2 if gcd(2, 4) else inf)\n",
    "an annotation of a name that there is not": "def f(x: NoSuchName) -> int:\n    return x\n" + _READ_AND + _BOTH,
    "an annotation of a name that is there": "def f(x: Optional[List[int]]) -> int:\n    return x\n"
    + _READ_AND + _BOTH,
    "class Solution that is used": "class Solution:\n    def run(self, nums):\n        return sum(nums)\n" + _READ_AND
    + "print(Solution().run(nums))\nprint(sum(nums) / 2)\n",
    "class Solution in a comment": "# no class Solution here\n" + _READ_AND + _BOTH,
    "class Solution in a text": "text = 'class Solution'\n" + _READ_AND + _BOTH,
    "deep recursion": "def down(k):\n    return 0 if k == 0 else 1 + down(k - 1)\n" + _READ_AND
    + "assert down(20000) == 20000\n" + _BOTH,
    "its own recursion limit": "import sys\nsys.setrecursionlimit(50)\ndef down(k):\n    return k and down(k - 1)\n"
    + _READ_AND + "down(40)\n" + _BOTH,
    "a docstring first": '"""Sums."""\n' + _READ_AND + _BOTH,
    "a class of its own": "class Adder:\n    def __init__(self):\n        self.t = 0\n" + _READ_AND
    + "a = Adder()\nfor x in nums:\n    a.t += x\nprint(a.t)\nprint(a.t / 2)\n",
    "a comprehension in a class": "class C:\n    k = 2\n    v = [k for _ in range(2)]\n" + _READ_AND + _BOTH,
    "exec of it": f"exec({_READ_AND + _BOTH!r})\n",
    "eval": _READ_AND + "print(eval('sum(nums)'))\nprint(eval('sum(nums) / 2'))\n",
    "locals": _READ_AND + "print(locals()['n'] * 0 + sum(nums))\nprint(sum(nums) / 2)\n",
    "globals": "x = 5\n" + _READ_AND + "print(globals()['x'] * 0 + sum(nums))\nprint(sum(nums) / 2)\n",
    "a thread": f"import threading\n{_MAIN}t = threading.Thread(target=main)\nt.start()\nt.join()\n",
    "stdout closed": _READ_AND + _BOTH + "import sys\nsys.stdout.close()\n",
    "stdout flushed": _READ_AND + "print(sum(nums), flush=True)\nprint(sum(nums) / 2, flush=True)\n",
    "stdout put away": "import sys, io\n" + _READ_AND + _BOTH + "sys.stdout = io.StringIO()\nprint('lost')\n",
    "stdin put away": "import sys, io\n" + _READ_AND + _BOTH + "sys.stdin = io.StringIO('')\n",
    "stderr": "import sys\nprint('note', file=sys.stderr)\n" + _READ_AND + _BOTH,
    "quit": _READ_AND + _BOTH + "quit()\n",
    "os._exit": "import os\n" + _READ_AND + _BOTH + "os._exit(0)\n",
    "SystemExit": _READ_AND + _BOTH + "raise SystemExit(3)\n",
    "KeyboardInterrupt": _READ_AND + _BOTH + "raise KeyboardInterrupt\n",
    "an exception at the end": _READ_AND + _BOTH + "raise ValueError('late')\n",
    "an exception in one test": _READ_AND + "assert nums\n" + _BOTH,
    "exit before it reads": "exit()\n" + _READ_AND + _BOTH,
    "an empty program": "",
    "a comment alone": "# I do not know\n",
    "imports alone": "import sys\nimport math\n",
    "no Python": "Here is the program:\nn = int(input())\n",
    "Python 2": "n = input()\nprint 5\n",
    "not indented": "if True:\nprint(5)\n",
    "a NUL": "print(1)\0\n",
    "half of a pair": "x = '\ud800'\n" + _READ_AND + _BOTH,
    "tabs and blanks": "if True:\n\tpass\n        \n" + _READ_AND + _BOTH,
    "line ends of Windows": (_READ_AND + _BOTH).replace("\n", "\r\n"),
    "a mark of byte order": "\ufeff" + _READ_AND + _BOTH,
    "state from test to test": "import sys\nsys.seen = getattr(sys, 'seen', 0) + 1\n" + _READ_AND
    + "print(sum(nums) if sys.seen < 3 else 'worn out')\nprint(sum(nums) / 2)\n",
    "more lines": _READ_AND + _BOTH + "print('done')\n",
    "an integer of many digits": _READ_AND + "len(str(10 ** 20000))\n" + _BOTH,
    "too long": "while True:\n    pass\n",
    "too long in its second test": _READ_AND + "while n == 1:\n    pass\n" + _BOTH,
    "asleep for too long": "import time\ntime.sleep(60)\n" + _READ_AND + _BOTH,
}  # fmt: skip


def _odd_programs() -> Iterator[Trial]:
    for name, program in ODD.items():
        yield Trial(name, SUMS, program)


def _written_numbers() -> Iterator[Trial]:
    """What is written against what is expected, where it is all a matter of comparing."""
    pairs = (
        ("1.0", "1"), ("1", "1.000"), ("1e3", "1000"), ("0.1", "0.10000000000000001"), ("-0", "0"), ("+5", "5"),
        ("nan", "nan"), ("NaN", "nan"), ("inf", "Infinity"), ("sNaN", "1"), ("1_000", "1000"), ("1,000", "1000"),
        ("50000000000000000", "50000000000000001"), ("1 2", "1  2"), ("1\t2", "1 2.0"), ("1 2 3", "1 2"), ("", ""),
        ("", "0"), ("\n\n", ""), ("a", "A"), ("a b", "a  b"), ("YES", "YES "), (" YES", "YES"), ("yes 1.0", "yes 1"),
        ("1\n2", "1\n2\n"), ("1\n2\n\n", "1\n2"), ("1\n\n2", "1\n2"), ("1 \n 2", "1\n2"), ("1\r\n2", "1\n2"),
        ("[1, 2]", "[1,2]"), ("٣", "3"), ("1e999999999", "1"), ("1/2", "0.5"), ("True", "1"), ("é", "é"),
        ("1.5 x", "1.50 x"), ("x\n1.0", "x\n1"), ("3.\n", "3"), (".5", "0.5"), ("0x10", "16"), ("1\u00a0", "1"),
        ("1\x0b2", "1 2"), ("\u2028", ""), ("10" * 3000, "10" * 3000 + ".0"),
    )  # fmt: skip
    for written, expected in pairs:
        name = f"{written:.20} for {expected:.20}"
        yield Trial(ascii(name), problem("", ("\n", expected), ("1\n", expected)), f"print({written!r}, end='')\n")


# What a function returns against what is expected of it, as JSON.
RETURNED = (
    ("[1, 2]", "[1, 2]"), ("(1, 2)", "[1, 2]"), ("[(1, 2)]", "[[1, 2]]"), ("([1], (2,))", "[[1], [2]]"),
    ("1.0", "1"), ("True", "1"), ("True", "true"), ("0", "false"), ("None", "null"), ("None", "0"), ("''", '""'),
    ("'a'", '"a"'), ("b'a'", '"a"'), ("0.1 + 0.2", "0.3"), ("0.30000000000000004", "0.30000000000000004"),
    ("float('nan')", "NaN"), ("float('inf')", "Infinity"), ("-0.0", "0"), ("[]", "[]"), ("()", "[]"), ("{}", "[]"),
    ("{1, 2}", "[1, 2]"), ("{'a': 1}", '{"a": 1}'), ("{1: 2}", '{"1": 2}'), ("Counter('aab')", '{"a": 2, "b": 1}'),
    ("OrderedDict(a=1)", '{"a": 1}'), ("defaultdict(int, a=1)", '{"a": 1}'), ("deque([1, 2])", "[1, 2]"),
    ("range(3)", "[0, 1, 2]"), ("(x for x in [1])", "[1]"), ("map(int, '12')", "[1, 2]"), ("{'a': 1}.values()", "[1]"),
    ("{'a': 1}.keys()", '["a"]'), ("np.int64(5)", "5"), ("np.float64(0.5)", "0.5"), ("np.array([1, 2])", "[1, 2]"),
    ("np.array([5])", "5"), ("np.array([5])", "[5]"), ("[np.int64(1)]", "[1]"), ("np.array([1, 2]).tolist()", "[1, 2]"),
    ("np.bool_(True)", "true"), ("datetime.timedelta(1)", "1"), ("10 ** 30", "1000000000000000000000000000000"),
    ("1e30", "1000000000000000000000000000000"), ("[[1], [2, [3]]]", "[[1], [2, [3]]]"), ("'é🙂'", '"é🙂"'),
    ("'1'", "1"), ("1", '"1"'), ("[1, 2, 3]", "[1, 2]"), ("[2, 1]", "[1, 2]"), ("complex(1)", "1"),
    ("type('L', (list,), {})([1])", "[1]"), ("type('S', (str,), {})('a')", '"a"'), ("frozenset([1])", "[1]"),
    ("print('noise') or 7", "7"), ("sys.stdout.write('x') * 7", "7"), ("__import__('decimal').Decimal('0.5')", "0.5"),
    ("__import__('fractions').Fraction(1, 2)", "0.5"), ("exit()", "1"), ("int('x')", "1"), ("[1] * 100000", "[1]"),
    ("list(range(2000))", json.dumps([*range(2000)])), ("tuple(range(2000))", json.dumps([*range(2000)])),
    ("[float(x) for x in range(300)]", json.dumps([*range(300)])), ("'ab' * 400", json.dumps("ab" * 400)),
)  # fmt: skip
_DOUBLE = problem("double", ("[1, 2]\n3", "[3, 6]"), ("[]\n0", "[]"), ("[5]\n-1", "[-5]"))
_TIMES = "        return [k * x for x in nums]\n"
_METHOD = f"class Solution:\n    def double(self, nums, k):\n{_TIMES}"
FUNCTIONS = {
    "a method": "class Solution:\n    def double(self, nums: List[int], k: int) -> List[int]:\n"
    + _TIMES,
    "a function alone": "def double(nums, k):\n    return [k * x for x in nums]\n",
    "another class": "class Answer:\n    def double(self, nums, k):\n" + _TIMES,
    "class Solution in a comment": "# class Solution\ndef double(nums, k):\n    return [k * x for x in nums]\n",
    "a static method": "class Solution:\n    @staticmethod\n    def double(nums, k):\n" + _TIMES,
    "a lambda": "class Solution:\n    double = lambda self, nums, k: [k * x for x in nums]\n",
    "a class that takes something": "class Solution:\n    def __init__(self, size):\n        pass\n"
    "    def double(self, nums, k):\n" + _TIMES,
    "another name": "class Solution:\n    def doubled(self, nums, k):\n" + _TIMES,
    "fewer arguments": "class Solution:\n    def double(self, nums):\n        return nums\n",
    "any arguments": "class Solution:\n    def double(self, *given):\n        nums, k = given\n" + _TIMES,
    "other names of arguments": "class Solution:\n    def double(self, a, b):\n        return [b * x for x in a]\n",
    "what it was given": "class Solution:\n    def double(self, nums, k):\n        for i in range(len(nums)):\n"
    "            nums[i] *= k\n        return nums\n",
    "state from test to test": "class Solution:\n    seen = []\n    def double(self, nums, k):\n"
    "        self.seen.extend(k * x for x in nums)\n        return self.seen\n",
    "a result that is kept": "class Solution:\n    @cache\n    def double(self, nums, k):\n" + _TIMES,
    "no result": "class Solution:\n    def double(self, nums, k):\n        print([k * x for x in nums])\n",
    "an annotation that there is not": "class Solution:\n    def double(self, nums: ListNode, k) -> int:\n"
    + _TIMES,
    "a future import": "from __future__ import annotations\nclass Solution:\n    def double(self, nums: ListNode, k):\n"
    + _TIMES,
    "a main guard": _METHOD
    + "if __name__ == '__main__':\n    print(Solution().double([1], 2))\n    raise ValueError\n",
    "a call at the margin": _METHOD
    + "print(Solution().double([1], 2))\n",
    "an exit at the margin": _METHOD
    + "exit()\n",
    "numpy": "import numpy as np\nclass Solution:\n    def double(self, nums, k):\n"
    "        return (np.array(nums, dtype=int) * k).tolist()\n",
    "an array": "import numpy as np\nclass Solution:\n    def double(self, nums, k):\n"
    "        return np.array(nums, dtype=int) * k\n",
    "a tuple": "class Solution:\n    def double(self, nums, k):\n        return tuple(k * x for x in nums)\n",
    "reading what is not there": "class Solution:\n    def double(self, nums, k):\n        input()\n" + _TIMES,
    "deep recursion": "class Solution:\n    def double(self, nums, k):\n        def down(n):\n"
    "            return 0 if n == 0 else 1 + down(n - 1)\n        down(20000)\n" + _TIMES,
    "no Python": "class Solution\n    def double(self, nums, k):\n        return nums\n",
    "nothing": "",
    "too long": "class Solution:\n    def double(self, nums, k):\n        while nums == []:\n            pass\n"
    + _TIMES,
    "too long at the margin": "while True:\n    pass\n",
}  # fmt: skip


def _values() -> Iterator[Trial]:
    for returned, expected in RETURNED:
        program = f"import numpy as np\nclass Solution:\n    def value(self, k):\n        return {returned}\n"
        yield Trial(ascii(f"{returned:.40} for {expected:.40}"), problem("value", ("1", expected)), program)
    for name, program in FUNCTIONS.items():
        yield Trial(name, _DOUBLE, program)


def _starters() -> Iterator[Trial]:
    problems = ContestStarter()
    for task_id in problems.task_ids:
        yield Trial(f"{task_id}'s own", problems[task_id], problems[task_id].solution)
        yield Trial(f"{task_id}'s wrong one", problems[task_id], problems[task_id].wrong_solution)
