"""A stored run is held to its replies down to each part of a verdict, and each figure beside the metrics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.case import Case
from servecheck.evaluation.figure import Figure
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import PartVerdict
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.grading.instructions.ifeval_grader import IfevalGrader
from servecheck.grading.recorded import recorded
from servecheck.grading.sent_parameters import sent_by
from servecheck.problems.ifeval import IfevalStarter
from servecheck.profiles.schema import Profile, Sampling
from servecheck.rundir.stored_run import StoredRun
from servecheck.rundir.stored_suite import StoredSuite
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.declared import graded_by
from servecheck.runs.regraded import Regraded, read_again

PROBLEMS = IfevalStarter()
CASE = Case("Instructions/1", 0)
COMMA = "punctuation:no_comma"
REPLY = Reply("A lamp, in a storm.", None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")
PROFILE = Profile(name="p", model="m", sampling=Sampling(max_tokens=50))


@pytest.fixture
def run(tmp_path: Path) -> StoredRun:
    ReplyStore(tmp_path).write(CASE.task_id, CASE.sample, REPLY)
    asked = {"problems": PROBLEMS.name, "problems_sha256": PROBLEMS.sha256}
    return StoredRun(tmp_path, "p", {"profile": PROFILE.model_dump(mode="json"), "identity": asked}, {}, None, ())


@pytest.fixture
def suite() -> StoredSuite:
    """As a run of that one reply is kept."""
    transcript = Transcript.of(REPLY)
    verdict = IfevalGrader().grade(PROBLEMS[CASE.task_id], transcript, Bench(PROFILE, PROBLEMS.sha256))
    record = recorded("ifeval", CASE, transcript, verdict, sent_by(PROFILE), began_at=0.0, ended_at=0.0)
    return StoredSuite(
        "ifeval", (record,), {}, {"published": Decision(GateVerdict.NO_REFERENCE, "no reference")},
        metric="prompt-strict", grader=graded_by("ifeval"), figures=IfevalGrader().figures([record]),
    )  # fmt: skip


def with_part(suite: StoredSuite, name: str, kind: str) -> StoredSuite:
    (record,) = suite.records
    altered: Record = replace(record, parts={**record.parts, name: PartVerdict(kind)})
    return replace(suite, records=(altered,))


def with_figure(suite: StoredSuite, name: str, percent: float | None) -> StoredSuite:
    return replace(suite, figures=(*(one for one in suite.figures if one.name != name), Figure(name, percent, "x")))


def test_what_the_replies_make_is_believed(run, suite):
    assert read_again(run, suite) == Regraded()


def test_a_part_is_compared_by_its_kind_and_not_by_pass_and_fail_alone(run, suite):
    assert suite.records[0].parts[COMMA].kind == "not_followed"

    found = read_again(run, with_part(suite, COMMA, "only_loosely"))

    assert found.otherwise == (
        "1 of 1 verdicts are not those of the replies that are kept: Instructions/1 is stored as not followed, with "
        f"another verdict on {COMMA}"
    )


def test_a_figure_that_the_replies_do_not_make_is_named(run, suite):
    found = read_again(run, with_figure(suite, "instruction-strict", 99.0))

    assert found.otherwise == "instruction-strict is stored as 99 %, and the replies that are kept make it 50 %"
    assert "is stored as not known" in read_again(run, with_figure(suite, "instruction-strict", None)).otherwise


def test_a_figure_of_another_version_and_those_of_chosen_problems_are_left(run, suite):
    assert read_again(run, with_figure(suite, "instruction-median", 99.0)) == Regraded()
    assert read_again(run, replace(with_figure(suite, "instruction-strict", 99.0), chosen=True)) == Regraded()
