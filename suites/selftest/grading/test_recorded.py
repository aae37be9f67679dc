"""A record has what is known of the replies that a verdict is on, printable and short."""

from __future__ import annotations

from dataclasses import replace

from servecheck.evaluation.case import Case
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Exchange, Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.recorded import recorded
from servecheck.grading.sent_parameters import SentParameters

REPLY = Reply("text", None, "stop", "m", Usage(7, 11), Timings(0.0, None, 0.5), "00")


def record_of(reply: Reply) -> Record:
    verdict = Verdict(score=1.0, answer="text")
    transcript = Transcript.of(reply)
    return recorded("own", Case("T/0", 2), transcript, verdict, SentParameters(), began_at=1.0, ended_at=2.0)


def test_case_suite_and_verdict_are_in_it():
    record = record_of(REPLY)

    assert (record.suite, record.task_id, record.sample, record.answer, record.solved) == (
        "own",
        "T/0",
        2,
        "text",
        True,
    )
    assert (record.tokens, record.seconds, record.began_at, record.ended_at) == (11, 0.5, 1.0, 2.0)


class TestWhatSpoilsAMeasurement:
    def test_it_is_noted_whatever_the_grader_looked_at(self):
        assert record_of(replace(REPLY, usage=None)).faults == ("no_usage",)

    def test_an_earlier_reply_of_the_conversation_may_have_it(self):
        aborted = replace(REPLY, finish_reason="abort", model="other", remarks=("sends text",))
        transcript = Transcript((Exchange("a", aborted), Exchange("b", REPLY)), "answered")
        verdict = Verdict(score=1.0)

        record = recorded("own", Case("T/0", 0), transcript, verdict, SentParameters(), began_at=1.0, ended_at=2.0)

        assert record.faults == ("aborted",)
        assert (record.model, record.other_models, record.remarks) == ("m", ("other",), ("sends text",))

    def test_what_the_grader_found_already_is_not_noted_twice(self):
        verdict = Verdict(score=1.0, faults=("no_usage",))
        transcript = Transcript.of(replace(REPLY, usage=None))

        record = recorded("own", Case("T/0", 0), transcript, verdict, SentParameters(), began_at=1.0, ended_at=2.0)

        assert record.faults == ("no_usage",)


def test_requests_that_were_sent_again_are_counted():
    assert record_of(replace(REPLY, earlier=("HTTP 503",))).retries == 1


def test_reasoning_is_noted():
    assert record_of(replace(REPLY, reasoning="so")).reasons
    assert not record_of(REPLY).reasons


def test_what_a_server_calls_its_model_and_the_end_is_kept_printable_and_short():
    record = record_of(replace(REPLY, model="m\x1b[2J" * 500, finish_reason="st\0p"))

    assert (record.finish_reason, len(record.model)) == (r"st\x00p", 217)
    assert record.model.isprintable()


def test_two_models_whose_names_begin_alike_stay_two():
    one, other = (record_of(replace(REPLY, model=f"{300 * 'm'}{last}")) for last in "ab")

    assert one.model != other.model
