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
_SORTED = 24
_NAMES = [f" w{token}" for token in range(1000)]
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
    """One that draws anew at every reading; its prompts have as many places as one another.

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
        both = scored and self.scores
        return ReadingPass(
            condition,
            self._readings(ReadHow.GENERATED, condition),
            self._readings(ReadHow.SCORED, condition) if both else (),
        )

    def record(self) -> Recording:
        return Recording(
            self.read(Condition.IDLE, scored=False), self.read(Condition.IDLE), self.read(Condition.LOADED)
        )

    def check(self) -> FingerprintCheck:
        return FingerprintCheck((self.read(Condition.IDLE), self.read(Condition.LOADED)))

    def _readings(self, how: ReadHow, condition: Condition) -> tuple[Reading, ...]:
        logits = np.array(
            [self.fault(prompt.logits, Asked(prompt, how, condition, self.source)) for prompt in self.prompts]
        )
        noise = self.loaded_noise if condition is Condition.LOADED else self.noise
        if noise:
            logits = logits + noise * self.source.standard_normal(logits.shape)
        likely = np.argpartition(-logits, _SORTED, axis=2)[:, :, :_SORTED]
        order = np.argsort(-np.take_along_axis(logits, likely, axis=2), axis=2)
        tokens = np.take_along_axis(likely, order, axis=2)[:, :, : self.listed or 1]
        found = np.take_along_axis(logits, tokens, axis=2) - np.logaddexp.reduce(logits, axis=2, keepdims=True)
        return tuple(
            self._reading(prompt, condition, rows, logprobs)
            for prompt, rows, logprobs in zip(self.prompts, tokens.tolist(), found.tolist(), strict=True)
        )

    def _reading(
        self, prompt: SimulatedPrompt, condition: Condition, tokens: list[list[int]], logprobs: list[list[float]]
    ) -> Reading:
        texts = [[_NAMES[one] for one in row] for row in tokens]
        positions = tuple(
            TokenLogprob(row[0], values[0], tuple(zip(row, values, strict=True)))
            for row, values in zip(texts, logprobs, strict=True)
        )
        text = "".join(row[0] for row in texts)
        return Reading(prompt.id, prompt.kind, prompt.depth, condition, positions if self.listed else (), text)


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
