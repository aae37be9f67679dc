"""A small recorded fingerprint, made by hand."""

from __future__ import annotations

from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.fingerprint.prompts import FingerprintPrompt
from servecheck.fingerprint.recorded import RecordedTexts, prompt_digest
from servecheck.rundir.fingerprint_readings import ReadingLine, StoredReading

PROMPT = FingerprintPrompt("chat-16-1", "chat", 16, ({"role": "user", "content": "Hello."},))


def stored_reading(condition="idle", **changes):
    """One reading of ``PROMPT``, of two tokens."""
    positions = (
        TokenLogprob("Good", -0.25, (("Good", -0.25), ("Hi", -1.5))),
        TokenLogprob(" day", -0.5, ((" day", -0.5), (" evening", -1.0))),
    )
    known = {
        "prompt": PROMPT.id,
        "kind": PROMPT.kind,
        "depth": PROMPT.depth,
        "condition": condition,
        "text": "Good day",
        "positions": positions,
        "token_ids": (7, 9),
        "prompt_tokens": 12,
        "completion_tokens": 2,
    }
    return StoredReading(**known | changes)


def line(number=0, how="generated", condition="idle", **changes):
    """What was read of ``PROMPT`` in that pass."""
    return ReadingLine(number=number, how=how, prompt=PROMPT.id, readings=(stored_reading(condition, **changes),))


def recorded_texts(**changes):
    """All three passes."""
    known = {
        "length": 4096,
        "density": {"prose": 0.25},
        "at_once": 16,
        "tokenizer": "",
        "method": "prompt_logprobs",
        "prompts": {PROMPT.id: prompt_digest(PROMPT)},
        "switches": {"temperature": True, "stop": None},
        "lines": (
            line(),
            line(1),
            line(1, "scored", places=(0, 1)),
            line(2, condition="loaded"),
            line(2, "scored", "loaded"),
        ),
    }
    return RecordedTexts(**known | changes)
