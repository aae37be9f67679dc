"""Beside ``vllm bench serve``: what the comparison concludes from figures; that both measure the same on a real vLLM.

The machine's other work meets one client and then the other, so it widens the interval; it does not shift it.
"""

from pathlib import Path

import pytest

from suites.selftest.throughput.against_bench_serve import (
    BANDS,
    Figures,
    NotTheSame,
    Round,
    Size,
    clients,
    compare,
    engine,
    meets,
    ratios,
    verdict,
    workload,
)

SMALL = Size(requests=4, output_tokens=8, concurrency=2, warm_up=2)


def figures(throughput=100.0, ttft=40.0, tpot=2.0, tokens=(900, 32)):
    return Figures(throughput, ttft, tpot, *tokens)


def test_equal_rounds_have_a_quotient_of_one_whatever_their_speed():
    rounds = [Round(figures(speed), figures(speed), 0.0) for speed in (50, 100, 200)]

    assert ratios(rounds)["output throughput"].interval() == (1.0, 1.0)


def test_a_quotient_that_is_surely_off_misses_its_band():
    rounds = [Round(figures(speed * 1.05), figures(speed), 0.0) for speed in (50, 100.1, 200)]

    ratio = ratios(rounds)["output throughput"]

    assert not meets(ratio, BANDS["output throughput"])
    assert "1.050, 95 % interval 1.050 to 1.050, MISSES 0.97 to 1.03" in verdict("output throughput", ratio)


def test_an_interval_that_reaches_its_band_meets_it():
    rounds = [Round(figures(ttft=ttft), figures(), 0.0) for ttft in (40.0, 44.0, 48.0)]

    ratio = ratios(rounds)["median TTFT"]

    assert ratio.ratio == pytest.approx(1.0969, abs=1e-4)
    assert ratio.lower(0.975) < 1.05 < ratio.ratio  # of two degrees of freedom the interval is wide
    assert meets(ratio, BANDS["median TTFT"])
    assert "meets 0.95 to 1.05" in verdict("median TTFT", ratio)


def test_rounds_share_no_prompt_and_a_round_asks_the_same_again():
    first, again, second = (workload(SMALL, salt) for salt in ("round 0", "round 0", "round 1"))

    assert first == again
    prompts = [body["messages"][0]["content"].splitlines()[0] for asked in (first, second) for body in asked.measured]
    assert len(set(prompts)) == 2 * SMALL.requests


@pytest.mark.parametrize("tokens", [(901, 32), (900, 31)], ids=["prompts", "lengths"])
def test_another_count_of_tokens_is_no_finding(tokens):
    with pytest.raises(NotTheSame, match="900, 32"):
        compare(lambda _: figures(), lambda _: figures(tokens=tokens), 2, print)


def test_replies_in_one_piece_are_no_finding():
    with pytest.raises(NotTheSame, match="a figure is 0"):
        compare(lambda _: figures(tpot=0.0), lambda _: figures(), 2, print)


def test_who_begins_changes_with_every_round():
    asked = []

    def client(who):
        return lambda salt: asked.append((who, salt)) or figures()

    compare(client("own"), client("bench"), 3, lambda _: None)

    assert [who for who, _ in asked] == ["own", "own", "bench", "bench", "own", "own", "bench"]
    assert [salt for _, salt in asked] == ["before", *(f"round {number}" for number in (0, 0, 1, 1, 2, 2))]


@pytest.mark.slow
@pytest.mark.serial
def test_both_measure_the_same_on_a_real_vllm(tmp_path: Path):
    with engine(tmp_path) as server:
        own, bench = clients(server, Size(), tmp_path)
        found = ratios(compare(own, bench, 5, lambda done: print(done.row())))

    missed = [verdict(name, ratio) for name, ratio in found.items() if not meets(ratio, BANDS[name])]
    assert missed == []
