"""A new suite is a test function: the public fixtures and the gate are there without anything else."""

from __future__ import annotations

import pytest

SUITE = '''
"""Is the entry point named in the reply at all?"""

from fixtures.plugin.record import Record
from fixtures.grading.evalplus import PartVerdict, Verdict
from fixtures.grading.program import program_of


def test_mention(case, problems, profile, model_server, replies, sandbox, record_verdict):
    problem, reply = problems[case.task_id], replies.of(case)
    assert profile.model == "servecheck/canonical-solutions"
    assert model_server.startswith("http://127.0.0.1:")
    assert sandbox.hello["python"]
    program = program_of(reply.kind, reply.content, problem)
    named = case.task_id != "Starter/7" and problem.entry_point in reply.content
    part = PartVerdict("solved") if named else PartVerdict("wrong_answer", "it is not mentioned")
    record_verdict(Record.of(case, reply, program, Verdict(part, part), 0.0))
'''


@pytest.fixture(scope="module")
def mention(suite, project_with):
    # The suite has no marker, so it is chosen by its folder; the later -m replaces the earlier one.
    return suite("suites/mention", "-m", "", root=project_with(suites={"mention": SUITE}))


def test_its_cases_are_the_problems(mention):
    assert mention.code == 0, mention.output
    assert mention.last_line().startswith("43 passed, 1 skipped, 1 unsolved")


def test_it_has_a_gate_of_its_own(mention):
    assert "gate::mention[reference]: NO REFERENCE: 43 of 44 solved (97.7 %)" in mention.output
    assert mention.cases["mention[reference]"].find("skipped") is not None


def test_it_has_files_of_its_own(mention):
    assert mention.json("mention-scores.json")["suite"] == "mention"
    assert [record["reason"] for record in mention.verdicts if not record["solved"]] == ["it is not mentioned"]
