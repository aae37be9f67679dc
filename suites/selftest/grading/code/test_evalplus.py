"""Verdicts on whole programs, through a real sandbox: what passes, what fails, and what the reason tells people."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from servecheck.errors import SandboxError
from servecheck.evaluation.verdict import PartVerdict, Verdict
from servecheck.grading.code.evalplus import grade, no_program
from servecheck.grading.code.expected_values import Expected, ExpectedValues
from servecheck.problems.code import CodeProblem
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.sandbox.protocol import Outcome
from servecheck.sandbox.wire import Large

_HALF = CodeProblem(
    task_id="Own/1",
    prompt="def half(x):\n",
    entry_point="half",
    canonical_solution="    return x / 2 if x % 3 else x // 3\n",
    base_input_json="[[3], [1], [6], [300000000]]",
    plus_input_json="[[9], [2]]",
    atol=0,
)
_FILL = CodeProblem(
    task_id="Own/2",
    prompt="def fill(value, n):\n",
    entry_point="fill",
    canonical_solution="    return [value] * n\n",
    base_input_json="[[0, 1], [1, 300]]",
    plus_input_json="[[0.5, 1], [1, 300], [0.5, 300]]",
    atol=0,
)
_TEXT = CodeProblem(
    task_id="Own/3",
    prompt="def text(n):\n",
    entry_point="text",
    canonical_solution="    return 'x' * n\n",
    base_input_json="[[300]]",
    plus_input_json="[[1]]",
    atol=0,
)
_FIND_ZERO = CodeProblem(
    task_id="Own/32",
    prompt="def find_zero(xs):\n",
    entry_point="find_zero",
    canonical_solution="    return -xs[0] / xs[1]\n",
    base_input_json="[[[1, 2]]]",
    plus_input_json="[[[-6, 3]], [[5, 1]]]",
    atol=1e-4,
)
Grade = Callable[[CodeProblem, str], Verdict]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def expected_values(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExpectedValues]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield ExpectedValues("ab" * 32)


@pytest.fixture
def verdict(sandbox: Sandbox, expected_values: ExpectedValues) -> Grade:
    return lambda problem, program: grade(program, problem, expected_values, sandbox)


class TestSolved:
    @pytest.mark.parametrize("problem", [_HALF, _FILL, _TEXT, _FIND_ZERO], ids=lambda problem: problem.entry_point)
    def test_the_canonical_program(self, verdict: Grade, problem: CodeProblem) -> None:
        got = verdict(problem, problem.canonical_program)

        assert got == Verdict(score=1.0, parts=dict.fromkeys(("base", "plus"), PartVerdict("solved")))
        assert (got.solved, got.reason, got.parts["base"].status) == (True, "", "pass")

    def test_equal_values_of_other_types(self, verdict: Grade) -> None:
        program = "import numpy\ndef half(x): return numpy.float64(x / 2) if x % 3 else float(x // 3)"

        assert verdict(_HALF, program).solved

    def test_inexact_floats_within_the_tolerance(self, verdict: Grade) -> None:
        assert verdict(_HALF, "def half(x): return x / 2 + 1e-9 if x % 3 else x // 3").solved


class TestWrongAnswer:
    def test_the_reason_names_part_input_got_and_expected(self, verdict: Grade) -> None:
        got = verdict(_HALF, "def half(x): return x // 3")

        assert got.parts["base"] == PartVerdict(
            "wrong_answer", "wrong answer at base input 1: half(1) gave 0, expected 0.5", 1
        )
        assert got.parts["plus"].reason == "wrong answer at plus input 1: half(2) gave 0, expected 1.0"
        assert (got.solved, got.reason, got.parts["base"].status) == (False, got.parts["base"].reason, "fail")

    def test_plus_is_graded_although_base_failed(self, verdict: Grade) -> None:
        program = "def half(x): return x / 2 if x % 3 else (x // 3 if x == 9 else None)"

        got = verdict(_HALF, program)

        assert (got.parts["base"].kind, got.parts["plus"].kind) == ("wrong_answer", "solved")
        assert not got.solved

    def test_base_right_and_plus_wrong(self, verdict: Grade) -> None:
        got = verdict(_HALF, "def half(x): return x / 2 if x % 3 else (None if x == 9 else x // 3)")

        assert (got.parts["base"].kind, got.parts["plus"].failing_input, got.solved) == ("solved", 0, False)
        assert got.reason == "wrong answer at plus input 0: half(9) gave None, expected 3"

    def test_tolerance_holds_from_the_first_float_on_only(self, verdict: Grade) -> None:
        early = verdict(_HALF, "def half(x): return x / 2 if x % 3 else x // 3 + (x == 3) * 1e-9")
        late = verdict(_HALF, "def half(x): return x / 2 if x % 3 else x // 3 + (x > 10)")

        assert early.parts["base"].failing_input == 0
        assert late.parts["base"].kind == "solved"

    def test_nan_is_not_equal_to_nan(self, verdict: Grade) -> None:
        problem = replace(_FILL, canonical_solution="    return [float('nan')] * n\n", task_id="Own/4")

        got = verdict(problem, problem.canonical_program)

        assert (got.parts["base"].kind, got.parts["base"].failing_input) == ("wrong_answer", 0)

    def test_what_cannot_be_written_is_wrong(self, verdict: Grade) -> None:
        got = verdict(_HALF, "def half(x): return iter([x])")

        assert got.parts["base"].kind == "wrong_answer"
        assert got.parts["base"].reason == "wrong answer at base input 0: half(3): a value of type list_iterator"

    def test_a_forged_text_that_is_no_value_is_wrong(self, verdict: Grade) -> None:
        forge = "import os, struct\ndef half(x):\n  os.write(3, b'V' + struct.pack('>I', 4) + b'{[1}')\n  os._exit(0)"

        assert verdict(_HALF, forge).parts["base"].kind == "wrong_answer"

    def test_huge_integers_and_control_characters_are_shown_safely(self, verdict: Grade) -> None:
        huge = verdict(_HALF, "def half(x): return 1 << 14999")
        control = verdict(_HALF, "def half(x): return '\\x1b[2J\\n'")

        assert "gave an integer of 15000 bits, expected 1" in huge.parts["base"].reason
        assert control.parts["base"].reason.isprintable()


class TestLongValues:
    def test_equal_long_values_are_not_fetched(self, verdict: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
        verdict(_FILL, _FILL.canonical_program)
        monkeypatch.setattr(Sandbox, "fetch", None)

        assert verdict(_FILL, _FILL.canonical_program).solved

    def test_other_texts_of_equal_values_are_fetched_and_pass(self, verdict: Grade) -> None:
        assert verdict(_FILL, "def fill(value, n): return [float(value)] * n").solved
        assert verdict(_FILL, "import numpy\ndef fill(value, n): return [numpy.float64(value)] * n").solved

    def test_long_values_within_the_tolerance_pass(self, verdict: Grade) -> None:
        program = "def fill(value, n): return [value + 1e-9 * (n > 1 and value == 0.5)] * n"

        assert verdict(_FILL, program).solved

    def test_long_values_that_differ_are_wrong_and_shown_short(self, verdict: Grade) -> None:
        got = verdict(_FILL, "def fill(value, n): return [value] * (n - (n > 1)) + [2] * (n > 1)")

        assert got.parts["base"].failing_input == 1
        assert got.parts["base"].reason == (
            "wrong answer at base input 1: fill(1, 300) gave [1, 1, 1, 1, 1, 1, 1, 1, ...], "
            "expected [1, 1, 1, 1, 1, 1, 1, 1, ...]"
        )

    def test_long_texts_that_differ_are_wrong_unread(self, verdict: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
        verdict(_TEXT, _TEXT.canonical_program)
        monkeypatch.setattr(Sandbox, "fetch", None)

        got = verdict(_TEXT, "def text(n): return 'y' * n")

        assert got.parts["base"].kind == "wrong_answer"
        assert 'gave "yyy' in got.parts["base"].reason

    def test_a_value_far_longer_than_the_expected_one_is_wrong_unread(
        self, verdict: Grade, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        verdict(_HALF, _HALF.canonical_program)
        monkeypatch.setattr(Sandbox, "fetch", None)

        got = verdict(_HALF, "def half(x): return [[]] * 5000")

        assert got.parts["base"].kind == "wrong_answer"
        assert got.parts["base"].reason.endswith("expected a far shorter value")

    def test_the_longest_way_to_write_an_equal_value_passes(self, verdict: Grade) -> None:
        name = "A" * 90
        program = f"class {name}(int): pass\ndef fill(value, n): return [{name}(value) if value != .5 else value] * n"

        assert verdict(_FILL, program).solved

    def test_a_long_subclass_of_text_is_fetched_and_passes(self, verdict: Grade) -> None:
        assert verdict(_TEXT, "class S(str): pass\ndef text(n): return S('x' * n)").solved

    def test_letters_that_look_like_a_nan_are_letters(self, verdict: Grade) -> None:
        problem = replace(_TEXT, task_id="Own/nan", canonical_solution="    return ',NaN' * n\n")

        assert verdict(problem, "def text(n): return ',NaN' * n").solved

    def test_a_long_list_for_a_long_text_is_not_read(self, verdict: Grade) -> None:
        got = verdict(_TEXT, "def text(n): return ['x'] * n")

        assert got.parts["base"].kind == "wrong_answer"

    def test_a_short_value_for_a_long_one(self, verdict: Grade) -> None:
        assert verdict(_FILL, "def fill(value, n): return [value]").parts["base"].failing_input == 1


class TestUnfinished:
    def test_exception(self, verdict: Grade) -> None:
        got = verdict(_HALF, "def half(x): return 6 / (x - 6) if x == 6 else (x / 2 if x % 3 else x // 3)")

        assert got.parts["base"] == PartVerdict(
            "exception", "exception at base input 2: half(6): ZeroDivisionError: division by zero", 2
        )
        assert got.parts["plus"].kind == "solved"

    def test_an_earlier_wrong_answer_counts_before_a_later_exception(self, verdict: Grade) -> None:
        got = verdict(_HALF, "def half(x): return None if x == 3 else 1 / 0")

        assert (got.parts["base"].kind, got.parts["base"].failing_input) == ("wrong_answer", 0)

    def test_a_program_that_ends_itself(self, verdict: Grade) -> None:
        got = verdict(_HALF, "import os\nos._exit(0)")

        assert got.parts["base"].kind == got.parts["plus"].kind == "exception"
        assert got.parts["base"].status == "timeout"  # as EvalPlus calls a process that ends without a status
        assert got.reason == "exception while loading: it ended the process with code 0"

    def test_the_input_that_ended_it_is_named_though_earlier_results_were_lost(self, verdict: Grade) -> None:
        got = verdict(_HALF, "import os\ndef half(x): return os._exit(1) if x == 6 else (x / 2 if x % 3 else x // 3)")

        assert got.reason == "exception at base input 2: half(6): it ended the process with code 1"

    def test_a_text_of_an_exception_is_made_safe(self, verdict: Grade) -> None:
        got = verdict(_HALF, "raise ValueError('\\x1b]0;title\\x07\\n' * 99)")

        assert got.reason.isprintable()
        assert len(got.reason) < 300

    def test_memory(self, verdict: Grade) -> None:
        assert verdict(_HALF, "def half(x): return bytes(1 << 34)").parts["base"].kind == "memory"

    @pytest.mark.parametrize(
        ("status", "kind", "in_evalplus"),
        [
            ("timeout", "timeout", "fail"),
            ("total_timeout", "timeout", "timeout"),
            ("killed_runner", "killed_runner", "timeout"),
            ("malformed", "malformed", "fail"),
            ("output_limit", "output_limit", "fail"),
        ],
    )
    def test_other_ends_are_kinds_of_their_own(
        self,
        verdict: Grade,
        sandbox: Sandbox,
        monkeypatch: pytest.MonkeyPatch,
        status: Any,
        kind: str,
        in_evalplus: str,
    ) -> None:
        verdict(_HALF, _HALF.canonical_program)
        monkeypatch.setattr(sandbox, "execute", lambda _: Outcome(status, "why", ["1"], at=1))

        got = verdict(_HALF, "")

        assert (got.parts["base"].kind, got.parts["base"].failing_input) == (kind, 1)
        assert got.parts["base"].reason == f"{kind.replace('_', ' ')} at base input 1: half(1): why"
        assert got.parts["base"].status == in_evalplus

    def test_an_end_after_every_right_result_is_not_solved(
        self, verdict: Grade, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        verdict(_HALF, _HALF.canonical_program)
        monkeypatch.setattr(sandbox, "execute", lambda _: Outcome("died", "why", ["1", "0.5", "2", "100000000"], at=4))

        assert verdict(_HALF, "").parts["base"].reason == "exception after the last base input: why"

    def test_a_program_gets_the_limits_of_its_problem(
        self, sandbox: Sandbox, expected_values: ExpectedValues, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs = []
        expected = Expected(["1", "2"], {1: 2.0}, None)
        monkeypatch.setattr(expected_values, "of", lambda *_: expected)
        monkeypatch.setattr(sandbox, "execute", lambda run: runs.append(run) or Outcome("complete", "", ["1", "2"]))

        grade("", _HALF, expected_values, sandbox)

        assert [run.inputs for run in runs] == [_HALF.base_input_json, _HALF.plus_input_json]
        assert [(run.limits_s, run.total_limit_s, run.count, run.timings) for run in runs] == [
            ({1: 8.0}, 14.0, 2, False)
        ] * 2

    def test_no_program_is_solved_where_the_canonical_solution_returns_too_much(
        self, sandbox: Sandbox, expected_values: ExpectedValues, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(expected_values, "of", lambda *_: Expected(["3"], {}, None, incomplete=True))

        right = grade("def half(x): return 3 if x in (3, 9) else 1 / 0", _HALF, expected_values, sandbox)
        wrong = grade("def half(x): return None", _HALF, expected_values, sandbox)

        assert (right.parts["plus"].kind, right.parts["plus"].failing_input, right.parts["plus"].status) == (
            "output_limit",
            1,
            "fail",
        )
        assert right.parts["plus"].reason == (
            "output limit at plus input 1: half(2): the problem's own solution returns more than any program may, "
            "so none is solved"
        )
        assert wrong.parts["plus"].failing_input == 0

    def test_a_broken_sandbox_is_no_verdict_and_the_problem_is_released(
        self, verdict: Grade, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        released = []

        def broken(run: object) -> Outcome:
            raise SandboxError("broken")

        monkeypatch.setattr(sandbox, "execute", broken)
        monkeypatch.setattr(sandbox, "release", lambda: released.append(True))

        with pytest.raises(SandboxError, match="broken"):
            verdict(_HALF, "")
        assert released == [True]


class TestFindZero:
    def test_any_zero_within_the_tolerance_passes(self, verdict: Grade) -> None:
        assert verdict(_FIND_ZERO, "def find_zero(xs): return -xs[0] / xs[1] + 1e-6").solved
        assert verdict(_FIND_ZERO, "import numpy\ndef find_zero(xs): return numpy.float64(-xs[0] / xs[1])").solved

    def test_another_value_is_wrong(self, verdict: Grade) -> None:
        got = verdict(_FIND_ZERO, "def find_zero(xs): return 0.25")

        assert (
            got.parts["base"].reason
            == "wrong answer at base input 0: find_zero([1, 2]) gave 0.25, expected a zero of the polynomial"
        )

    def test_the_input_is_judged_as_it_was_given(self, verdict: Grade) -> None:
        """EvalPlus evaluates what the call has left of it, so that clearing it passes there."""
        assert not verdict(_FIND_ZERO, "def find_zero(xs):\n  xs.clear()\n  return 0.0").solved

    @pytest.mark.parametrize("out", ["None", "'0'", "[0.0]", "float('nan')", "[0.5] * 300"])
    def test_what_is_no_number_is_wrong(self, verdict: Grade, out: str) -> None:
        assert verdict(_FIND_ZERO, f"def find_zero(xs): return {out}").parts["base"].kind == "wrong_answer"


def test_a_reply_without_a_program_is_wrong_in_both_parts() -> None:
    got = no_program("no code in the reply")

    assert (got.solved, got.reason, got.parts["base"].kind, got.parts["plus"].kind) == (
        False,
        "no code in the reply",
        "no_program",
        "no_program",
    )


def test_isolation_by_problem_ends_the_runner(expected_values: ExpectedValues) -> None:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30, isolation="problem") as sandbox:
        assert grade(_HALF.canonical_program, _HALF, expected_values, sandbox).solved
        with pytest.raises(SandboxError, match="replaced"):
            sandbox.fetch(0, Large("", 0, False, ""))
