"""Of a server's Prometheus text only what is asked for is read, within bounds."""

from __future__ import annotations

import pytest
from servecheck.servers.prometheus_text import count, samples_of, started_at, total

TEXT = 'a_total{x="1"} 2\na_total{x="2"} 3\nb not-a-number\nprocess_start_time_seconds 5.5\n'


def test_a_counter_is_summed_over_its_labels_whatever_stands_beside_it():
    assert total(samples_of(TEXT, {"a_total"}), "a_total") == 5


def test_a_counter_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="c_total is missing"):
        total(samples_of(TEXT, {"a_total"}), "c_total")


@pytest.mark.parametrize("value", ["-1", "1.5", "NaN", "+Inf", "1e300"])
def test_a_count_is_a_whole_number_from_0_up(value):
    (sample,) = samples_of(f"a_total {value}\n", {"a_total"})

    with pytest.raises(ValueError, match="is no count"):
        count(sample)


@pytest.mark.parametrize("text", ["a_total 1\n" * 5000, 'a_total{x="' + "y" * 2000 + '"} 1\n'])
def test_more_than_any_server_tells_is_not_read(text):
    with pytest.raises(ValueError, match="lines of counters"):
        list(samples_of(text, {"a_total"}))


@pytest.mark.parametrize("labels", ['{model_name="m", ="b"}', '{="b"}', '{a="b"="c"}'])
def test_damaged_labels_are_an_error_of_the_text(labels):
    with pytest.raises(ValueError, match=r"."):
        list(samples_of(f"a_total{labels} 1\n", {"a_total"}))


@pytest.mark.parametrize("value", ["NaN", "+Inf"])
def test_a_start_that_is_no_time_is_an_error(value):
    with pytest.raises(ValueError, match="is no time"):
        started_at([*samples_of(f"process_start_time_seconds {value}\n", {"process_start_time_seconds"})])


def test_the_start_is_told_of_one_process():
    wanted = {"process_start_time_seconds"}

    assert started_at([*samples_of(TEXT, wanted)]) == 5.5
    assert started_at([*samples_of(TEXT + "process_start_time_seconds 6\n", wanted)]) is None
    assert started_at([]) is None
