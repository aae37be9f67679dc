"""From a reply to its verdict, whichever form the program came in."""

from collections.abc import Iterator

import pytest
from servecheck.evaluation.transcript import Kind, Reply, Timings
from servecheck.grading.code.evalplus_grader import grade_reply
from servecheck.grading.code.expected_values import ExpectedValues
from servecheck.problems.code import CodeProblem
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend

_PROBLEM = CodeProblem(
    task_id="Own/1",
    prompt='"""Doubles.\nassert double(2) == 4\n"""\n',
    entry_point="double",
    canonical_solution="def double(x): return 2 * x\n",
    base_input_json="[[2]]",
    plus_input_json="[]",
    atol=0,
    dataset="mbpp",
)
_CODE = "def double(x):\n    return x + x\n"


def reply_of(content: str, kind: Kind = "reply") -> Reply:
    return Reply(content, None, "stop", "m", None, Timings(0.0, None, 0.0), "", kind)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (_CODE, "solution", _CODE),
        (_CODE, "completion", _PROBLEM.prompt + _CODE),
        (f"Here it is:\n```python\n{_CODE}```\n", "reply", _CODE),
    ],
)
def test_a_prompt_that_is_a_docstring_alone_goes_with_every_form(
    content: str, kind: Kind, code: str, sandbox: Sandbox
) -> None:
    verdict = grade_reply(reply_of(content, kind), _PROBLEM, ExpectedValues("ef" * 32), sandbox)

    assert verdict.solved
    assert verdict.answer.strip() == code.strip()


def test_a_body_has_no_function_to_continue_in_such_a_prompt(sandbox: Sandbox) -> None:
    verdict = grade_reply(reply_of("    return x + x\n"), _PROBLEM, ExpectedValues("ef" * 32), sandbox)

    assert not verdict.solved


def test_a_reply_without_a_program_says_why(sandbox: Sandbox) -> None:
    verdict = grade_reply(reply_of(""), _PROBLEM, ExpectedValues("ef" * 32), sandbox)

    assert (verdict.kind, verdict.answer) == ("no_program", "")
    assert verdict.reason == "the reply is empty (finish_reason stop)"
