"""``throughput.json`` is whole, strict and finite, and what is marked is there without being counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from servecheck.errors import UsageError
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.rundir.throughput_json import (
    FILE,
    Arm,
    Block,
    GateEntry,
    SpeedUpAt,
    Throughput,
    read_throughput,
    speed_blocks,
    write_throughput,
)
from servecheck.rundir.throughput_point import ClientHealth, PointEntry, PointMetrics, ServerCounts
from servecheck.stats.speed import TimedRequest, speed_up
from servecheck.throughput.percentiles import distribution

ABBA: tuple[Arm, ...] = ("off", "on", "on", "off")


def metrics(rate: float = 100.0, marks: tuple[str, ...] = ()) -> PointMetrics:
    times = distribution([0.1, 0.2, 0.3])
    return PointMetrics(
        arrivals="concurrency 4",
        requests=3,
        complete=3,
        duration_s=2.0,
        input_tokens=30,
        output_tokens=200,
        cached_tokens=None,
        request_throughput=1.5,
        output_throughput=rate,
        goodput=None,
        slos={},
        ttft=times,
        ttfo=times,
        tpot=times,
        itl=times,
        itl_basis="spread",
        e2el=times,
        chunk_gap=times,
        tokens_per_chunk=1.9,
        client_queue=times,
        faults={},
        marks=marks,
        client=ClientHealth(lag_p50_ms=0.0, lag_p99_ms=0.1, lag_max_ms=2.0, cpu_share=0.3, samples=9, bottleneck=""),
    )


def point(
    rate: float = 100.0, *, concurrency: int = 4, marks: tuple[str, ...] = (), notes: tuple[str, ...] = ()
) -> PointEntry:
    return PointEntry.of(metrics(rate, marks), concurrency=concurrency, started_at=1.7e9, notes=notes)


def results(*rates: float) -> Throughput:
    blocks = tuple(Block(arm=arm, points=(point(rate),)) for arm, rate in zip(ABBA, rates, strict=True))
    return Throughput(
        profile="glm47-fp8-mtp", manifest={"gpu": ["H200"], "speculation": None}, workload={"seed": 1}, blocks=blocks
    )


WHOLE = results(100, 150, 152, 101)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    found = speed_up(speed_blocks(WHOLE.blocks, 4, {}))
    gate = Decision(GateVerdict.PASS, "PASS: fast", ("n: 2",), {"gate": "speed-up", "points": [{"floor": 1.2}]})
    whole = WHOLE.model_copy(update={"speed_ups": (SpeedUpAt.of(4, found),), "gates": {"speed-up": GateEntry.of(gate)}})

    write_throughput(tmp_path / FILE, whole)

    assert read_throughput(tmp_path / FILE) == whole
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_every_metric_of_a_point_is_kept_with_the_servers_counts() -> None:
    server = ServerCounts(drafts=100, draft_tokens=300, accepted_tokens=150, accepted_per_position=(80, 50, 20))

    found = PointEntry.of(metrics(), concurrency=4, started_at=1.7e9, server=server)

    kept, told = found.model_dump(mode="json"), metrics().model_dump(mode="json")
    assert {name: kept[name] for name in told} == told
    assert found.server is not None
    assert found.server.acceptance_length == 2.5
    assert found.server.acceptance_rate == 0.5


def test_where_nothing_was_drafted_there_is_no_acceptance() -> None:
    assert ServerCounts().acceptance_length is None
    assert ServerCounts(drafts=0, draft_tokens=0, accepted_tokens=0).acceptance_rate is None


def test_a_marked_point_may_lack_what_could_not_be_measured_and_counts_nowhere() -> None:
    lost = {"ttft": None, "e2el": None, "output_throughput": 0.0}
    seen = metrics(marks=("2 of 3 requests stalled",)).model_copy(update=lost)
    marked = PointEntry.of(seen, concurrency=4, started_at=0.0, marks=("the server was started anew",))
    blocks = (*WHOLE.blocks[:3], Block(arm="off", points=(marked,)))

    found = WHOLE.model_copy(update={"blocks": blocks})

    assert marked.marks == ("2 of 3 requests stalled", "the server was started anew")
    assert found.arms("off") == [{4: 100.0}, {}]
    assert speed_blocks(blocks, 4, {})[3].invalid == "2 of 3 requests stalled; the server was started anew"


def test_a_point_that_lacks_figures_has_to_be_marked() -> None:
    with pytest.raises(ValidationError, match="missing: e2el"):
        PointEntry.of(metrics().model_copy(update={"e2el": None}), concurrency=4, started_at=0.0)


def test_blocks_become_those_of_the_speed_up() -> None:
    timed = (TimedRequest("HumanEval/0", 20, 1.0),)

    found = speed_blocks(WHOLE.blocks, 4, {1: timed})

    assert [(block.arm, block.tokens_per_s) for block in found] == list(zip(ABBA, (100, 150, 152, 101), strict=True))
    assert [block.requests for block in found] == [(), timed, (), ()]
    assert {block.invalid for block in speed_blocks(WHOLE.blocks, 64, {})} == {"not measured"}


def test_open_loops_are_not_compared_as_concurrencies() -> None:
    rated = point(70.0).model_copy(update={"request_rate": 2.0})
    found = WHOLE.model_copy(update={"blocks": (Block(arm="on", points=(point(50.0), rated)),)})

    assert found.arms("on") == [{4: 50.0}]


def test_a_load_is_in_a_block_once() -> None:
    with pytest.raises(ValidationError, match="twice"):
        Block(arm="on", points=(point(), point()))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_are_finite_wherever_they_stand(value: float) -> None:
    with pytest.raises(ValidationError):
        PointEntry.of(metrics(value), concurrency=4, started_at=0.0)
    with pytest.raises(ValidationError):
        Throughput(profile="x", manifest={"deep": [{"down": value}]}, workload={}, blocks=WHOLE.blocks)
    with pytest.raises(ValidationError):
        GateEntry.of(Decision(GateVerdict.PASS, "", figures={"estimate": value}))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(lambda text: text[:-9], "damaged", id="cut short"),
        pytest.param(lambda text: text.replace("100.0", "NaN", 1), "NaN is no number", id="NaN"),
        pytest.param(lambda text: text.replace('"format": 1', '"format": 2'), "another version", id="another version"),
        pytest.param(lambda _: "[]", "another version", id="not an object"),
        pytest.param(lambda _: "[" * 100_000, "damaged", id="nested without end"),
        pytest.param(lambda text: text.replace('"arm": "on"', '"arm": "mtp"', 1), "blocks.1.arm", id="a wrong value"),
        pytest.param(lambda text: text.replace('"profile"', '"profil"', 1), "profil", id="a misspelt field"),
        pytest.param(lambda text: text.replace('"goodput": null,', "", 1), "goodput", id="a missing field"),
    ],
)
def test_a_file_that_is_not_as_written_says_what_is_wrong(edit: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    write_throughput(path, WHOLE)
    path.write_text(edit(path.read_text()))

    with pytest.raises(UsageError, match=message):
        read_throughput(path)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="run directory"):
        read_throughput(tmp_path / FILE)
