"""The generator against a server that does what each request's script says; generous in time, exact in all else."""

import asyncio
import gc
import socket

import pytest
from servecheck.throughput.arrivals import ClosedLoop, ConstantArrivals
from servecheck.throughput.generator import generate, run_load
from servecheck.throughput.metrics import point_metrics
from servecheck.throughput.streamed_reply import StallLimits
from servecheck.throughput.workload import Workload

QUICK = {"ttft_ms": 20, "gaps_ms": 5, "sizes": [1, 4, 2, 3], "reasoning": 1}


def body(identity, **script):
    messages = [{"role": "user", "content": "x"}]
    return {"model": "m", "stream": True, "messages": messages, "script": {"id": identity, **QUICK, **script}}


def work(*scripts, warm_up=()):
    measured = [body(index, **script) for index, script in enumerate(scripts)]
    return Workload("scripted", measured, [body("warm-up", **script) for script in warm_up])


def test_what_the_server_emitted_is_what_was_seen(server):
    server.truth()

    load = run_load(work(*[{"ttft_ms": 20 + 10 * index} for index in range(6)]), ClosedLoop(3), server.base_url)

    truths = {truth.id: truth for truth in server.truth()}
    for index, outcome in enumerate(load.outcomes):
        truth = truths[index]
        assert outcome.is_complete
        assert outcome.completion_tokens == truth.tokens == 10
        assert outcome.finish_reason == "length"
        assert len(outcome.chunks_s) == len(truth.emitted_s) == 4
        # one clock for both processes: nothing is seen before it was sent, and no request read before it was sent
        assert outcome.due_s <= outcome.sent_s <= truth.received_s
        assert all(seen >= emitted for seen, emitted in zip(outcome.chunks_s, truth.emitted_s, strict=True))
        assert outcome.first_chunk_s == outcome.chunks_s[0]
        assert outcome.first_content_s == outcome.chunks_s[1]
        assert outcome.chunks_s[-1] == outcome.last_chunk_s <= outcome.ended_s
    assert load.duration_s == max(o.ended_s for o in load.outcomes) - min(o.sent_s for o in load.outcomes)


def test_a_closed_loop_keeps_its_concurrency(server):
    load = run_load(work(*[{}] * 12), ClosedLoop(4), server.base_url)

    moments = sorted([(o.sent_s, 1) for o in load.outcomes] + [(o.ended_s, -1) for o in load.outcomes])
    running = [sum(change for _, change in moments[: position + 1]) for position in range(len(moments))]
    assert max(running) == 4
    # a place is due again when its reply has ended
    assert {o.due_s for o in load.outcomes[4:]} <= {o.ended_s for o in load.outcomes}


def test_an_open_loop_sends_when_due_whatever_the_server_does(server):
    load = run_load(work(*[{"ttft_ms": 300}] * 10), ConstantArrivals(100.0), server.base_url)

    first_s = load.outcomes[0].due_s
    assert [o.due_s - first_s for o in load.outcomes] == pytest.approx([index / 100 for index in range(10)])
    assert all(o.sent_s >= o.due_s for o in load.outcomes)
    assert load.outcomes[-1].sent_s < load.outcomes[0].ended_s
    assert load.arrivals == "100 requests/s, evenly spaced"


def test_what_waits_for_a_place_waits_in_the_clients_queue(server):
    load = run_load(work(*[{}] * 6), ConstantArrivals(1000.0, in_flight=1), server.base_url)

    metrics = point_metrics(load)
    assert metrics.client_queue is not None
    assert metrics.ttft is not None
    assert load.outcomes[-1].sent_s - load.outcomes[-1].due_s > 5 * 0.03
    assert metrics.ttft.p50 < metrics.client_queue.p90


def test_the_warm_up_comes_first_and_counts_nowhere(server):
    load = run_load(work({}, warm_up=[{}, {}]), ClosedLoop(2), server.base_url)

    assert len(load.warm_up) == 2
    assert max(o.ended_s for o in load.warm_up) <= load.outcomes[0].sent_s
    assert point_metrics(load).requests == 1


def test_chunk_sizes_are_kept_where_the_server_tells_them(server):
    load = run_load(work({"sizes_told": True}), ClosedLoop(1), server.base_url)

    assert load.outcomes[0].chunk_tokens == (1, 4, 2, 3)
    assert point_metrics(load).itl_basis == "chunk sizes"


def test_several_events_of_one_read_share_their_time(server):
    load = run_load(work({"gaps_ms": 0, "sizes": [1] * 50}), ClosedLoop(1), server.base_url)

    (outcome,) = load.outcomes
    assert len(outcome.chunks_s) == 50
    assert list(outcome.chunks_s) == sorted(outcome.chunks_s)


@pytest.mark.parametrize(
    ("script", "kind", "mark"),
    [
        ({"fault": "http_429"}, "http_429", "refused as too many (HTTP 429)"),
        ({"fault": "http_500"}, "http_5xx", "met a server error"),
        (
            {"fault": "stall"},
            "stall",
            "1 of 4 requests stalled, for example: stalled: it sent nothing within its reply",
        ),
        ({"fault": "silent"}, "stall", "stalled: it sent nothing in answer for 1 s"),
        ({"fault": "cut"}, "connection", "broke its reply off"),
        ({"fault": "error"}, "error_within", "engine died"),
        ({"usage": False}, None, "1 of 4 replies came without usage"),
    ],
)
def test_a_fault_is_said_marks_the_point_and_is_averaged_in_nowhere(server, script, kind, mark):
    load = run_load(work({}, {}, script, {}), ClosedLoop(2), server.base_url, limits=StallLimits(1.0, 0.2))

    metrics = point_metrics(load)
    assert load.outcomes[2].fault_kind == kind
    assert metrics.faults == ({kind: 1} if kind else {})
    assert metrics.complete == 3
    assert metrics.output_tokens == 30
    assert metrics.ttft is not None
    assert metrics.ttft.count == 3
    assert not metrics.counts
    assert any(mark in said for said in metrics.marks)


@pytest.mark.parametrize("arrivals", [ClosedLoop(1), ClosedLoop(4), ConstantArrivals(100.0, in_flight=2)])
def test_a_server_that_closes_after_each_reply_loses_no_request(server, arrivals):
    server.truth()

    load = run_load(work(*[{"closes": True}] * 12, warm_up=[{"closes": True}] * 3), arrivals, server.base_url)

    assert [outcome.fault for outcome in (*load.warm_up, *load.outcomes)] == [""] * 15
    truths = {truth.id: truth for truth in server.truth()}
    assert len(truths) == 13
    # the clock starts with the sending that the server took
    assert all(o.sent_s <= truths[index].received_s for index, o in enumerate(load.outcomes))


def test_nothing_is_asked_twice(server):
    server.truth()

    run_load(work(*[{"fault": "cut"}] * 3), ClosedLoop(1), server.base_url)

    assert len(server.truth()) == 3


def test_a_server_that_is_not_there_is_a_fault_of_each_request():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    load = run_load(work({}, {}), ClosedLoop(2), f"http://127.0.0.1:{port}/v1")

    assert [o.fault_kind for o in load.outcomes] == ["connection"] * 2
    assert "could not be reached" in load.outcomes[0].fault
    assert load.outcomes[0].status == 0


def test_progress_is_told_of_every_request(server):
    told = []

    run_load(work({}, {"fault": "http_429"}, {}), ClosedLoop(1), server.base_url, progress=lambda *of: told.append(of))

    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_cancelled_load_closes_its_connections(server):
    server.truth()
    before = server.connections()

    async def cancelled() -> int:
        load = asyncio.create_task(generate(work(*[{"ttft_ms": 60_000}] * 3), ClosedLoop(3), server.base_url))
        during, asked = 0, 0
        while asked < 3:
            asked += len(await asyncio.to_thread(server.truth))
            during = await asyncio.to_thread(server.connections)
        load.cancel()
        with pytest.raises(asyncio.CancelledError):
            await load
        return during

    assert asyncio.run(cancelled()) == before + 3
    assert server.connections() == before


def test_the_garbage_collector_works_again_after_a_load(server):
    run_load(work({}), ClosedLoop(1), server.base_url)

    assert gc.isenabled()
