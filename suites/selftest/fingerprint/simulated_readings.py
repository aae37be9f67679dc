"""Readings of a server that is not there: recorded distributions, each request with noise of its own, and faults.

A place of a text has logits, the same at every reading. A server adds noise to them, and may have a fault that alters
them before it lists its tokens. Text that left the recorded one is not looked at any more, so that its contexts are the
recorded ones is no lack.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.fingerprint.comparison import FingerprintCheck, RecordedFingerprint, compare
from servecheck.fingerprint.floor import Recording
from servecheck.fingerprint.prompts import KINDS
from servecheck.fingerprint.reading import Condition, Reading, ReadingPass
from servecheck.gates.compared_fingerprint import ComparedFingerprint, ReadHow

VOCABULARY = 40
DEPTHS = (16, 256, 2048, 8192, 32768)
Logits: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class SimulatedPrompt:
    """Its logits are (places, vocabulary)."""

    id: str
    kind: str
    depth: int
    logits: Logits


@dataclass(frozen=True)
class Asked:
    """One request, as a fault sees it."""

    prompt: SimulatedPrompt
    how: ReadHow
    condition: Condition
    source: np.random.Generator


Fault: TypeAlias = Callable[[Logits, Asked], Logits]


def unchanged(logits: Logits, asked: Asked) -> Logits:
    """No fault."""
    return logits


@dataclass
class SimulatedServer:
    """One that draws anew at every reading.

    Attributes:
        prompts: that it is asked.
        noise: standard deviation of what is added to a logit.
        loaded_noise: the same under load.
        scores: whether it can.
        listed: tokens of each place that it lists; 0: it tells texts alone.
    """

    prompts: Sequence[SimulatedPrompt]
    noise: float = 0.0
    loaded_noise: float = 0.0
    fault: Fault = unchanged
    scores: bool = True
    listed: int = 20
    source: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def read(self, condition: Condition, *, scored: bool = True) -> ReadingPass:
        """One pass."""
        generated = tuple(self._reading(prompt, ReadHow.GENERATED, condition) for prompt in self.prompts)
        both = scored and self.scores
        return ReadingPass(
            condition,
            generated,
            tuple(self._reading(prompt, ReadHow.SCORED, condition) for prompt in self.prompts) if both else (),
        )

    def record(self) -> Recording:
        return Recording(
            self.read(Condition.IDLE, scored=False), self.read(Condition.IDLE), self.read(Condition.LOADED)
        )

    def check(self) -> FingerprintCheck:
        return FingerprintCheck((self.read(Condition.IDLE), self.read(Condition.LOADED)))

    def _reading(self, prompt: SimulatedPrompt, how: ReadHow, condition: Condition) -> Reading:
        noise = self.loaded_noise if condition is Condition.LOADED else self.noise
        logits = self.fault(prompt.logits, Asked(prompt, how, condition, self.source))
        logits = logits + noise * self.source.standard_normal(logits.shape)
        logprobs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        order = np.argsort(-logprobs, axis=1)
        text = "".join(f" w{one}" for one in order[:, 0])
        if not self.listed:
            return Reading(prompt.id, prompt.kind, prompt.depth, condition, (), text)
        kept = order[:, : self.listed]
        listed = zip(kept.tolist(), np.take_along_axis(logprobs, kept, axis=1).tolist(), strict=True)
        positions = tuple(
            TokenLogprob(f" w{tokens[0]}", values[0], tuple(zip((f" w{one}" for one in tokens), values, strict=True)))
            for tokens, values in listed
        )
        return Reading(prompt.id, prompt.kind, prompt.depth, condition, positions, text)


def simulated_prompts(
    seed: int = 0, places: int = 16, depths: Sequence[int] = DEPTHS, each: int = 2, kinds: Sequence[str] = KINDS
) -> tuple[SimulatedPrompt, ...]:
    """So many of each kind at each depth; some places are certain, as text mostly is, and some are not."""
    source = np.random.default_rng(seed)

    def logits() -> Logits:
        sure = source.choice((2.0, 5.0), size=(places, 1))
        return sure * source.standard_normal((places, VOCABULARY))

    return tuple(
        SimulatedPrompt(f"{kind}-{depth}-{number}", kind, depth, logits())
        for depth in depths
        for kind in kinds
        for number in range(each)
    )


def compared(recorded: SimulatedServer, now: SimulatedServer) -> ComparedFingerprint:
    """A check of one server against what another was recorded as."""
    return compare(RecordedFingerprint("the run accepted in May", recorded.record()), now.check())


def scrambled(logits: Logits, source: np.random.Generator) -> Logits:
    """Of another context altogether."""
    return source.permuted(logits, axis=1)


def where(is_hit: Callable[[Asked], bool], does: Fault | None = None) -> Fault:
    """A fault of some requests: other contexts' logits, or what ``does``."""

    def fault(logits: Logits, asked: Asked) -> Logits:
        if not is_hit(asked):
            return logits
        return does(logits, asked) if does is not None else scrambled(logits, asked.source)

    return fault


def everywhere(logits: Logits, asked: Asked) -> Logits:
    """A fault of every request."""
    return scrambled(logits, asked.source)


def weights_noise(size: float) -> Fault:
    """Other weights: the same difference at every reading."""

    def fault(logits: Logits, asked: Asked) -> Logits:
        own = np.random.default_rng(list(asked.prompt.id.encode()))
        return logits + size * own.standard_normal(logits.shape)

    return fault


def first(prompts: Sequence[SimulatedPrompt], count: int) -> tuple[SimulatedPrompt, ...]:
    """So many of them."""
    return tuple(islice(prompts, count))
