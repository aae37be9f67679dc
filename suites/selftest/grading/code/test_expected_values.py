"""Expected values: computed once, kept under a key of all that could change them, recomputed where they are long."""

import json
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import SandboxError
from servecheck.grading.code import expected_values
from servecheck.grading.code.expected_values import Expected, ExpectedValues, Part, WholeTexts
from servecheck.problems.code import CodeProblem
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.sandbox.wire import Large, decode

_SHA256 = "ab" * 32


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path))
    return tmp_path / "references"


@pytest.fixture
def problem() -> CodeProblem:
    """Returns ``x`` times 1, or that a hundred times over."""
    return CodeProblem(
        task_id="Own/0",
        prompt="def f(x, n):\n",
        entry_point="f",
        canonical_solution="    return x if n == 1 else [x] * n\n",
        base_input_json="[[1, 1], [2.5, 1], [3, 1]]",
        plus_input_json='[[1, 300], ["a", 300], [{"a": 1}, 1]]',
        atol=0,
    )


class NoSandbox:
    """Says what it is, and runs nothing: whatever is asked of it must be known already."""

    def __init__(self, **hello: str) -> None:
        self.hello = hello


def refusing(sandbox: Sandbox, **changed: str) -> Any:
    return NoSandbox(**{**sandbox.hello, **changed})


class TestExpected:
    def test_values_are_the_canonical_solutions(self, problem: CodeProblem, sandbox: Sandbox) -> None:
        base = ExpectedValues(_SHA256).of(problem, "base", sandbox)

        assert base.results == ["1", "2.5", "3"]
        assert base.first_floats == 1

    def test_long_values_are_digests(self, problem: CodeProblem, sandbox: Sandbox) -> None:
        plus = ExpectedValues(_SHA256).of(problem, "plus", sandbox)

        assert [type(result) for result in plus.results] == [Large, Large, str]
        assert plus.first_floats is None

    def test_long_floats_are_found_too(self, problem: CodeProblem, sandbox: Sandbox) -> None:
        inputs = '[["a", 300], [1, 300], [0.5, 300], [0.5, 1]]'

        base = ExpectedValues(_SHA256).of(replace(problem, base_input_json=inputs), "base", sandbox)

        assert base.first_floats == 2

    def test_a_solution_that_does_not_finish_is_no_programs_fault(self, problem: CodeProblem, sandbox: Sandbox) -> None:
        broken = replace(problem, canonical_solution="    return 1 / 0\n")

        with pytest.raises(SandboxError, match=r"Own/0's own solution does not finish .*ZeroDivisionError"):
            ExpectedValues(_SHA256).of(broken, "base", sandbox)

    def test_a_result_too_long_to_keep_ends_what_is_expected(
        self, problem: CodeProblem, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(expected_values, "_OWN_OUTPUT_BYTES", 2000)

        plus = ExpectedValues(_SHA256).of(
            replace(problem, plus_input_json="[[1, 1], [7, 9999], [2, 1]]"), "plus", sandbox
        )

        assert (plus.results, plus.incomplete) == (["1"], True)
        assert not ExpectedValues(_SHA256).of(problem, "base", sandbox).incomplete

    def test_inputs_are_rebuilt(self, problem: CodeProblem, sandbox: Sandbox) -> None:
        tuples = replace(problem, rebuild=lambda arguments: [tuple(arguments[0]), arguments[1]])
        tuples = replace(tuples, base_input_json="[[[1], 1]]", plus_input_json="[[[1], 300]]")
        of_set = ExpectedValues(_SHA256)

        assert of_set.of(tuples, "base", sandbox).results == ['{"tuple":[1]}']
        assert decode(texts(of_set, tuples, "plus", sandbox).text(0)) == [(1,)] * 300


class TestLimits:
    @pytest.mark.parametrize(
        ("count", "times_s", "total_s"),
        [
            (1, {}, 4 + 2),
            (3, {}, 12 + 2),
            (15, {}, 60 + 2),
            (1000, {}, 60 + 2),
            (2, {1: 1.5}, 4 + 6 + 2),
            (1, {0: 7.2}, 28.8 + 2),
            (3, {0: 20.0}, 60 + 2),
            (0, {}, 2),
        ],
    )
    def test_total_is_the_sum_of_limits_up_to_a_minute_and_two_seconds(
        self, count: int, times_s: dict[int, float], total_s: float
    ) -> None:
        assert Expected(["1"] * count, times_s, None).total_limit_s == pytest.approx(total_s)

    def test_an_input_may_take_four_times_as_long_as_the_canonical_solution(self) -> None:
        assert Expected(["1"] * 3, {1: 1.5}, None).limits_s == {1: 6.0}

    def test_output_is_four_times_the_canonical_one_and_64_mebibytes_at_least(self) -> None:
        assert Expected(["1"] * 9, {}, None).output_bytes == 64 << 20
        assert Expected(["1", Large("", 100 << 20, False, "")], {}, None).output_bytes == 4 * ((100 << 20) + 1)

    def test_times_are_kept_only_where_they_raise_a_limit(
        self, problem: CodeProblem, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        execute = sandbox.execute
        monkeypatch.setattr(sandbox, "execute", lambda run: replace(execute(run), timings=[0.9, 1.0, 1.1]))

        assert ExpectedValues(_SHA256).of(problem, "base", sandbox).times_s == {2: 1.1}


class TestCache:
    def test_a_second_run_reads_what_the_first_computed(
        self, problem: CodeProblem, sandbox: Sandbox, cache: Path
    ) -> None:
        computed = {part: ExpectedValues(_SHA256).of(problem, part, sandbox) for part in ("base", "plus")}

        for part, expected in computed.items():
            assert ExpectedValues(_SHA256).of(problem, part, refusing(sandbox)) == expected
        assert len(list(cache.rglob("*.z"))) == len(list(cache.rglob("*.*"))) - 1 == 2

    def test_times_that_raise_limits_are_kept(
        self, problem: CodeProblem, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        execute = sandbox.execute
        with monkeypatch.context() as patch:
            patch.setattr(sandbox, "execute", lambda run: replace(execute(run), timings=[0.9, 1.0, 1.1]))
            ExpectedValues(_SHA256).of(problem, "base", sandbox)

        assert ExpectedValues(_SHA256).of(problem, "base", refusing(sandbox)).limits_s == {2: 4.4}

    @pytest.mark.parametrize("changed", ["implementation", "python", "numpy"])
    def test_another_interpreter_or_numpy_has_values_of_its_own(
        self, problem: CodeProblem, sandbox: Sandbox, changed: str
    ) -> None:
        ExpectedValues(_SHA256).of(problem, "base", sandbox)

        with pytest.raises(AttributeError, match="execute"):
            ExpectedValues(_SHA256).of(problem, "base", refusing(sandbox, **{changed: "another"}))

    def test_other_runner_sources_have_values_of_their_own(
        self, problem: CodeProblem, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ExpectedValues(_SHA256).of(problem, "base", sandbox)
        source = tmp_path / "encoding.py"
        source.write_text("changed")
        monkeypatch.setattr(expected_values, "runner_files", lambda: [source])

        with pytest.raises(AttributeError, match="execute"):
            ExpectedValues(_SHA256).of(problem, "base", refusing(sandbox))

    def test_another_problem_file_solution_or_input_has_values_of_its_own(
        self, problem: CodeProblem, sandbox: Sandbox
    ) -> None:
        ExpectedValues(_SHA256).of(problem, "base", sandbox)
        solution = replace(problem, canonical_solution="    return x\n")
        rebuilt = replace(problem, rebuild=lambda arguments: [(arguments[0],), arguments[1]])

        for of_set, asked in (
            (ExpectedValues("cd" * 32), problem),
            (ExpectedValues(_SHA256), solution),
            (ExpectedValues(_SHA256), rebuilt),
        ):
            with pytest.raises(AttributeError, match="execute"):
                of_set.of(asked, "base", refusing(sandbox))

    @pytest.mark.parametrize(
        "damage",
        [
            b"",
            b"no zlib",
            zlib.compress(b"{}")[:-3],
            zlib.compress(b"no json"),
            zlib.compress(b"[]"),
            zlib.compress(b"{}"),
            zlib.compress(
                json.dumps({"results": ["#"], "times_s": {}, "first_floats": None, "incomplete": False}).encode()
            ),
            zlib.compress(
                json.dumps({"results": [1], "times_s": {}, "first_floats": None, "incomplete": False}).encode()
            ),
        ],
    )
    def test_a_damaged_file_is_computed_and_written_again(
        self, problem: CodeProblem, sandbox: Sandbox, cache: Path, damage: bytes
    ) -> None:
        expected = ExpectedValues(_SHA256).of(problem, "base", sandbox)
        [file] = cache.rglob("*.z")
        file.write_bytes(damage)

        assert ExpectedValues(_SHA256).of(problem, "base", sandbox) == expected
        assert ExpectedValues(_SHA256).of(problem, "base", refusing(sandbox)) == expected


def texts(of_set: ExpectedValues, problem: CodeProblem, part: Part, sandbox: Sandbox) -> WholeTexts:
    return WholeTexts(problem, part, of_set.of(problem, part, sandbox), sandbox)


class TestWholeTexts:
    def test_a_short_value_is_at_hand(self, problem: CodeProblem, sandbox: Sandbox) -> None:
        base = ExpectedValues(_SHA256).of(problem, "base", sandbox)

        assert WholeTexts(problem, "base", base, refusing(sandbox)).text(1) == "2.5"

    def test_a_long_value_is_computed_again_beside_the_sandbox_in_use(
        self, problem: CodeProblem, sandbox: Sandbox
    ) -> None:
        assert decode(texts(ExpectedValues(_SHA256), problem, "plus", sandbox).text(0)) == [1] * 300

    def test_however_many_are_asked_for_the_solution_runs_twice(
        self, problem: CodeProblem, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once for the first, after which most wrong programs are judged, and once for all that follow."""
        many = replace(problem, plus_input_json=json.dumps([[number, 300 * (number % 5 != 0)] for number in range(50)]))
        whole = texts(ExpectedValues(_SHA256), many, "plus", sandbox)
        execute, runs = sandbox.sibling.execute, list[int]()
        monkeypatch.setattr(sandbox.sibling, "execute", lambda run: (runs.append(run.count), execute(run))[1])

        values = [decode(whole.text(number)) for number in range(50)]

        assert values == [[number] * (300 * (number % 5 != 0)) for number in range(50)]
        assert runs == [1, 39]

    def test_a_value_that_has_changed_is_an_error_of_the_run(self, problem: CodeProblem, sandbox: Sandbox) -> None:
        changing = replace(problem, canonical_solution="    import time\n    return [time.time_ns()] * n\n")

        with pytest.raises(SandboxError, match=r"returns another value for plus input 0 .* remove .*references"):
            texts(ExpectedValues(_SHA256), changing, "plus", sandbox).text(0)


def test_without_a_cache_that_takes_anything_values_are_computed_and_that_is_said_once(
    problem: CodeProblem, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "file"))
    of_set = ExpectedValues(_SHA256)

    with pytest.warns(UserWarning, match="set SERVECHECK_CACHE_DIR to a folder that can be written to"):
        base = of_set.of(problem, "base", sandbox)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plus = of_set.of(problem, "plus", sandbox)
    assert base.results
    assert plus.results
