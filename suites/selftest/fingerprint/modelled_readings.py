"""What the embedded language model holds likely at recorded texts, with faults in its logits or its KV cache.

Its distributions are exact but for noise, which is drawn a request; so they are computed once a prompt and a fault, and
readings of a thousand checks are drawn from them in the time in which a server would answer for ten. Text that left the
recorded one is not looked at, so the recorded context is all that is needed. That a served model is read so to the last
digit is shown beside the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from servecheck.fingerprint.prompts import KINDS
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.selfcheck.embedded.language_model.kv_cache import KvCache
from servecheck.selfcheck.embedded.language_model.model import LanguageModel
from servecheck.selfcheck.embedded.language_model.vocabulary import BEGIN, END, END_THINK, FIRST_WRITTEN

from suites.selftest.fingerprint.simulated_readings import DEPTHS, Asked, Fault, Logits, SimulatedPrompt

SOUND = EmbeddedLanguageModel()


@dataclass(frozen=True)
class RecordedText:
    """A prompt and what the sound model writes to it, in tokens."""

    id: str
    prompt: tuple[int, ...]
    text: tuple[int, ...]


@cache
def recorded_texts(places: int, each: int = 2) -> dict[str, RecordedText]:
    """So many prompts of each kind at each depth less 10 tokens or so, of words at random."""
    model, source = LanguageModel(SOUND), np.random.default_rng(1)
    found = {}
    for depth in DEPTHS:
        for kind in KINDS:
            for number in range(each):
                words = source.integers(FIRST_WRITTEN, len(model.vocabulary), depth - 1 + int(source.integers(10)))
                prompt = (BEGIN, *words.tolist())
                context, text = model.context(list(prompt)), []
                for _ in range(places):
                    logprobs = model.next_token(context).copy()
                    logprobs[[END, END_THINK]] = -np.inf
                    text.append(int(logprobs.argmax()))
                    context.append(text[-1])
                found[f"{kind}-{depth}-{number}"] = RecordedText(f"{kind}-{depth}-{number}", prompt, tuple(text))
    return found


def logits_of(behaviour: EmbeddedLanguageModel, text: RecordedText) -> Logits:
    """Of the tokens that the model writes, from ``FIRST_WRITTEN`` on; it holds no other possible."""
    return _logits(behaviour.model_dump_json(), text)


@cache
def _logits(behaviour: str, text: RecordedText) -> Logits:
    served = EmbeddedLanguageModel.model_validate_json(behaviour)
    model, start = LanguageModel(served), len(text.prompt)
    context = KvCache([*text.prompt, *text.text], served.swapped_block)
    rows = np.array(list(model.scored(context, range(start, start + len(text.text)))))
    return rows[:, FIRST_WRITTEN:]


def modelled_prompts(places: int, each: int = 2) -> tuple[SimulatedPrompt, ...]:
    """With what the sound model holds of the texts that it writes."""
    found = recorded_texts(places, each)
    parts = {name: name.split("-") for name in found}
    return tuple(
        SimulatedPrompt(name, parts[name][0], int(parts[name][1]), logits_of(SOUND, text))
        for name, text in found.items()
    )


def served_as(
    behaviour: EmbeddedLanguageModel, places: int, *, each: int = 2, is_hit: Callable[[Asked], bool] = lambda _: True
) -> Fault:
    """What a model with that fault holds of the same texts, in the requests that it hits."""
    texts = recorded_texts(places, each)

    def fault(logits: Logits, asked: Asked) -> Logits:
        return logits_of(behaviour, texts[asked.prompt.id]) if is_hit(asked) else logits

    return fault


def noisy(deviation: float, is_hit: Callable[[Asked], bool] = lambda _: True) -> Fault:
    """Noise of its own in the logits of the requests that it hits."""

    def fault(logits: Logits, asked: Asked) -> Logits:
        return logits + deviation * asked.source.standard_normal(logits.shape) if is_hit(asked) else logits

    return fault
