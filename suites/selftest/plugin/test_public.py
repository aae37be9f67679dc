"""A new suite is a test function: the public fixtures and the gate are there without anything else."""

from __future__ import annotations

import pytest

SUITE = '''
"""Does the reply name the function that was asked for, and is it a program that runs?"""

import pytest

pytestmark = pytest.mark.mention


def test_mention(case, problems, profile, model_server, replies, sandbox, record_verdict):
    assert profile.model == "servecheck/canonical-solutions"
    assert model_server.startswith("http://127.0.0.1:")
    assert sandbox.hello["python"]

    problem = problems[case.task_id]
    reply = replies.of(case)

    named = case.task_id != "Starter/7" and problem.entry_point in reply.content
    record_verdict(case, reply, solved=named, reason=f"{problem.entry_point} is not mentioned")
'''


@pytest.fixture(scope="module")
def mention(suite, project_with):
    return suite("-m", "mention", root=project_with(suites={"mention": SUITE}))  # the later -m replaces the earlier


def test_its_cases_are_the_problems(mention):
    assert mention.code == 0, mention.output
    assert mention.last_line().startswith("43 passed, 1 skipped, 1 unsolved")


def test_it_has_a_gate_of_its_own(mention):
    assert "gate::mention[reference]: NO REFERENCE: 43 of 44 solved (97.7 %)" in mention.output
    assert mention.cases["mention[reference]"].find("skipped") is not None


def test_it_has_files_of_its_own(mention, starter):
    assert mention.json("mention-scores.json")["suite"] == "mention"
    assert [record["reason"] for record in mention.verdicts if not record["solved"]] == [
        f"{starter['Starter/7'].entry_point} is not mentioned"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_copy_that_kept_the_functions_name_may_not_overwrite_the_others_verdicts(suite, project_with, workers):
    root = project_with(
        suites={"copy": SUITE.replace("test_mention", "test_humaneval").replace("mark.mention", "mark.copy")}
    )

    run = suite("-m", "humaneval or copy", "-n", workers, "--profile=reference-degraded", root=root)

    assert run.code == 4
    assert "both judge Starter/0 for the suite 'humaneval'" in run.output
    assert "Traceback" not in run.output
    assert not run.run_dir.exists()


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_is_the_same_in_parallel(suite, project_with, mention, workers):
    run = suite("-m", "mention", "-n", workers, root=project_with(suites={"mention": SUITE}))

    assert (run.code, run.solved) == (mention.code, mention.solved)
    assert run.json("mention-scores.json")["scores"] == mention.json("mention-scores.json")["scores"]
