"""What a server says of its load is read whole or not at all, and a restart or others' requests do not go unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.servers.engine_load import EngineLoad, load_between, parse_engine_load
from fixtures.stats.acceptance import NotCounted

TEXT = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 1.0
vllm:num_requests_waiting{engine="0",model_name="m"} 2.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 100.0
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 16.0
vllm:num_preemptions_total{engine="0",model_name="m"} 1.0
vllm:prompt_tokens_total{engine="0",model_name="m"} 100.0
vllm:generation_tokens_total{engine="0",model_name="m"} 40.0
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 5.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 2.0
process_start_time_seconds 1700000000.5
something_else NaN
"""
READING = EngineLoad(7, 100, 40, 100, 16, 1, 4.0, 2.0, 0.5, 1700000000.5)


def test_counters_and_gauges_are_summed_over_engines_and_the_fullest_cache_counts():
    assert parse_engine_load(TEXT) == READING


@pytest.mark.parametrize("text", ["", "llamacpp:requests_processing 1\n"])
def test_another_engine_has_none_of_it(text):
    found = parse_engine_load(text)

    assert isinstance(found, NotCounted)
    assert "tells no load" in found.reason


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ('vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5', "vllm:kv_cache_usage_perc 7"),
        ('vllm:num_requests_waiting{engine="0",model_name="m"} 2.0', "vllm:num_requests_waiting NaN"),
        ('vllm:num_preemptions_total{engine="0",model_name="m"} 1.0', "vllm:num_preemptions_total -1"),
        ('vllm:num_requests_waiting{engine="0",model_name="m"} 2.0', ""),
    ],
)
def test_what_is_damaged_or_missing_is_no_reading(line, other):
    assert line in TEXT
    with pytest.raises(ValueError, match="vllm:"):
        parse_engine_load(TEXT.replace(line, other))


def test_a_counter_that_is_missing_is_not_known_and_the_others_are():
    found = parse_engine_load(TEXT.replace('vllm:num_preemptions_total{engine="0",model_name="m"} 1.0\n', ""))

    assert found == replace(READING, preemptions=None)
    assert load_between(found, found, sent=0).preemptions is None


def test_between_two_readings_lies_what_was_counted_and_how_full_it_was():
    after = replace(READING, requests=17, prompt_tokens=300, prefix_hits=16, generation_tokens=90)
    samples = [replace(READING, running=9.0, kv_usage=0.1), NotCounted("no answer"), READING]

    found = load_between(READING, after, sent=8, samples=samples)

    assert (found.requests, found.prompt_tokens, found.prefix_hits, found.generation_tokens) == (10, 200, 0, 50)
    assert found.foreign == 2
    assert (found.most_running, found.most_waiting, found.most_kv_usage) == (9.0, 2.0, 0.5)


@pytest.mark.parametrize("changes", [{"started_at": 1.0}, {"prompt_tokens": 99}])
def test_of_a_server_that_was_started_again_nothing_is_said(changes):
    found = load_between(READING, replace(READING, **changes), sent=0)

    assert isinstance(found, NotCounted)
    assert "started again" in found.reason


def test_what_could_not_be_read_is_said_in_its_own_words():
    refused = NotCounted("no answer")

    assert load_between(refused, READING, sent=0) is refused
    assert load_between(READING, refused, sent=0) is refused
