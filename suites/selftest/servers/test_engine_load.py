"""What a server says of its load, in its engine's own names; a restart or others' requests do not go unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.gates.acceptance import NotCounted
from servecheck.servers.engine_load import EngineLoad, load_between, parse_engine_load

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
READING = EngineLoad(7, 100, 40, 100, 16, 1, 4.0, 2.0, 0.5, 1700000000.5, "vLLM")


def test_counters_and_gauges_are_summed_over_engines_and_the_fullest_cache_counts():
    assert parse_engine_load(TEXT) == READING


def test_another_engine_has_none_of_it():
    found = parse_engine_load("tgi_queue_size 1\n")

    assert isinstance(found, NotCounted)
    assert "tells no load: its engine has other names" in found.reason


def test_a_counter_that_is_none_spoils_the_reading():
    line = 'vllm:num_preemptions_total{engine="0",model_name="m"} 1.0'

    with pytest.raises(ValueError, match="vllm:num_preemptions_total is -1, which is no count"):
        parse_engine_load(TEXT.replace(line, "vllm:num_preemptions_total -1"))


@pytest.mark.parametrize(
    ("line", "other", "gauge"),
    [
        ('vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5', "vllm:kv_cache_usage_perc 1.02", "kv_usage"),
        ('vllm:num_requests_waiting{engine="0",model_name="m"} 2.0', "vllm:num_requests_waiting NaN", "waiting"),
        ('vllm:num_requests_waiting{engine="0",model_name="m"} 2.0', "vllm:num_requests_waiting 1e+300", "waiting"),
    ],
)
def test_a_gauge_that_cannot_be_is_not_known_and_said_and_the_rest_is_read(line, other, gauge):
    assert line in TEXT
    found = parse_engine_load(TEXT.replace(line, other))

    told = other.replace(" ", " is ").replace("NaN", "nan")
    assert found == replace(READING, **{gauge: None}, unusable=(told,))
    assert load_between(READING, found, sent=0).unusable == (told,)


def test_a_gauge_that_is_missing_is_not_known():
    found = parse_engine_load(TEXT.replace('vllm:num_requests_waiting{engine="0",model_name="m"} 2.0\n', ""))

    assert found == replace(READING, waiting=None)


def test_the_names_of_vllm_before_0_10_are_read():
    older = TEXT.replace("vllm:prefix_cache", "vllm:gpu_prefix_cache").replace("vllm:kv_cache", "vllm:gpu_cache")

    assert parse_engine_load(older) == READING


def test_the_names_of_sglang_are_read_and_its_rates_are_those_of_lately():
    text = """sglang:num_running_reqs{model_name="m"} 3.0
sglang:num_queue_reqs{model_name="m"} 1.0
sglang:token_usage{model_name="m"} 0.25
sglang:cache_hit_rate{model_name="m"} 0.9
sglang:spec_accept_length{model_name="m"} 2.1
sglang:num_requests_total{model_name="m"} 7.0
sglang:prompt_tokens_total{model_name="m"} 100.0
sglang:generation_tokens_total{model_name="m"} 40.0
"""
    found = parse_engine_load(text)

    assert found == EngineLoad(
        7, 100, 40, 100, None, None, 3.0, 1.0, 0.25, None, "SGLang", hit_rate=0.9, accept_length=2.1
    )
    between = load_between(found, found, sent=0)
    assert (between.engine, between.most_hit_rate, between.most_accept_length) == ("SGLang", 0.9, 2.1)


def test_prompt_tokens_of_llamacpp_are_those_that_were_computed_and_those_that_were_not():
    text = """llamacpp:prompt_tokens_total 90
llamacpp:prompt_tokens_cached_total 10
llamacpp:tokens_predicted_total 40
llamacpp:requests_processing 2
llamacpp:requests_deferred 1
"""
    found = parse_engine_load(text)

    assert found == EngineLoad(None, 100, 40, 100, 10, None, 2.0, 1.0, None, None, "llama.cpp", 6)
    assert load_between(found, found, sent=3).foreign is None
    assert load_between(found, found, sent=3).rounded_to == 1
    later = replace(found, generation_tokens=1_234_570)
    assert load_between(found, later, sent=3).rounded_to == 10


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
