"""The problems with more than one right answer: what EvalPlus takes, and what it does not."""

import decimal
import fractions
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.code.evalplus import grade
from servecheck.grading.code.expected_values import ExpectedValues
from servecheck.grading.code.oracles import Oracle, oracle_of
from servecheck.problems.code import CodeProblem, Dataset
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend

# Its id has no address in it, or workers would collect different tests.
NOTHING_KNOWN = pytest.param(object(), id="object()")

SETS = (
    "similar_elements find_char_long common_in_nested_lists extract_singly larg_nnum intersection_array "
    "find_dissimilar Diff"
).split()
PRESENCE = "check_str text_match_three text_starta_endb".split()
OTHERS = "are_equivalent sum_div surface_Area digit_distance_nums".split()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


def problem_of(
    name: str, solution: str = "", base: str = "[]", plus: str = "[]", *, dataset: Dataset = "mbpp", atol: float = 0
) -> CodeProblem:
    return CodeProblem(
        task_id=f"Own/{name}",
        prompt='"""A sentence."""\n',
        entry_point=name,
        canonical_solution=solution,
        base_input_json=base,
        plus_input_json=plus,
        atol=atol,
        dataset=dataset,
    )


def oracle(name: str, dataset: Dataset = "mbpp") -> Oracle:
    found = oracle_of(problem_of(name, dataset=dataset))
    assert found is not None
    return found


def passes(name: str, out: Any, expected: Any, *arguments: Any, before: float = 0, atol: float = 0) -> bool:
    return oracle(name).passes(out, expected, list(arguments), before, atol)


class TestWhoHasOne:
    @pytest.mark.parametrize("name", [*SETS, *PRESENCE, *OTHERS])
    def test_a_name_counts_in_its_own_data_set_alone(self, name: str) -> None:
        assert oracle_of(problem_of(name, dataset="mbpp")) is not None
        assert oracle_of(problem_of(name, dataset="humaneval")) is None

    def test_so_it_is_with_that_of_humaneval(self) -> None:
        assert oracle_of(problem_of("find_zero", dataset="humaneval")) is not None
        assert oracle_of(problem_of("find_zero", dataset="mbpp")) is None

    def test_other_problems_have_none(self) -> None:
        assert oracle_of(problem_of("add")) is None


class TestSets:
    @pytest.mark.parametrize("name", SETS)
    def test_order_number_and_kind_of_container_do_not_count(self, name: str) -> None:
        assert passes(name, [5, 4, 4], (4, 5))
        assert not passes(name, [5, 4, 3], (4, 5))
        assert not passes(name, [5], (4, 5))

    @pytest.mark.parametrize(
        ("out", "expected"), [("ba", ["a", "b"]), ({4: "x"}, [4]), (np.array([4.0, 5.0]), (4, 5)), ((), [])], ids=repr
    )
    def test_anything_that_has_members_is_taken_for_them(self, out: Any, expected: Any) -> None:
        assert passes("Diff", out, expected)

    @pytest.mark.parametrize(
        "out", [None, 4, [[4]], np.array([[4]]), np.array(4), NOTHING_KNOWN, [float("nan")]], ids=repr
    )
    def test_what_has_no_set_or_another_one_is_wrong(self, out: Any) -> None:
        assert not passes("Diff", out, [4])

    def test_a_tolerance_still_follows(self) -> None:
        assert passes("Diff", [1.0 + 1e-9], [1.0], atol=1e-6)
        assert not passes("Diff", (1.0 + 1e-9,), [1.0], atol=1e-6)

    def test_members_that_collide_cost_no_quadratic_time(self) -> None:
        colliding = [number * (2**61 - 1) for number in range(1, 20_000)]
        began = time.process_time()

        assert not passes("Diff", colliding, colliding)
        assert time.process_time() - began < 1


class TestPresence:
    @pytest.mark.parametrize("name", PRESENCE)
    @pytest.mark.parametrize(
        ("out", "expected", "right"),
        [
            (True, True, True),
            ("ab", True, True),
            (0, True, True),
            (np.array([1, 2]), True, True),
            (None, True, False),
            (False, True, False),
            (None, None, True),
            (False, None, True),
            (True, None, False),
            ("", None, False),
        ],
    )
    def test_none_is_no_and_anything_else_yes_but_a_bool_speaks_for_itself(
        self, name: str, out: Any, expected: Any, right: bool
    ) -> None:
        assert passes(name, out, expected) is right

    def test_the_canonical_solutions_false_is_a_yes(self) -> None:
        assert passes("check_str", True, False)
        assert not passes("check_str", False, False)


class TestOthers:
    @pytest.mark.parametrize("out", [True, False, None, "x", NOTHING_KNOWN, np.array([1])], ids=repr)
    def test_any_result_counts_as_equivalent(self, out: Any) -> None:
        assert passes("are_equivalent", out, True)

    def test_but_an_array_that_has_no_truth_value(self) -> None:
        assert not passes("are_equivalent", np.array([1, 2]), True)

    def test_a_sum_of_divisors_may_be_zero(self) -> None:
        assert passes("sum_div", 0, 7, 8)
        assert passes("sum_div", 7, 7, 8)
        assert not passes("sum_div", 1, 7, 8)
        assert not passes("sum_div", None, 7, 8)

    def test_the_height_of_a_pyramid_may_be_taken_for_another(self) -> None:
        # 3, 4: slant height 4 gives 33, and perpendicular height 4 gives 9 + 6 * sqrt(18.25) = 34.63
        assert passes("surface_Area", 33, 33, 3, 4)
        assert passes("surface_Area", 35, 33, 3, 4)
        assert passes("surface_Area", decimal.Decimal(35), 33, 3, 4)
        assert not passes("surface_Area", 34, 33, 3, 4)

    def test_with_the_tolerance_that_there_was_before_the_input(self) -> None:
        assert passes("surface_Area", 35.00005, 33, 3, 4, before=1e-4, atol=1e-4)
        assert not passes("surface_Area", 35.00005, 33.0, 3, 4, before=0, atol=1e-4)

    @pytest.mark.parametrize("out", [None, "35", [35], np.array([35, 35]), math.nan, 1 << 9999], ids=str)
    def test_what_is_no_such_number_is_wrong(self, out: Any) -> None:
        assert not passes("surface_Area", out, 33, 3, 4)

    def test_digits_may_be_compared_from_the_right(self) -> None:
        # 123 and 45: from the left |1-4| + |2-5| = 6, from the right |1-0| + |2-4| + |3-5| = 5
        assert passes("digit_distance_nums", 6, 6, 123, 45)
        assert passes("digit_distance_nums", 5, 6, 123, 45)
        assert not passes("digit_distance_nums", 4, 6, 123, 45)

    def test_numbers_without_such_digits_leave_the_canonical_value_alone(self) -> None:
        assert passes("digit_distance_nums", 6, 6, -123, 45)
        assert not passes("digit_distance_nums", 5, 6, -123, 45)


class TestZeroOfAPolynomial:
    def is_zero(self, coefficients: list[float], out: Any, expected: float = 99.0) -> bool:
        return oracle("find_zero", "humaneval").passes(out, expected, [coefficients], 1e-4, 1e-4)

    def test_a_zero_within_the_tolerance(self) -> None:
        assert self.is_zero([-6.0, 11.0, -6.0, 1.0], 2.0 + 5e-5)
        assert not self.is_zero([-6.0, 11.0, -6.0, 1.0], 2.5)

    def test_nearness_to_the_canonical_value_does_not_count(self) -> None:
        assert not self.is_zero([-1e6, 1e6], 1.0 + 5e-5, 1.0)

    @pytest.mark.parametrize("out", [None, "1", [1.0], 1j, math.nan, math.inf, 10**400, np.array([1.0, 1.0])], ids=repr)
    def test_what_is_no_zero_at_all(self, out: Any) -> None:
        assert not self.is_zero([-1.0, 1.0], out)

    @pytest.mark.parametrize("out", [1, True, np.float64(1), decimal.Decimal(1), fractions.Fraction(1)], ids=repr)
    def test_numbers_of_any_type(self, out: Any) -> None:
        assert self.is_zero([-1.0, 1.0], out)


class TestGraded:
    """Through a real sandbox, where results travel as text and some have none."""

    @pytest.fixture
    def verdict(self, sandbox: Sandbox, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path))

        def run(problem: CodeProblem, program: str) -> Verdict:
            return grade(program, problem, ExpectedValues("cd" * 32), sandbox)

        return run

    @pytest.fixture
    def differ(self) -> CodeProblem:
        return problem_of("Diff", "def Diff(a, b): return sorted(set(a) - set(b))\n", "[[[1, 2, 3], [2]]]")

    @pytest.fixture
    def check(self) -> CodeProblem:
        solution = "import re\ndef check_str(text): return re.search('^a', text)\n"
        return problem_of("check_str", solution, '[["abc"], ["xyz"]]')

    @pytest.mark.parametrize(
        "value",
        [
            "(x for x in a if x not in b)",
            "filter(lambda x: x not in b, a)",
            "{0: 1, 1: 3}.values()",
            "range(1, 4, 2)",
            "[1, 3] * 4000",
        ],
    )
    def test_what_only_yields_members_is_taken_for_them(self, verdict: Any, differ: CodeProblem, value: str) -> None:
        assert verdict(differ, f"def Diff(a, b): return {value}").solved

    def test_other_members_are_wrong(self, verdict: Any, differ: CodeProblem) -> None:
        got = verdict(differ, "def Diff(a, b): return (x for x in a)")

        assert got.parts["base"].failing_input == 0
        assert got.parts["base"].reason == (
            "wrong answer at base input 0: Diff([1, 2, 3], [2]) gave frozenset({1, 2, 3}), "
            "expected the members of [1, 3]"
        )

    def test_what_yields_nothing_or_raises_is_no_answer(self, verdict: Any, differ: CodeProblem) -> None:
        assert verdict(differ, "def Diff(a, b): return object()").parts["base"].kind == "exception"
        assert verdict(differ, "def Diff(a, b): return (1 // x for x in [0])").parts["base"].kind == "exception"

    def test_a_long_value_is_not_read(
        self, verdict: Any, differ: CodeProblem, check: CodeProblem, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sandbox, "fetch", None)

        got = verdict(differ, "def Diff(a, b): return [1, 3] * (1 << 19)")

        assert got.parts["base"].reason.endswith(
            "gave a value of more than 1,048,576 bytes, expected the members of [1, 3]"
        )
        assert verdict(check, "def check_str(text): return 'x' * (2 << 20) if text[0] == 'a' else None").solved

    @pytest.mark.parametrize(
        "value", ["re.match('a', text)", "text[0] == 'a'", "iter(text) if text[0] == 'a' else None"]
    )
    def test_a_match_has_no_text_but_is_there(self, verdict: Any, check: CodeProblem, value: str) -> None:
        assert verdict(check, f"import re\ndef check_str(text): return {value}").solved

    @pytest.mark.parametrize(
        ("value", "index", "wanted"), [("None", 0, "True or a match"), ("object()", 1, "None or False")]
    )
    def test_a_match_where_there_is_none_is_wrong(
        self, verdict: Any, check: CodeProblem, value: str, index: int, wanted: str
    ) -> None:
        got = verdict(check, f"def check_str(text): return {value}")

        assert got.parts["base"].failing_input == index
        assert got.parts["base"].reason.endswith(f"expected {wanted}")

    def test_the_same_text_as_the_canonical_solutions_does_not_decide(self, verdict: Any) -> None:
        problem = problem_of("check_str", "def check_str(text): return False\n", '[["abc"]]')

        assert not verdict(problem, problem.canonical_program).solved

    def test_the_name_in_another_data_set_is_compared_as_usual(self, verdict: Any, differ: CodeProblem) -> None:
        other = replace(differ, dataset="humaneval")

        assert not verdict(other, "def Diff(a, b): return [3, 1]").solved
        assert verdict(differ, "def Diff(a, b): return [3, 1]").solved
