"""Reference scores and what is looked up among them, as the tests of gates, reports and recording take them."""

from __future__ import annotations

from typing import Any

from servecheck.gates.lookup import Query
from servecheck.gates.references import Reference

DIGEST = "a" * 64

QUERY = Query(
    model="example/model",
    quantisation="fp8",
    speculation=None,
    thinking="off",
    suite="humaneval",
    protocol="evalplus_chat",
    problems="humaneval-plus",
    metric="pass@1 plus",
    sampling={"temperature": 0.0, "top_p": 0.95, "max_tokens": 768},
    problems_sha256=DIGEST,
)


def reference_fields(**changes: Any) -> dict[str, Any]:
    """A published score of the example's model, as the file has it."""
    plain = {
        "model": "example/model",
        "quantisation": None,
        "variant": {"mtp": None, "thinking": None},
        "suite": "humaneval",
        "protocol": "evalplus_chat",
        "problems": "humaneval-plus",
        "metric": "pass@1 plus",
        "score": "45.0",
        "solved_count": None,
        "solved": None,
        "n": 164,
        "sampling": {"temperature": 0},
        "source": "a model card",
        "date": "2026",
    }
    return plain | changes


def reference(**changes: Any) -> Reference:
    """The same, read."""
    return Reference.model_validate(reference_fields(**changes))
