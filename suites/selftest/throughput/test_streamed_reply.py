"""One reply's bytes and times in, an outcome out."""

import json

import pytest
from servecheck.throughput.streamed_reply import StallLimits, StreamedReply


def event(delta=None, finish_reason=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    return f"data: {json.dumps({'choices': choices, **more})}\n\n".encode()


USAGE = event(usage={"prompt_tokens": 9, "completion_tokens": 12, "prompt_tokens_details": {"cached_tokens": 4}})
DONE = b"data: [DONE]\n\n"


def reply(*pieces, status=200, content_type="text/event-stream; charset=utf-8", most_tokens=None):
    """Sent at 1 s, pieces at 2, 3, ... s, ended with the last."""
    made = StreamedReply(0.5, 1.0, StallLimits(), most_tokens)
    made.head(status, content_type)
    at_s = 1.0
    for at_s, piece in enumerate(pieces, 2):
        made.take(float(at_s), piece)
    made.end(float(at_s))
    return made


def test_a_role_is_no_output_and_reasoning_is_but_not_the_answer():
    outcome = reply(
        event({"role": "assistant", "content": ""}),
        event({"reasoning": "hm"}),
        event({"reasoning_content": "hm"}),
        event({"content": "yes"}),
        event({"content": ""}, "stop"),
        USAGE + DONE,
    ).outcome()

    assert outcome.first_chunk_s == 3.0
    assert outcome.first_content_s == 5.0
    assert outcome.chunks_s == (3.0, 4.0, 5.0, 6.0)
    assert outcome.last_chunk_s == 6.0  # the end-of-sequence token: no text, but a token that took its time
    assert outcome.ended_s == 7.0
    assert (outcome.prompt_tokens, outcome.completion_tokens, outcome.cached_tokens) == (9, 12, 4)
    assert outcome.finish_reason == "stop"
    assert outcome.is_complete


def test_a_tool_call_is_output_and_answer():
    outcome = reply(event({"tool_calls": [{"index": 0}]}), event({}, "tool_calls"), USAGE, DONE).outcome()

    assert outcome.first_chunk_s == outcome.first_content_s == 2.0


def test_events_of_one_piece_share_its_time_and_one_event_in_two_pieces_has_the_later():
    chunk = event({"content": "a"})

    outcome = reply(chunk + chunk + chunk[:20], chunk[20:], event({"content": "b"}, "stop"), USAGE, DONE).outcome()

    assert outcome.chunks_s == (2.0, 2.0, 3.0, 4.0)


def test_usage_with_every_chunk_tells_their_sizes():
    outcome = reply(
        event({"role": "assistant", "content": ""}, usage={"prompt_tokens": 9, "completion_tokens": 0}),
        event({"content": "a"}, usage={"prompt_tokens": 9, "completion_tokens": 1}),
        event({"content": "b"}, usage={"prompt_tokens": 9, "completion_tokens": 5}),
        event({"content": "c"}, "stop", usage={"prompt_tokens": 9, "completion_tokens": 7}),
        event(usage={"prompt_tokens": 9, "completion_tokens": 7}),
        DONE,
    ).outcome()

    assert outcome.chunk_tokens == (1, 4, 2)
    assert outcome.completion_tokens == 7


def test_usage_with_some_chunks_tells_no_sizes():
    first = event({"content": "a"}, usage={"prompt_tokens": 9, "completion_tokens": 1})

    assert reply(first, event({"content": "b"}, "stop"), USAGE, DONE).outcome().chunk_tokens == ()


def test_a_reply_without_usage_has_no_fault_and_is_not_complete():
    outcome = reply(event({"content": "a"}, "stop"), DONE).outcome()

    assert outcome.fault == ""
    assert outcome.completion_tokens is None
    assert not outcome.is_complete


@pytest.mark.parametrize(
    "usage", [[], {"completion_tokens": "7"}, {"completion_tokens": True}, {"completion_tokens": -1}]
)
def test_counts_that_are_none_are_not_taken(usage):
    made = reply(event({"content": "a"}, "stop"), event(usage=usage), DONE)

    assert made.outcome().completion_tokens is None


@pytest.mark.parametrize(
    ("pieces", "kind", "words"),
    [
        ([event({"content": "a"}), DONE], "cut_short", "without a finish_reason"),
        ([b"data: {\n\n"], "malformed", "no chunk of a reply"),
        ([b"data: [1]\n\n"], "malformed", "no chunk of a reply"),
        ([b'data: {"choices": [3]}\n\n'], "malformed", "no chunk of a reply"),
        ([b"data: \xff\n\n"], "malformed", "not UTF-8"),
        ([event({"content": "a"}), event(error={"message": "engine died"})], "error_within", "engine died"),
        ([b'data: {"object": "error", "message": "old shape"}\n\n'], "error_within", "old shape"),
        ([b'error: {"code": 400, "message": "too long"}\n\n', DONE], "error_within", "too long"),
        ([b'event: error\ndata: {"message": "gone"}\n\n', DONE], "error_within", "gone"),
    ],
)
def test_a_stream_that_is_not_one_is_a_fault(pieces, kind, words):
    outcome = reply(*pieces).outcome()

    assert outcome.fault_kind == kind
    assert words in outcome.fault
    assert not outcome.is_complete


@pytest.mark.parametrize(
    ("status", "kind"), [(429, "http_429"), (400, "http_4xx"), (503, "http_5xx"), (307, "http_other")]
)
def test_an_error_status_is_a_fault_with_the_servers_words(status, kind):
    made = reply(b'{"error": {"mess', b'age": "no\\nroom"}}', status=status, content_type="application/json")

    outcome = made.outcome()

    assert outcome.fault_kind == kind
    assert outcome.fault == f"answered HTTP {status}: no\\nroom"
    assert outcome.status == status


def test_an_answer_in_one_piece_cannot_be_timed():
    assert reply(b'{"choices": []}', content_type="application/json").outcome().fault_kind == "not_streamed"
    assert reply(content_type="application/json").outcome().fault_kind == "not_streamed"


def test_an_answer_in_one_piece_is_not_waited_for():
    made = StreamedReply(0.5, 1.0, StallLimits())
    made.head(200, "application/json")
    made.take(2.0, b" ")
    assert not made.is_failed
    made.take(3.0, b"{")

    assert made.outcome().fault == "answered in one piece, though a stream was asked for"


def test_a_stream_of_another_content_type_is_read_and_said():
    outcome = reply(
        b"da", b"ta: " + event({"content": "a"}, "stop")[6:] + USAGE + DONE, content_type="text/plain"
    ).outcome()

    assert outcome.is_complete
    assert outcome.declared == "text/plain"
    assert reply(event({"content": "a"}, "stop") + USAGE + DONE).outcome().declared == ""


def test_a_reply_beyond_all_measure_is_a_fault():
    outcome = reply(*[b": " + b"x" * (1 << 20) + b"\n"] * 65).outcome()

    assert (outcome.fault_kind, outcome.fault) == ("endless", "did not end its reply: over 64 MiB")


def test_the_first_fault_is_kept():
    assert reply(event(error="first"), b"data: {\n\n").outcome().fault_kind == "error_within"


@pytest.mark.parametrize("word", ["abort", "error", "cancelled", "ABORT"])
def test_a_reply_that_the_server_gave_up_is_not_complete(word):
    outcome = reply(event({"content": "a"}), event({}, word), USAGE + DONE).outcome()

    assert (outcome.fault_kind, outcome.fault) == ("given_up", f"gave its reply up: finish_reason {word!r}")
    assert not outcome.is_complete


def test_a_reply_that_the_server_gave_up_is_not_ended_by_a_later_word():
    outcome = reply(event({"content": "a"}), event({}, "abort"), event({}, "stop"), USAGE + DONE).outcome()

    assert outcome.fault_kind == "given_up"


def test_output_that_was_counted_as_no_token_is_a_fault():
    outcome = reply(
        event({"content": "a"}, "stop"), event(usage={"prompt_tokens": 9, "completion_tokens": 0})
    ).outcome()

    assert (outcome.fault_kind, outcome.fault) == ("no_tokens", "counted 0 tokens of a reply that holds output")


@pytest.mark.parametrize(("counted", "kind"), [(768, None), (770, None), (5000, "over_limit")])
def test_a_reply_that_is_longer_than_asked_for_is_a_fault(counted, kind):
    usage = event(usage={"prompt_tokens": 9, "completion_tokens": counted})

    outcome = reply(event({"content": "a"}, "stop"), usage + DONE, most_tokens=768).outcome()

    assert outcome.fault_kind == kind
    if kind:
        assert outcome.fault == "counted 5,000 tokens of a reply that was to have 768 at most"


def test_a_reply_that_goes_on_for_ever_is_ended_by_its_time():
    made = StreamedReply(0.5, 1.0, StallLimits(first_s=10, next_s=3, reply_s=11), 20)
    made.head(200, "text/event-stream")
    for at_s in range(2, 13):
        made.take(float(at_s), event({"content": "a"}))

    assert made.deadline_s == 13.0  # 11 s after its first output
    made.give_up(13.0)

    assert made.outcome().fault_kind == "endless"
    assert made.outcome().fault == "did not end its reply: 11 chunks in 11 s, where 20 tokens at most were asked for"


def test_a_reply_that_goes_on_for_ever_is_ended_by_its_length():
    outcome = reply(*[event({"content": "a"}) * 300] * 3, most_tokens=100).outcome()

    assert outcome.fault_kind == "endless"
    assert outcome.fault == "did not end its reply: 801 chunks in 2 s, where 100 tokens at most were asked for"


def test_text_that_a_gateway_cut_into_characters_has_an_end():
    pieces = [event({"content": "a"}) * 300, event({"content": "b"}, "length") + USAGE + DONE]

    assert reply(*pieces, most_tokens=100).outcome().is_complete


def test_patience_counts_from_sending_then_from_the_last_output():
    made = StreamedReply(0.5, 1.0, StallLimits(first_s=10, next_s=3))
    made.head(200, "text/event-stream")

    assert made.deadline_s == 11.0
    made.take(5.0, b": ping\n\n" + event({"role": "assistant"}))
    assert made.deadline_s == 11.0  # no sign of life
    made.take(6.0, event({"content": "a"}))
    assert made.deadline_s == 9.0
    made.give_up(9.0)
    assert made.outcome().fault == "stalled: it sent nothing within its reply for 3 s"
    assert made.outcome().fault_kind == "stall"


def test_a_whole_reply_whose_connection_stays_open_is_whole():
    made = StreamedReply(0.5, 1.0, StallLimits())
    made.head(200, "text/event-stream")
    made.take(2.0, event({"content": "a"}, "stop") + USAGE + DONE)

    assert made.deadline_s == 3.0
    made.give_up(3.0)

    assert made.outcome().is_complete
    assert made.outcome().ended_s == 2.0
