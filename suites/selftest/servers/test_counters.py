"""Counters of speculative decoding are read as engines write them, and never believed further than they go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.gates.acceptance import Acceptance, NotCounted, SpecDecode
from servecheck.servers.counters import Counters, counted_between, parse_counters, read_counters

pytestmark = pytest.mark.usefixtures("direct")

# As vLLM 0.32 writes them, two engines (data parallel), k = 2; other metrics and comments between.
VLLM = """\
# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.76382e+09
# HELP vllm:request_success_total Count of successfully processed requests.
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="glm"} 30.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="glm"} 2.0
vllm:request_success_total{engine="1",finished_reason="stop",model_name="glm"} 8.0
# HELP vllm:spec_decode_num_drafts_total Number of spec decoding drafts.
# TYPE vllm:spec_decode_num_drafts_total counter
vllm:spec_decode_num_drafts_total{engine="0",model_name="glm"} 1000.0
vllm:spec_decode_num_drafts_total{engine="1",model_name="glm"} 200.0
# TYPE vllm:spec_decode_num_drafts_created gauge
vllm:spec_decode_num_drafts_created{engine="0",model_name="glm"} 1.763822973e+09
# TYPE vllm:spec_decode_num_draft_tokens_total counter
vllm:spec_decode_num_draft_tokens_total{engine="0",model_name="glm"} 2000.0
vllm:spec_decode_num_draft_tokens_total{engine="1",model_name="glm"} 400.0
# TYPE vllm:spec_decode_num_accepted_tokens_total counter
vllm:spec_decode_num_accepted_tokens_total{engine="0",model_name="glm"} 900.0
vllm:spec_decode_num_accepted_tokens_total{engine="1",model_name="glm"} 100.0
# TYPE vllm:spec_decode_num_accepted_tokens_per_pos_total counter
vllm:spec_decode_num_accepted_tokens_per_pos_total{engine="0",model_name="glm",position="1"} 300.0
vllm:spec_decode_num_accepted_tokens_per_pos_total{engine="0",model_name="glm",position="0"} 600.0
vllm:spec_decode_num_accepted_tokens_per_pos_total{engine="1",model_name="glm",position="0"} 70.0
vllm:spec_decode_num_accepted_tokens_per_pos_total{engine="1",model_name="glm",position="1"} 30.0
"""
# As llama-server --metrics writes them: no labels, and six digits of a number.
LLAMA_CPP = """\
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 12
# TYPE llamacpp:spec_decode_num_draft_tokens_total counter
llamacpp:spec_decode_num_draft_tokens_total 1.23457e+06
# TYPE llamacpp:spec_decode_num_accepted_tokens_total counter
llamacpp:spec_decode_num_accepted_tokens_total 900000
# TYPE llamacpp:spec_decode_num_drafts_total counter
llamacpp:spec_decode_num_drafts_total 600000
"""
DRAFTS = "vllm:spec_decode_num_drafts_total"


def counters(
    drafts: int = 10,
    accepted: int = 5,
    *,
    requests: int | None = None,
    started_at: float | None = None,
    engine: str = "vLLM",
) -> Counters:
    return Counters(engine, SpecDecode(drafts, drafts, accepted), requests, started_at)


def test_vllms_are_summed_over_its_engines() -> None:
    assert parse_counters(VLLM) == Counters(
        "vLLM", SpecDecode(1200, 2400, 1000, per_position=(670, 330)), requests=40, started_at=1.76382e9
    )


def test_llama_cpps_have_no_requests_and_no_positions_before_the_first_draft() -> None:
    assert parse_counters(LLAMA_CPP) == Counters("llama.cpp", SpecDecode(600_000, 1_234_570, 900_000), None, None)

    first = LLAMA_CPP + 'llamacpp:spec_decode_num_accepted_tokens_per_pos_total{position="0"} 900000\n'
    found = parse_counters(first)
    assert isinstance(found, Counters)
    assert found.spec_decode.per_position == (900_000,)


@pytest.mark.parametrize("text", ["", "# nothing\n", "vllm:request_success_total 3\n", "<html>no</html>", "\0\x1b[2J"])
def test_a_server_without_the_counters_is_said_to_have_none(text: str) -> None:
    found = parse_counters(text)

    assert isinstance(found, NotCounted)
    assert "the server counts no drafts: speculative decoding is off there" in found.reason


@pytest.mark.parametrize(
    "value", ["NaN", "+Inf", "-Inf", "-1", "0.5", "1e300", "9" * 400, "", "one", "1_000", "0x10", "1 2 3 x"]
)
def test_a_value_that_is_no_count_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_counters(VLLM.replace("1000.0", value))

    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (VLLM.replace("vllm:spec_decode_num_accepted_tokens_total", "vllm:other"), "accepted_tokens_total is missing"),
        (VLLM.replace("vllm:spec_decode_num_draft_tokens_total", "vllm:other"), "draft_tokens_total is missing"),
        (VLLM.replace('position="1"', 'position="7"'), "positions 0, 7, and not all from 0 on"),
        (VLLM.replace('position="1"', 'position="1000000000"'), "not all from 0 on"),
        (VLLM.replace('model_name="glm"} 200.0', 'model_name="b"} 200.0'), r"several models' drafts \(b, glm\)"),
        (VLLM + DRAFTS + '{engine="2} 1\n', "."),
        (VLLM + f'{DRAFTS}{{engine="{"x" * 2000}"}} 1\n', "one of over 1024 characters"),
        (VLLM + f"{DRAFTS} 1\n" * 5000, "over 4096 lines"),
    ],
)
def test_damaged_counters_are_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_counters(text)


def test_a_fault_elsewhere_does_not_spoil_them() -> None:
    assert parse_counters('vllm:other{a="} x\n' + VLLM + "llamacpp:y 1e\n\x00\n") == parse_counters(VLLM)


PIECES = [*'{}",=\\ \t\n#_01.e-+', "position", "engine", "__name__", DRAFTS, "NaN", "\u2028", "\ud800"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_a_server_sends_is_counters_or_a_reason_or_an_error_of_its_text(text: str) -> None:
    try:
        found = parse_counters(DRAFTS + text)
    except ValueError:
        return
    assert isinstance(found, Counters | NotCounted)


def test_a_run_is_what_was_counted_between_its_readings() -> None:
    before, after = counters(100, 80, requests=50), counters(1100, 880, requests=94)

    assert counted_between(before, after, sent=44, replies=40) == Acceptance(SpecDecode(1000, 1000, 800), 40, foreign=0)


@pytest.mark.parametrize(("answered", "foreign"), [(47, 3), (44, 0), (40, 0)])
def test_more_requests_answered_than_sent_were_somebody_elses(answered: int, foreign: int) -> None:
    found = counted_between(counters(requests=6), counters(requests=6 + answered), sent=44, replies=40)

    assert isinstance(found, Acceptance)
    assert found.foreign == foreign


def test_where_requests_are_not_counted_nothing_is_known_of_others() -> None:
    found = counted_between(counters(), counters(20), sent=44, replies=40)

    assert isinstance(found, Acceptance)
    assert found.foreign is None


@pytest.mark.parametrize(
    "after",
    [
        counters(9, 5, requests=10, started_at=1.0),
        counters(20, 4, requests=10, started_at=1.0),
        counters(20, 10, requests=9, started_at=1.0),
        counters(20, 10, requests=20, started_at=2.0),
        counters(20, 10, requests=20, started_at=1.0, engine="llama.cpp"),
    ],
    ids=["drafts", "accepted", "requests", "start time", "another engine"],
)
def test_a_server_that_was_started_again_is_told_and_not_counted(after: Counters) -> None:
    found = counted_between(counters(10, 5, requests=10, started_at=1.0), after, sent=1, replies=1)

    assert isinstance(found, NotCounted)
    assert "started again" in found.reason


def test_a_reading_that_failed_is_the_reason() -> None:
    first, second = NotCounted("first"), NotCounted("second")

    assert counted_between(first, second, sent=1, replies=1) is first
    assert counted_between(counters(), second, sent=1, replies=1) is second


@contextmanager
def serving(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server of one answer, by its base URL, with the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", asked
        finally:
            server.shutdown()
            thread.join()


def test_they_are_read_beside_v1() -> None:
    with serving(200, VLLM.encode()) as (base_url, asked):
        assert read_counters(base_url) == parse_counters(VLLM)

    assert asked == ["/metrics"]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (404, b"", "is not there (HTTP 404)"),
        (401, b"", "set OPENAI_API_KEY"),
        (501, b'{"error":{"message":"This server does not support metrics endpoint."}}', "llama-server with --metrics"),
        (500, b"\x1b[2Jboom", "answered HTTP 500 (\\x1b[2Jboom)"),
        (200, b"<html>welcome</html>", "counts no drafts"),
        (200, VLLM.replace("1000.0", "NaN").encode(), "which is no count"),
        (200, b"\xff\xfe\x00" * 100, "counts no drafts"),
    ],
)
def test_where_there_are_none_it_says_why(status: int, body: bytes, told: str) -> None:
    with serving(status, body) as (base_url, _):
        found = read_counters(base_url)

    assert isinstance(found, NotCounted)
    assert told in found.reason
    assert found.reason.isprintable()


def test_a_server_that_is_gone_is_a_reason_and_no_error() -> None:
    with serving(200, b"") as (base_url, _):
        pass

    found = read_counters(base_url)

    assert isinstance(found, NotCounted)
    assert "refuses connections" in found.reason
