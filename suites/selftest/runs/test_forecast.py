"""What a command will take is told by what was measured; where nothing was, that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.runs.forecast import Far, GradingPace, RunToAsk, duration, estimate, left, silence
from servecheck.runs.pace import Pace

RUN = RunToAsk("glm", ("humaneval",), 160, 20_000, 768, 16)
EARLIER = Pace(seconds=6.0, tokens=200.0, start_s=600.0, date="2026-01-02")
MEASURED = replace(RUN, pace=EARLIER, starts=True)
INSTRUCTED = replace(RUN, name="glm under humaneval_instruct", kind=("humaneval_instruct",), max_tokens=4096)


def test_nothing_measured_is_said_and_nothing_guessed():
    assert estimate([RUN]) == [
        "to ask: 160 requests, about 20,000 tokens of prompts, at most 122,880 of replies; how long that takes is "
        "known once replies come: no earlier run has asked the same"
    ]


def test_one_request_is_one():
    [line] = estimate([replace(RUN, requests=1)])

    assert line.startswith("to ask: 1 request, about ")


def test_of_a_model_that_has_no_name_yet_no_earlier_run_is_denied():
    [line] = estimate([replace(RUN, named=False)])

    assert line.endswith("earlier runs are looked up where --model or the profile names the model")


def test_an_earlier_run_foretells_tokens_and_time_with_the_servers_start():
    assert estimate([MEASURED]) == [
        "to ask: 160 requests, about 20,000 tokens of prompts, at most 122,880 of replies, about 32,000 as earlier",
        "that took earlier runs about 11 min 0 s (2026-01-02 or later)",
    ]


def test_what_took_no_time_at_all_takes_a_second():
    assert estimate([replace(MEASURED, pace=Pace(0.001, 200.0, None, "2026-01-02"))])[1].startswith(
        "that took earlier runs about 1 s "
    )


def test_several_runs_are_added_and_a_server_starts_once():
    second = replace(MEASURED, name="other", starts=False, pace=replace(EARLIER, date="2026-01-01"))

    much, long = estimate([MEASURED, second])

    assert much.startswith("to ask: 320 requests in 2 runs, about 40,000 tokens of prompts, at most 245,760 of")
    assert long == "that took earlier runs about 12 min 0 s (2026-01-01 or later)"


def test_of_what_is_not_known_beside_what_is_no_time_is_told():
    unknown = [replace(RUN, name=f"new{number}") for number in range(6)]

    much, long = estimate([MEASURED, *unknown])

    assert "as earlier" not in much
    assert long == (
        "of that, glm took earlier runs about 11 min 0 s (2026-01-02 or later), and nothing is known of new0, new1, "
        "new2 and 3 more"
    )


def test_tokens_that_were_not_counted_are_not_foretold():
    assert "as earlier" not in estimate([replace(MEASURED, pace=replace(EARLIER, tokens=None))])[0]


def test_where_every_reply_is_there_nothing_is_said():
    assert estimate([replace(MEASURED, requests=0)]) == []
    assert estimate([]) == []
    assert left([MEASURED], [Far(0)]) == ""


def test_what_is_left_goes_by_the_replies_so_far_not_by_an_earlier_run():
    far = Far(remaining=120, done=40, tokens=4000, seconds=50.0, begun=True)

    assert left([MEASURED], [far]) == "about 2 min 30 s left (12,000 tokens)"


def test_before_the_first_reply_it_goes_by_the_earlier_run():
    assert left([MEASURED], [Far(160)]) == "about 11 min 0 s left (32,000 tokens)"
    assert left([MEASURED], [Far(160, begun=True)]) == "about 1 min 0 s left (32,000 tokens)"


def test_before_the_first_reply_and_with_no_earlier_run_nothing_is_said():
    assert left([RUN], [Far(160, begun=True, seconds=30.0)]) == ""


def test_a_profile_to_come_is_taken_to_be_as_fast_as_the_one_that_was_asked_alike():
    far = Far(remaining=0, done=160, tokens=16_000, seconds=80.0, start_s=300.0, begun=True)

    words = left([replace(RUN, starts=True), replace(RUN, name="other", starts=True)], [far, Far(160)])

    assert words == "about 6 min 20 s left (16,000 tokens), if the others are as fast"


def test_but_not_one_that_is_asked_otherwise():
    far = Far(remaining=80, done=80, tokens=8_000, seconds=40.0, begun=True)

    words = left([RUN, INSTRUCTED, INSTRUCTED], [far, Far(160), Far(160)])

    assert words == "about 40 s left (8,000 tokens), and 2 runs of which nothing is known"


def test_a_batch_that_hangs_does_not_grow_the_time_left_but_is_told():
    goes_on = Far(remaining=120, done=40, tokens=4000, seconds=50.0, silent_s=1.0, begun=True)
    hangs = replace(goes_on, silent_s=200.0)

    assert left([RUN], [hangs]) == left([RUN], [goes_on]) == "about 2 min 30 s left (12,000 tokens)"
    assert (silence([RUN], [goes_on]), silence([RUN], [hangs])) == ("", "no reply for 3 min 20 s")


def test_a_silence_is_long_only_beside_what_a_reply_takes():
    slow = Far(remaining=144, done=16, tokens=4000, seconds=60.0, silent_s=100.0, begun=True)

    assert silence([RUN], [slow]) == ""
    assert silence([RUN], [replace(slow, silent_s=181.0)]) == "no reply for 3 min 1 s"


def test_a_server_that_has_not_answered_at_all_is_told_too():
    assert silence([RUN], [Far(160, silent_s=45.0, begun=True)]) == "no reply for 45 s"
    assert silence([RUN], [Far(0, silent_s=45.0, begun=True)]) == ""


def test_the_time_that_grading_takes_is_measured_once_nothing_is_asked():
    pace = GradingPace(0.0)
    for at_s in range(10, 100, 10):
        pace.verdict(float(at_s), beside_asking=True)
    asked = pace.left(30, 91.0)
    for at_s in (91.0, 92.0, 93.0):
        pace.verdict(at_s, beside_asking=False)

    assert asked == ""
    assert pace.left(30, 93.5) == "about 30 s left"
    assert pace.left(30, 133.0) == "about 30 s left, no verdict for 40 s"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599.6, "1 h 0 min"), (36_061.0, "10 h 1 min")],
)
def test_a_duration_has_two_units_at_most(seconds, words):
    assert duration(seconds) == words


def test_of_conversations_what_is_known_is_told_as_the_least():
    [line] = estimate([replace(RUN, replies=300, is_open=True, named=False)])

    assert line.startswith("to ask: at least 300 requests, ")
    assert "tokens of prompts: replies decide on more; how long that takes is known once replies come" in line
