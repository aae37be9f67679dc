"""Unsolved is an outcome of its own everywhere: terminal, JUnit, exit code, last failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from servecheck.errors import InfraError, NotAsked, Unsolved
from servecheck.plugin import outcomes

from suites.selftest.plugin.conftest import Finished
from suites.selftest.plugin.test_fixtures import DECLARATION
from suites.selftest.records import record

UNSOLVED = ["Starter/0", "Starter/1", "Starter/2", "Starter/5", "Starter/7", "Starter/8"]


def test_an_unsolved_problem_is_counted_neither_passed_nor_failed(mixed):
    assert "38 passed, 6 unsolved" in mixed.last_line()


def test_letters_of_unsolved_and_solved(mixed):
    line = next(line for line in mixed.lines if line.startswith("suites/humaneval/test_humaneval.py"))

    assert line.split()[1] == "uuu..u.uu" + 35 * "."


def test_the_summary_names_each_unsolved_problem_with_its_reason(mixed):
    assert "unsolved     6: 4 wrong answer, 2 no program" in mixed.lines
    assert "  Starter/1  wrong answer at plus input 1: weighted_mean([7], [1, 2, 3]) gave 1.1666666666666667, " in (
        mixed.output
    )
    assert any(line.startswith("  Starter/7  the reply is empty") for line in mixed.lines)


def test_in_junit_it_is_a_skipped_case_with_the_reason(mixed):
    case = mixed.cases["test_humaneval[Starter/1]"]

    assert [child.tag for child in case] == ["properties", "skipped"]
    assert case.find("skipped").attrib["message"].startswith("unsolved: wrong answer at plus input 1: weighted_mean(")


def test_in_junit_every_case_says_verdict_base_and_plus(mixed):
    properties = {
        p.attrib["name"]: p.attrib["value"] for p in mixed.cases["test_humaneval[Starter/0]"].iter("property")
    }

    assert properties == {"verdict": "wrong_answer", "base": "pass", "plus": "fail", "seconds": "0.0"}


def test_a_solved_case_is_a_plain_pass_in_junit(mixed):
    assert [child.tag for child in mixed.cases["test_humaneval[Starter/3]"]] == ["properties"]


@pytest.mark.slow
def test_last_failed_selects_the_unsolved_and_nothing_else(suite, written, mixed_rows, tmp_path):
    option, cache = written(mixed_rows), f"cache_dir={tmp_path}"
    suite(option, "--profile=reference", "-o", cache)

    again = suite(option, "--profile=reference", "-o", cache, "--lf")

    assert "run-last-failure: rerun previous 6 failures" in again.output
    assert [record["task_id"] for record in again.verdicts] == UNSOLVED


@pytest.mark.slow
def test_runxfail_does_not_turn_it_into_a_pass(suite, written, mixed_rows, mixed):
    run = suite(written(mixed_rows), "--profile=reference", "--runxfail")

    assert (run.code, run.solved) == (mixed.code, mixed.solved)
    assert "38 passed, 6 unsolved" in run.last_line()


@pytest.mark.slow
def test_strict_problems_makes_every_unsolved_problem_a_failed_test(suite, written, mixed_rows, mixed):
    run = suite(written(mixed_rows), "--profile=reference", "--strict-problems")

    assert (run.code, run.solved, run.gate) == (mixed.code, mixed.solved, mixed.gate)
    assert run.last_line().startswith("7 failed, 38 passed")  # the gate is one of them
    assert run.cases["test_humaneval[Starter/7]"].find("failure").text.startswith("unsolved: the reply is empty")


@pytest.fixture(scope="module")
def mention_excused(suite, project_with) -> Callable[..., Finished]:
    """Run a suite whose one test says that before it has its case graded, with a marker in front of it."""

    def run(said: str, *arguments: str, marker: str = "") -> Finished:
        test = f"import pytest\n\n\n{marker}def test_mention(case, grade, request):\n    {said}\n    grade(case)\n"
        root = project_with(suites={"mention": {"suite.py": DECLARATION, "test_mention.py": test}})
        return suite("-m", "mention", *arguments, root=root)

    return run


class _Item:
    location = ("suites/x/test_x.py", 4, "test_x[a]")
    name = originalname = "test_x"

    def __init__(self, *, strict: bool) -> None:
        self.stash = pytest.Stash()
        self.config = SimpleNamespace(option=SimpleNamespace(strict_problems=strict))


def _made(error: BaseException, when: str, *, strict: bool = False, xfail: str | None = None) -> Any:
    """What the hook makes of a phase that ended so, and that pytest took for excused where it has an ``xfail``."""
    call = pytest.CallInfo.from_call(lambda: (_ for _ in ()).throw(error), when)
    report = pytest.TestReport("x::y", _Item.location, {}, "failed", "a traceback", when)
    if xfail is not None:
        report.outcome, report.wasxfail = "skipped", xfail
    return _hooked(_Item(strict=strict), call, report)


def _hooked(item: Any, call: pytest.CallInfo[None], report: pytest.TestReport) -> Any:
    hook = outcomes.pytest_runtest_makereport(item, call)
    next(hook)
    with pytest.raises(StopIteration) as ended:
        hook.send(report)
    return ended.value.value


def _formatted(error: BaseException) -> tuple[BaseException, BaseException]:
    """What pytest is given to format, and what other plugins find afterwards."""
    call = pytest.CallInfo.from_call(lambda: (_ for _ in ()).throw(error), "call")
    hook = outcomes.pytest_runtest_makereport(_Item(strict=False), call)
    next(hook)
    given = call.excinfo.value
    with pytest.raises(StopIteration):
        hook.send(pytest.TestReport("x::y", _Item.location, {}, "failed", "a traceback", "call"))
    return given, call.excinfo.value


@pytest.mark.parametrize("error", [InfraError("the server has ended"), Unsolved("wrong answer"), NotAsked("decided")])
def test_pytest_formats_no_traceback_of_what_is_told_in_words(error):
    given, left = _formatted(error)

    assert isinstance(given, pytest.fail.Exception)
    assert not given.pytrace
    assert left is error


def test_an_error_of_the_tests_own_keeps_its_traceback():
    error = RuntimeError("a defect")

    assert _formatted(error) == (error, error)


def test_an_infrastructure_error_in_a_test_is_an_error_in_the_words_of_its_message():
    report = _made(InfraError("the server has ended; see its log"), "call")

    # pytest, xdist and JUnit all call a failure outside the call an error
    assert (report.outcome, report.when, report.longrepr) == ("failed", "setup", "the server has ended; see its log")
    assert report.infra == (
        0,
        "the server has ended; see its log",
    )  # from which the owner has the cause of what is missing


def test_an_xfail_hides_no_infrastructure_error():
    report = _made(InfraError("the server has ended"), "call", xfail="known")

    assert (report.outcome, report.when, hasattr(report, "wasxfail")) == ("failed", "setup", False)
    assert report.infra == (0, "the server has ended")


@pytest.fixture
def judged() -> _Item:
    """A test whose case has its verdict."""
    item = _Item(strict=False)
    item.stash[outcomes.RECORD] = record()
    return item


def test_an_xfail_makes_no_failure_of_a_solved_case_though_it_is_strict(judged):
    call = pytest.CallInfo.from_call(lambda: None, "call")
    report = pytest.TestReport("x::y", _Item.location, {}, "failed", "[XPASS(strict)] known", "call")

    made = _hooked(judged, call, report)

    assert (made.outcome, made.longrepr) == ("passed", None)
    assert json.loads(made.servecheck)["solved"] is True


def test_an_xfail_makes_no_excuse_of_an_unsolved_case(judged):
    call = pytest.CallInfo.from_call(lambda: (_ for _ in ()).throw(Unsolved("wrong answer")), "call")
    report = pytest.TestReport("x::y", _Item.location, {}, "skipped", "a traceback", "call")
    report.wasxfail = "known"

    made = _hooked(judged, call, report)

    assert outcomes.is_unsolved(made)
    assert not hasattr(made, "wasxfail")
    assert made.longrepr[2] == "unsolved: wrong answer"


@pytest.mark.slow
def test_an_xfail_makes_an_excuse_of_no_verdict(mention_excused):
    run = mention_excused("request.applymarker(pytest.mark.xfail(strict=True))", "-k", "Starter/6] or Starter/7]")

    assert run.code == 0, run.output
    assert run.last_line().startswith("1 passed, 1 skipped, 42 deselected, 1 unsolved")  # what is skipped is the gate
    assert len(run.verdicts) == 2


@pytest.mark.slow
@pytest.mark.parametrize("said", ["pytest.xfail('known')", "pytest.skip('known')"])
def test_what_a_test_says_instead_of_a_verdict_leaves_no_score(mention_excused, said):
    run = mention_excused(f"case.sample or {said}")

    assert run.code == 1
    assert "INVALID: 44 of 44 missing" in run.output


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("marker", ["xfail", "skip(reason='slow')", "skipif(True, reason='slow')"])
def test_a_marker_that_would_excuse_a_suites_test_is_refused(mention_excused, marker, workers):
    run = mention_excused("case", "-n", workers, marker=f"@pytest.mark.{marker}\n")

    assert run.code == 4
    assert f"is marked {marker.partition('(')[0]}, and no case of a suite is excused from its verdict" in run.output
    assert not run.run_dir.exists()


@pytest.mark.slow
@pytest.mark.parametrize("ended", ["-x", "--maxfail=2"])
def test_a_run_that_ends_at_a_failed_test_has_no_score(suite, written, mixed_rows, ended):
    run = suite(written(mixed_rows), "--profile=reference", "--strict-problems", ended)

    assert run.code == 1
    assert "they have no verdict, so there is no score" in run.output


def test_any_other_exception_in_a_test_stays_a_failure_with_its_traceback():
    report = _made(ValueError("a defect"), "call")

    assert (report.outcome, report.when, report.longrepr) == ("failed", "call", "a traceback")


def test_unsolved_outside_the_call_is_not_the_outcome():
    report = _made(Unsolved("too early"), "setup")

    assert report.outcome == "failed"
    assert not outcomes.is_unsolved(report)


def test_under_strict_problems_unsolved_is_a_failure_in_the_words_of_its_reason():
    report = _made(Unsolved("wrong\x1b[2J"), "call", strict=True)

    assert (report.outcome, report.longrepr) == ("failed", "unsolved: wrong\\x1b[2J")
    assert not outcomes.is_unsolved(report)


def test_the_outcome_survives_the_way_from_a_worker():
    report = _made(Unsolved("wrong answer"), "call")

    carried = pytest.TestReport._from_json(report._to_json())

    assert outcomes.is_unsolved(carried)
    assert outcomes.pytest_report_teststatus(carried) == ("unsolved", "u", ("UNSOLVED", {"yellow": True}))
