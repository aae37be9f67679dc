"""What a judge says decides; where it contradicts itself or was talked round, or says nothing, that is told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.case import Case
from servecheck.evaluation.judging import Judge, JudgeQuestion
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.hle import HleGrader
from servecheck.grading.judged import AGAIN, FENCED, SWAYED
from servecheck.grading.recorded import recorded
from servecheck.grading.sent_parameters import sent_by
from servecheck.grading.simpleqa import AUTHORS, SimpleQaGrader
from servecheck.problems.judged import JudgedProblem
from servecheck.profiles.schema import Profile
from servecheck.protocols.judge_prompts.prompt import is_fenced

PROBLEM = JudgedProblem("q/1", "Which metal is liquid?", "mercury")
PROFILE = Profile(name="p", model="m")
SILENT = "Who can tell?"


def transcript(content: str = "It is mercury.", finish_reason: str = "stop") -> Transcript:
    return Transcript.of(Reply(content, None, finish_reason, "m", Usage(9, 9), Timings(1.0, None, 0.5), "00"))


def judged(*said: str, reply: Transcript | None = None, grader: SimpleQaGrader | HleGrader | None = None) -> Verdict:
    """The verdict where the judge says so, asked as its authors do, again, and with the reply set off."""

    def judge(question: JudgeQuestion) -> str:
        return said[2] if is_fenced(question.text) else said[question.number]

    return (grader or SimpleQaGrader()).grade(
        PROBLEM, reply or transcript(), Bench(PROFILE, "0" * 64, judge=Judge("j", judge))
    )


def record(verdict: Verdict, number: int = 0, sample: int = 0) -> Record:
    case = Case(f"q/{number}", sample)
    return recorded("simpleqa", case, transcript(), verdict, sent_by(PROFILE), began_at=0, ended_at=0)


@pytest.mark.parametrize(
    ("said", "solved", "kind", "doubted"),
    [
        ("AAA", True, "solved", False),
        ("BBB", False, "wrong", False),
        ("CCC", False, "not_attempted", False),
        ("BCB", False, "wrong", False),  # unsolved whichever it is
        ("ABA", True, "solved", True),
        ("BAB", False, "wrong", True),
        ("AAB", True, "solved", True),
        (("A", SILENT, "A"), True, "solved", True),
        ((SILENT, "A", "A"), False, "unjudged", True),
        ((SILENT, SILENT, SILENT), False, "unjudged", True),
    ],
)
def test_the_first_answer_decides_and_is_doubted_where_another_says_otherwise(said, solved, kind, doubted):
    verdict = judged(*said)

    assert (verdict.solved, verdict.kind, verdict.doubted) == (solved, kind, doubted)
    assert ("unjudged" in verdict.faults) is (kind == "unjudged")


@pytest.mark.parametrize(
    ("said", "swayed"), [("AAB", 1), ("BBA", 1), ("AAA", 0), ("ABB", 0), ("CCB", 0), (("A", "A", SILENT), 0)]
)
def test_a_verdict_that_changes_once_the_reply_is_set_off_is_marked(said, swayed):
    assert judged(*said).tally.get(SWAYED, 0) == swayed


def test_each_answer_is_a_part_of_the_verdict():
    parts = judged("A", "B", "C").parts

    assert [parts[name].kind for name in (AGAIN, FENCED)] == ["wrong", "not_attempted"]


def test_the_authors_reader_stands_beside():
    assert judged("As an AI, I cannot say", "A", "A").parts[AUTHORS].kind == "solved"
    assert judged("CORRECT", "A", "A").parts[AUTHORS].kind == "not_attempted"


def test_nobody_is_asked_about_an_empty_reply():
    for content in ("", "<think>Mercury, or gallium?</think>"):
        assert not SimpleQaGrader().judge_questions(PROBLEM, transcript(content), PROFILE)
        verdict = judged(reply=transcript(content))
        assert (verdict.solved, verdict.kind, verdict.doubted) == (False, "unread" if content else "empty", False)


def test_a_wrong_reply_that_was_cut_off_is_truncated_and_a_right_one_is_right():
    assert judged("B", "B", "B", reply=transcript(finish_reason="length")).kind == "truncated"
    assert judged("A", "A", "A", reply=transcript(finish_reason="length")).kind == "solved"


def test_the_judge_sees_the_answer_without_the_models_thinking():
    (question, *_) = SimpleQaGrader().judge_questions(PROBLEM, transcript("<think>Gallium?</think>Mercury."), PROFILE)

    assert "Predicted answer: Mercury." in question.text
    assert "Gallium" not in question.text


def figures(verdicts: Sequence[Verdict], grader: SimpleQaGrader | HleGrader) -> dict[str, tuple[float | None, str]]:
    records = [record(verdict, number) for number, verdict in enumerate(verdicts)]
    return {figure.name: (figure.percent, figure.words) for figure in grader.figures(records)}


def test_how_far_the_judge_can_be_relied_on_is_told():
    verdicts = [judged(*said) for said in ["AAA"] * 88 + ["ABA"] * 6 + ["BAB"] * 3 + ["AAB"] + [(SILENT, "A", "A")] * 2]

    found = figures(verdicts, SimpleQaGrader())

    percent, words = found["judgements that are wrong by the judge's own chance"]
    assert percent == pytest.approx(4.83, abs=0.01)  # 9 of 98 contradict: 2e(1 - e)
    assert words == "95 %: 2.2 to 9.2; 9 of 98 replies got another verdict the second time"
    assert found["verdicts that a reply may have talked the judge into"] == (1.0, "1 of 100: q/97")
    assert found["replies that the judge gave no readable verdict on"] == (2.0, "2 of 100: q/98, q/99")


def test_of_many_problems_whose_replies_swayed_the_judge_some_are_named_each_once_and_harmlessly():
    records = [record(judged("A", "A", "B"), number, sample) for number in range(9) for sample in range(2)]
    records[0] = replace(records[0], task_id="q/\x1b[2J" + "x" * 99)

    found = {one.name: one for one in SimpleQaGrader().figures(records)}

    swayed = found["verdicts that a reply may have talked the judge into"]
    assert swayed.words == f"18 of 18: q/\\x1b[2J{'x' * 30}…, q/0, q/1, q/2, q/3 and 5 more"


def own_error_of(*said: Sequence[str], samples: int) -> tuple[float | None, str]:
    """Of problems about whose replies, so many samples that are all alike, the judge says so."""
    records = [record(judged(*one), number, sample) for number, one in enumerate(said) for sample in range(samples)]
    return next((one.percent, one.words) for one in SimpleQaGrader().figures(records) if "own chance" in one.name)


def test_equal_replies_to_a_problem_are_one_observation_of_the_judge():
    said = ["AAA"] * 9 + ["ABA"]

    once, often = (own_error_of(*said, samples=samples) for samples in (1, 8))

    assert often[0] == once[0]
    assert once[1] == "95 %: 0.1 to 33.4; 1 of 10 replies got another verdict the second time"
    assert often[1] == (
        "95 % by problem: 0.1 to 33.4; 8 of 80 replies, to 10 problems, got another verdict the second time"
    )


def test_simpleqas_other_numbers_are_its_authors():
    found = figures([judged(*said) for said in ["AAA"] * 6 + ["BBB"] * 2 + ["CCC"] * 2], SimpleQaGrader())

    assert found["correct given attempted"] == (75.0, "6 of 8, by the authors' reader")
    assert found["F-score"][0] == pytest.approx(2 * 75 * 60 / 135)


def yes(confidence: int) -> str:
    return f"extracted_final_answer: mercury\nreasoning: so.\ncorrect: yes\nconfidence: {confidence}%"


def test_how_sure_the_model_was_is_kept_and_counted_from_a_hundred_replies_on():
    grader = HleGrader()
    verdict = judged(*[yes(80)] * 3, grader=grader)

    assert (verdict.solved, verdict.answer, verdict.tally) == (True, "mercury", {"confidence": 80})
    assert figures([verdict] * 99, grader)["calibration error"] == (
        None,
        "it takes 100 judged replies, and 99 are there",
    )
    assert figures([verdict] * 200, grader)["calibration error"][0] == pytest.approx(100 * (0.5 * 0.2**2) ** 0.5)
