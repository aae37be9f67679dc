"""lm-eval's verdict decides, EvalPlus's stands beside it, and what lost a reply is named once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import GIVEN, Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import OtherRules, Verdict
from servecheck.grading.code.lm_eval_grader import LmEval
from servecheck.problems.starter import Starter
from servecheck.profiles.schema import Profile, Sampling
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend

STARTER = Starter()
PROBLEM = STARTER["Starter/0"]
BODY = PROBLEM.canonical_solution
PROFILE = Profile(name="p", model="m", protocol="lm_eval_instruct", sampling=Sampling(max_tokens=768))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def graded(sandbox: Sandbox):
    def grade(content: str, *, transforms: list[str] | None = None, given: bool = False, **more: object) -> Verdict:
        end, at = (GIVEN, 0.0) if given else ("stop", 1.0)
        reply = Reply(content, None, end, "m", Usage(7, 11), Timings(at, None, 0.0), "00", **more)
        profile = PROFILE.model_copy(update={"transforms": transforms or []})
        return LmEval().grade(PROBLEM, Transcript.of(reply), Bench(profile, STARTER.sha256, lambda: sandbox))

    return grade


def test_a_body_is_solved_by_the_test_alone_and_evalplus_says_what_it_says(graded):
    verdict = graded(BODY)

    assert (verdict.solved, list(verdict.parts), verdict.findings) == (True, ["base"], ())
    assert verdict.beside == OtherRules("EvalPlus", {"base": "pass", "plus": "pass"})
    assert verdict.answer == PROBLEM.prompt + BODY


def test_a_fence_at_the_beginning_loses_the_reply_and_is_named(graded):
    verdict = graded(f"```python\n{PROBLEM.prompt}{BODY}```")

    assert (verdict.solved, verdict.findings[0], verdict.beside.parts["plus"]) == (False, "fence_first", "pass")
    assert "[fence first]" in verdict.reason


def test_transforms_are_applied_first_and_told(graded):
    verdict = graded(f"```python\n{BODY}```", transforms=["strip_code_fences"])

    assert verdict.solved
    assert verdict.applied[0][0] == "strip_code_fences"


def test_no_reply_is_spoilt_under_its_rules_and_what_is_a_fault_already_is_named_once(graded):
    verdict = graded(f"<think>Let me see.</think>\n{BODY}")

    assert (verdict.spoilt, verdict.faults) == (False, ("think_leak",))
    assert verdict.reason.count("think leak") == 1


def test_a_reply_that_goes_on_after_a_stop_was_not_made_under_the_protocol(graded):
    assert graded(f"{BODY}\ndef other(): ...\n").faults == ("stop_ignored",)


def test_a_problem_without_a_test_of_its_own_is_unfit():
    assert LmEval().why_unfit(PROBLEM) == ""
    assert LmEval().why_unfit(STARTER) == "grades CodeProblems"
