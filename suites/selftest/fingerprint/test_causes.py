"""The pattern of the cells names the fault, by how far they are away and by how often they disagree."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from servecheck.fingerprint.causes import causes
from servecheck.gates.compared_fingerprint import FingerprintCell, ReadHow, Sameness

pytestmark = pytest.mark.selftest

DEPTHS = (16, 256, 2048, 5376)
EVERYWHERE = "badly at every depth and of every kind: the weights"
DEEP = "well up to depth 256 and badly from 2048 on: the KV cache"


def cell(depth: int, nats: float | None, agreement: float) -> FingerprintCell:
    return FingerprintCell(
        how=ReadHow.SCORED,
        condition="idle",
        depths=(depth,),
        prompts=14,
        is_judged=True,
        nats=nats,
        nats_limit=0.1,
        agreement=agreement,
        agreement_limit=0.85,
        p=0.001,
        sameness=Sameness.BROKEN if agreement < 0.85 else Sameness.CHANGED if (nats or 0) > 0.1 else Sameness.SAME,
    )


@pytest.mark.parametrize(
    ("nats", "agreement", "said"),
    [
        ((1.47, 1.69, 1.94, 1.98), (0.82, 0.81, 0.59, 0.51), EVERYWHERE),
        ((0.02, 0.03, 1.94, 1.98), (0.99, 0.98, 0.59, 0.51), DEEP),
        ((0.02, 0.03, 0.40, 0.41), (0.99, 0.98, 0.95, 0.94), DEEP),
        ((None,) * 4, (0.99, 0.98, 0.59, 0.51), DEEP),
        ((None,) * 4, (0.60, 0.55, 0.59, 0.51), EVERYWHERE),
    ],
    ids=["tiny-glm rounded", "deep and broken", "deep and changed", "deep, no nats told", "everywhere, no nats told"],
)
def test_where_it_is_bad_names_what_is(nats: Sequence[float | None], agreement: Sequence[float], said: str):
    cells = [cell(*one) for one in zip(DEPTHS, nats, agreement, strict=True)]

    [found] = causes(cells, (), frozenset(), {})

    assert found.startswith(said)
