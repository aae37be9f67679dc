"""What the load generator's tests share: a scripted server in a process of its own, and outcomes made by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from servecheck.rundir.throughput_point import ClientHealth
from servecheck.throughput.generator import Load
from servecheck.throughput.lag import bottleneck
from servecheck.throughput.outcome import RequestOutcome

from suites.selftest.throughput.scripted import ScriptedServer, scripted_server


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture(autouse=True)
def no_proxy_no_key(direct: None) -> None:
    pass


def outcome(**fields: Any) -> RequestOutcome:
    """Sent at 10 s, chunks at 10.2, 10.3 and 10.5 s, 7 tokens, unless the fields say otherwise."""
    chunks_s = fields.pop("chunks_s", (10.2, 10.3, 10.5))
    made: dict[str, Any] = {
        "due_s": 9.9,
        "sent_s": 10.0,
        "first_chunk_s": chunks_s[0] if chunks_s else None,
        "first_content_s": chunks_s[-1] if chunks_s else None,
        "chunks_s": chunks_s,
        "last_chunk_s": chunks_s[-1] if chunks_s else None,
        "ended_s": 10.6,
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "finish_reason": "stop",
    }
    return RequestOutcome(**(made | fields))


def load(*outcomes: RequestOutcome, duration_s: float = 2.0, **health: Any) -> Load:
    """A load that a client in good health had."""
    fared: dict[str, Any] = {
        "lag_p50_ms": 0.2, "lag_p99_ms": 1.0, "lag_max_ms": 3.0, "cpu_share": 0.2, "samples": 100,
    }  # fmt: skip
    fared |= health
    why = bottleneck(fared["lag_p99_ms"], fared["lag_max_ms"], fared["cpu_share"])
    return Load(outcomes, duration_s, ClientHealth(**fared, bottleneck=why), 0.0, (), "concurrency 2")
