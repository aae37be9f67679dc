"""The definitions, against outcomes computed by hand; and what marks a point."""

import json

import pytest
from servecheck.errors import UsageError
from servecheck.throughput.metrics import inter_token_s, point_metrics, tpot_s

from suites.selftest.throughput.conftest import load, outcome


def test_times_count_from_sending_and_the_clients_queue_is_apart():
    metrics = point_metrics(load(outcome()))

    assert metrics.ttft is not None
    assert metrics.ttft.p50 == pytest.approx(200)
    assert metrics.ttfo is not None
    assert metrics.ttfo.p50 == pytest.approx(500)
    assert metrics.e2el is not None
    assert metrics.e2el.p50 == pytest.approx(500)
    assert metrics.client_queue is not None
    assert metrics.client_queue.p50 == pytest.approx(100)
    assert metrics.counts


def test_tpot_spreads_the_time_after_the_first_chunk_over_the_tokens_after_the_first():
    assert tpot_s(outcome(completion_tokens=7)) == pytest.approx(0.3 / 6)


@pytest.mark.parametrize("tokens", [0, 1])
def test_one_token_has_no_tpot_and_meets_every_limit_on_it(tokens):
    metrics = point_metrics(load(outcome(completion_tokens=tokens)), slos={"tpot": 0.001})

    assert metrics.tpot is None
    assert metrics.goodput == pytest.approx(1 / 2.0)


def test_tokens_are_the_servers_count_and_throughput_is_over_the_whole_duration():
    metrics = point_metrics(load(outcome(completion_tokens=40), outcome(completion_tokens=60), duration_s=4.0))

    assert metrics.output_tokens == 100
    assert metrics.output_throughput == pytest.approx(25)
    assert metrics.request_throughput == pytest.approx(0.5)
    assert metrics.tokens_per_chunk == pytest.approx(100 / 6)


@pytest.mark.parametrize(
    ("slos", "good"),
    [
        ({"ttft": 200.001}, 2),
        ({"ttft": 199}, 0),
        ({"ttft": 201, "e2el": 499}, 1),
        ({"tpot": 49}, 1),
        ({"tpot": 51, "ttft": 201, "e2el": 501}, 2),
    ],
)
def test_goodput_counts_requests_that_meet_every_limit(slos, good):
    quick = outcome(chunks_s=(10.2, 10.3))

    assert point_metrics(load(outcome(), quick), slos=slos).goodput == pytest.approx(good / 2.0)


def test_there_is_no_goodput_without_limits_and_no_limit_on_what_is_not_known():
    assert point_metrics(load(outcome())).goodput is None
    with pytest.raises(UsageError, match="no SLO itl; there are ttft, tpot, e2el"):
        point_metrics(load(outcome()), slos={"itl": 5})


def test_inter_token_latency_where_chunk_sizes_are_told():
    # 1, 4 and 2 tokens: after the first, four took 100 ms together and two 200 ms
    told = outcome(chunk_tokens=(1, 4, 2))

    assert inter_token_s(told) == [(pytest.approx(0.025), 4.0), (pytest.approx(0.1), 2.0)]
    assert point_metrics(load(told)).itl_basis == "chunk sizes"


def test_a_chunk_without_tokens_adds_its_gap_to_the_next():
    told = outcome(chunk_tokens=(1, 0, 3), completion_tokens=4)

    assert inter_token_s(told) == [(pytest.approx(0.1), 3.0)]


def test_inter_token_latency_where_they_are_not_has_the_right_mean_and_says_so():
    metrics = point_metrics(load(outcome(completion_tokens=6)))  # 2 tokens a chunk

    assert metrics.itl_basis == "spread"
    assert metrics.itl is not None
    assert metrics.itl.count == pytest.approx(4)
    assert metrics.itl.mean == pytest.approx(75)
    assert metrics.itl.p99 == pytest.approx(100)
    assert metrics.chunk_gap is not None
    assert metrics.chunk_gap.mean == pytest.approx(150)


def test_both_kinds_of_inter_token_latency_in_one_point_are_told_apart():
    assert point_metrics(load(outcome(), outcome(chunk_tokens=(1, 4, 2)))).itl_basis == "mixed"


@pytest.mark.parametrize(
    ("bad", "kind", "mark"),
    [
        (
            {"fault": "answered HTTP 429: slow down", "fault_kind": "http_429", "status": 429},
            "http_429",
            "1 of 3 requests were refused as too many (HTTP 429), for example: answered HTTP 429: slow down",
        ),
        (
            {"fault": "stalled: it sent", "fault_kind": "stall"},
            "stall",
            "1 of 3 requests stalled, for example: stalled",
        ),
        ({"completion_tokens": None}, None, "1 of 3 replies came without usage, so their tokens are not known"),
        ({"chunks_s": ()}, None, "1 of 3 replies held no output"),
    ],
)
def test_what_is_not_complete_marks_the_point_and_is_averaged_in_nowhere(bad, kind, mark):
    alone = point_metrics(load(outcome(), outcome()))

    metrics = point_metrics(load(outcome(), outcome(**{"chunks_s": (15.0, 99.0), "ended_s": 99.0} | bad), outcome()))

    assert not metrics.counts
    (said,) = metrics.marks
    assert said.startswith(mark)
    assert metrics.faults == ({kind: 1} if kind else {})
    assert (metrics.requests, metrics.complete) == (3, 2)
    assert (metrics.ttft, metrics.tpot, metrics.itl, metrics.e2el) == (alone.ttft, alone.tpot, alone.itl, alone.e2el)
    assert metrics.output_tokens == alone.output_tokens


def test_a_client_that_was_the_bottleneck_marks_the_point():
    metrics = point_metrics(load(outcome(), lag_p99_ms=42.0))

    assert not metrics.counts
    assert "the client itself was the bottleneck" in metrics.marks[0]
    assert "42.0 ms" in metrics.marks[0]


def test_nothing_asked_is_no_point():
    metrics = point_metrics(load(duration_s=0.0))

    assert metrics.marks == ("nothing was asked",)
    assert metrics.output_throughput == 0.0


def test_cached_and_input_tokens_are_known_only_where_every_request_tells_them():
    told = outcome(cached_tokens=3)

    assert point_metrics(load(told, told)).cached_tokens == 6
    assert point_metrics(load(told, outcome())).cached_tokens is None
    assert point_metrics(load(told, outcome(prompt_tokens=None))).input_tokens is None


def test_the_json_form_is_json():
    told = json.loads(point_metrics(load(outcome()), slos={"ttft": 300}).model_dump_json())

    assert told["ttft"]["p99"] == pytest.approx(200)
    assert told["client"]["bottleneck"] == ""


def test_an_end_of_a_word_that_nobody_knows_is_named_and_marks_where_it_is_one_in_twenty_or_more():
    whole = [outcome()] * 39

    noted = point_metrics(load(*whole, outcome(finish_reason="done")))
    marked = point_metrics(load(*whole[:9], outcome(finish_reason="done\x1b")))

    assert noted.marks == ()
    assert noted.notes == (
        "1 of 40 replies ended with a finish_reason that is not known ('done'): where it is an end, add it to the "
        "profile's finish_reasons",
    )
    assert marked.notes == ()
    assert "1 of 10 replies ended with a finish_reason that is not known ('done\\x1b')" in marked.marks[0]


def test_a_profile_can_say_that_a_word_is_an_end():
    assert point_metrics(load(outcome(finish_reason="done")), ends=frozenset({"done"})).counts


def test_a_stream_that_came_as_something_else_is_said_and_counts():
    metrics = point_metrics(load(outcome(), outcome(declared="text/plain")))

    assert metrics.counts
    assert metrics.notes == ("1 of 2 streams came as text/plain, not as text/event-stream",)
