"""A new suite is a folder with a declaration and a test: its cases, gate and files are there without anything else."""

from __future__ import annotations

import pytest

DECLARATION = '''
"""Does the reply name the function that was asked for?"""

from servecheck.evaluation.metric import Metric
from servecheck.evaluation.protocols import Grader
from servecheck.evaluation.suite import Suite
from servecheck.evaluation.verdict import Verdict
from servecheck.problems.code import CodeProblem


class Mention(Grader[CodeProblem]):
    name = "mention"
    takes = CodeProblem
    metrics = (Metric("mentions"),)

    def grade(self, problem, transcript, bench):
        named = problem.task_id != "Starter/7" and problem.entry_point in transcript.reply.content
        if named:
            return Verdict(score=1.0, answer=problem.entry_point)
        return Verdict(score=0.0, kind="unnamed", reason=f"{problem.entry_point} is not mentioned")


SUITE = Suite(name="mention", grader=Mention())
'''
TEST = "def test_mention(case, grade):\n    grade(case)\n"
MENTION = {"suite.py": DECLARATION, "test_mention.py": TEST}


@pytest.fixture(scope="module")
def mention(suite, project_with):
    return suite("-m", "mention", root=project_with(suites={"mention": MENTION}))  # the later -m replaces the earlier


@pytest.mark.slow
def test_its_cases_are_the_problems(mention):
    assert mention.code == 0, mention.output
    assert mention.last_line().startswith("43 passed, 1 skipped, 1 unsolved")


@pytest.mark.slow
def test_it_has_a_gate_of_its_own(mention):
    assert "gate::mention[reference]: NO REFERENCE: 43 of 44 solved (97.7 %)" in mention.output
    assert mention.cases["mention[reference]"].find("skipped") is not None


@pytest.mark.slow
def test_it_has_files_of_its_own(mention, starter):
    scores = mention.json("mention-scores.json")

    assert (scores["suite"], scores["metric"], list(scores["scores"])) == ("mention", "mentions", ["mentions"])
    assert [record["reason"] for record in mention.verdicts if not record["solved"]] == [
        f"{starter['Starter/7'].entry_point} is not mentioned"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_two_tests_of_one_suite_may_not_overwrite_each_others_verdicts(suite, project_with, workers):
    twice = {**MENTION, "test_mention.py": f"{TEST}\n\n{TEST.replace('test_mention', 'test_again')}"}

    run = suite("-m", "mention", "-n", workers, root=project_with(suites={"mention": twice}))

    assert run.code == 4
    assert "both judge Starter/0 for the suite 'mention'" in run.output
    assert "Traceback" not in run.output
    assert not run.run_dir.exists()


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_is_the_same_in_parallel(suite, project_with, mention, workers):
    run = suite("-m", "mention", "-n", workers, root=project_with(suites={"mention": MENTION}))

    assert (run.code, run.solved) == (mention.code, mention.solved)
    assert run.json("mention-scores.json")["scores"] == mention.json("mention-scores.json")["scores"]
