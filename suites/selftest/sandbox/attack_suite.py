"""Runs hostile programs through a sandbox, each followed by an honest one, and says what came of both.

Shared by the tests and, as ``python -m suites.selftest.sandbox.attack_suite``, by the child that attacks as an ordinary
user: that one prints a JSON line an attack.

An attack is a file in ``attacks``: a docstring that says what it tries, then ``# key: value`` lines. ``with`` names the
ending that is appended to it, which is a mark too: ``escape`` of those that reach for their surroundings. ``timeout``
marks those that only a time limit ends, ``slow`` those that take long for other reasons, ``replaces`` those after which
the runner is replaced, as others of their kind have it replaced already (most of a second in Docker), ``docker`` those
for which a limit on all processes together is needed. ``@NAME@`` stands for a value that this run alone has: a folder
of the host, a port, a secret. An attack that gets out solves its problem, on purpose; so "not solved" is the whole
verdict.
"""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from servecheck.grading.code.evalplus import grade
from servecheck.grading.code.expected_values import LIMIT_FACTOR, Expected, ExpectedValues, Part
from servecheck.problems.code import CodeProblem
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.protocol import ProgramRun, SandboxBackend

FOLDER = Path(__file__).parent / "attacks"
SECRET = "Xsecret-of-the-caller"
# An attack that never ends has nothing to win from the four seconds that programs are given.
_ATTACK_LIMIT_S = 0.3
_PROBLEM = re.compile(r"^(?:def |class )?(is_even|doubled|mean|shout|find_zero)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Attack:
    """A hostile program, the problem that it pretends to solve, and its marks."""

    name: str
    source: str
    entry_point: str = "is_even"
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attack and of the honest program after it."""

    name: str
    solved: bool
    kind: str
    reason: str
    honest_solved: bool
    honest_reason: str
    seconds: float


def _problem(name: str, argument: str, body: str, base: object, plus: object, atol: float = 0.0) -> CodeProblem:
    return CodeProblem(
        f"Attack/{name}", f"def {name}({argument}):\n", name, body, json.dumps(base), json.dumps(plus), atol
    )


_BISECTION = """\
    low, high = -1.0, 1.0
    value = lambda x: sum(factor * x**power for power, factor in enumerate(xs))
    while value(low) * value(high) > 0:
        low, high = 2 * low, 2 * high
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (middle, high) if value(middle) * value(low) > 0 else (low, middle)
    return low
"""

PROBLEMS: Mapping[str, CodeProblem] = {
    problem.entry_point: problem
    for problem in (
        _problem("is_even", "n", "    return n % 2 == 0\n", [[2], [3]], [[100], [101], [102]]),
        _problem(
            "doubled",
            "values",
            "    return [2 * value for value in values]\n",
            [[[1, 2, 3]], [[]]],
            [[list(range(200))], [list(range(50_000))], [[5]]],
        ),
        _problem(
            "mean",
            "values",
            "    return sum(values) / len(values)\n",
            [[[1.0, 2.5]], [[4.0]]],
            [[[0.1, 0.2, 0.3]], [[1e6, 1.0]], [[-1.0, 1.0]]],
        ),
        _problem("shout", "text", "    return text.upper()\n", [["hello"], ["a"]], [["b"], ["z" * 400], [""]]),
        _problem("find_zero", "xs", _BISECTION, [[[1, 2]], [[-2, 1]]], [[[-6, 11, -6, 1]], [[3, -1]]], 1e-4),
    )
}


def _written() -> Iterator[Attack]:
    for path in sorted(FOLDER.glob("*.py")):
        source = path.read_text()
        comments = dict(re.findall(r"^# (with|timeout|slow|docker|replaces)(?:: (\w+))?$", source, re.MULTILINE))
        if "with" in comments:
            source += "\n\n" + (FOLDER / "endings" / f"{comments['with']}.py").read_text()
        names = _PROBLEM.findall(source)
        marks = frozenset(comments) | {comments.get("with", "")}
        yield Attack(path.stem, source, names[-1] if names else "is_even", marks)


def _generated() -> Iterator[Attack]:
    """Programs that no file can hold."""
    honest = PROBLEMS["is_even"].canonical_program
    yield Attack("source_empty", "")
    yield Attack("source_nul_bytes", honest + "\0")
    yield Attack("source_lone_surrogate", f"x = '\ud800'\n{honest}")
    yield Attack("source_five_megabytes", "x = " + "1 + " * 1_250_000 + "\n", marks=frozenset({"timeout"}))
    yield Attack("source_deep_parentheses", "x = " + "(" * 100_000 + ")" * 100_000 + "\n")
    yield Attack("source_deep_operators", "x = " + "-" * 100_000 + "1\n", marks=frozenset({"replaces"}))
    yield Attack("source_encoding_line", "# coding: utf-7\n+AAo-def is_even(n):\n    return None\n")
    yield Attack("source_not_python", "```python\n" + honest + "```\n")
    yield Attack("source_record", "S\0\0\0\0V\0\0\0\x04true")


ATTACKS: Mapping[str, Attack] = {attack.name: attack for attack in (*_written(), *_generated())}


class _ShortLimits(ExpectedValues):
    """The same expected values, with limits short enough to run into."""

    def of(self, problem: CodeProblem, part: Part, sandbox: Sandbox) -> Expected:
        expected = super().of(problem, part, sandbox)
        times = dict.fromkeys(range(len(expected.results)), _ATTACK_LIMIT_S / LIMIT_FACTOR)
        return dataclasses.replace(expected, times_s=times)


@contextmanager
def host_values() -> Iterator[dict[str, str]]:
    """What attacks look for on the host: a folder with a file in it, a TCP, a Unix and an abstract server, a secret.

    Raises:
        AssertionError: one of them was touched.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="servecheck-attacks-", dir="/var/tmp")))
        folder.chmod(0o777)
        (folder / "canary").write_text("canary")
        (folder / "canary").chmod(0o666)
        abstract = f"servecheck-attacks-{folder.name}"
        servers = []
        for family, address in (
            (socket.AF_INET, ("127.0.0.1", 0)),
            (socket.AF_UNIX, str(folder / "socket")),
            (socket.AF_UNIX, f"\0{abstract}"),
        ):
            server = stack.enter_context(socket.socket(family))
            server.bind(address)
            server.listen()
            server.setblocking(False)
            servers.append(server)
        (folder / "socket").chmod(0o777)
        yield {"FOLDER": str(folder), "PORT": str(servers[0].getsockname()[1]), "ABSTRACT": abstract, "SECRET": SECRET}
        assert (folder / "canary").read_text() == "canary"
        assert sorted(path.name for path in folder.iterdir()) == ["canary", "socket"]
        for server in servers:
            try:
                server.accept()
            except BlockingIOError:
                continue
            raise AssertionError(f"a program connected to {server.getsockname()!r}")


class NotConfined(Exception):
    """The sandbox does not hold back a harmless program, so no hostile one may run in it."""


# Harmless: looks at its own user, its parent and two paths, and says what it is not kept from.
_PROBE = """\
import posix

def probe(folder):
    loose = []
    if posix.getuid() == 0 and posix.getppid() != 0:
        loose.append("it is root among the caller's processes")
    if posix.getppid() != 0 and DOCKER is False:
        loose.append("it has no PID namespace of its own")
    for path in (folder, "/etc/passwd"):
        try:
            posix.stat(path)
        except OSError:
            continue
        if path == folder or DOCKER is False:
            loose.append("it sees the host's " + path)
    return loose
"""


class Campaign:
    """Attacks one sandbox again and again, so that whatever an attack leaves behind meets the next program.

    Many attacks would do real harm if nothing held them: they signal all processes and write to kernel settings. So a
    harmless program asks first whether it is confined.

    Raises:
        NotConfined: it is not; nothing hostile has run.
    """

    def __init__(self, backend: SandboxBackend, values: Mapping[str, str]) -> None:
        self.sandbox = Sandbox(backend)
        self._values = values
        self._check_confined()
        self._short, self._usual = _ShortLimits("attacks" * 8), ExpectedValues("attacks" * 8)

    def _check_confined(self) -> None:
        docker = self.sandbox.backend.name == "docker"
        code = f"DOCKER = {docker}\n{_PROBE}"
        outcome = self.sandbox.execute(ProgramRun(code, "probe", json.dumps([[self._values["FOLDER"]]]), 1))
        isolation = self.sandbox.hello["isolation"]
        held = isolation["fresh_uid"] if docker else isolation["pid_namespace"] and not self.sandbox.hello["missing"]
        self.sandbox.release()
        if outcome.results != ["[]"] or not held:
            self.sandbox.close()
            raise NotConfined(
                f"no attack was run, because this sandbox does not confine programs here: {outcome.detail} "
                f"{outcome.results} {isolation}"
            )

    def source(self, attack: Attack) -> str:
        """The program, with the values of this run."""
        source = attack.source
        for name, value in self._values.items():
            source = source.replace(f"@{name}@", value)
        return source

    def run(self, attack: Attack) -> Result:
        """The attack, then the honest program for the same problem."""
        problem, source = PROBLEMS[attack.entry_point], self.source(attack)
        began = time.monotonic()
        verdict = grade(source, problem, self._short, self.sandbox)
        honest = grade(problem.canonical_program, problem, self._usual, self.sandbox)
        part = next((one for one in verdict.parts.values() if one.kind != "solved"), verdict.parts["plus"])
        return Result(
            attack.name,
            verdict.solved,
            part.kind,
            verdict.reason,
            honest.solved,
            honest.reason,
            round(time.monotonic() - began, 2),
        )


def main(names: list[str]) -> None:
    """Attack the process sandbox as whoever runs this."""
    from servecheck.sandbox.process import ProcessBackend

    with host_values() as values:
        campaign = Campaign(ProcessBackend(), values)
        print(json.dumps(dict(campaign.sandbox.hello)), flush=True)
        for name in names:
            print(json.dumps(dataclasses.asdict(campaign.run(ATTACKS[name]))), flush=True)
        campaign.sandbox.close()


if __name__ == "__main__":
    main(sys.argv[1:])
