"""Temperature, top_p and seed: a server that ignores one is found, and one that is noisy is not accused of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest
from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.fingerprint.reading import Condition, Reading
from servecheck.fingerprint.sampling_switches import SamplingSwitches, sampling_switches

pytestmark = pytest.mark.selftest

_VOCABULARY, _LISTED = 40, 5
# Nats, of logits: the likeliest token has about half.
_SPREAD = 3.0


@cache
def _logits(model: int, before: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    digest = blake2b(f"{model} {before}".encode(), digest_size=8).digest()
    return _SPREAD * np.random.default_rng(int.from_bytes(digest, "big")).standard_normal(_VOCABULARY)


@dataclass
class NoisySampler:
    """A server in place of ``SwitchProbe``'s: a model whose logits are a bit off at each token.

    Attributes:
        model: its number.
        noise: standard deviation of what is added to logits.
        ignores: fields that have no effect.
        logprobs: whether it tells any.
        penalised: whether tokens that were written are held back, of which log-probabilities tell nothing.
    """

    model: int
    noise: float = 0.0
    ignores: frozenset[str] = frozenset()
    logprobs: bool = True
    penalised: bool = False
    asked: int = field(default=0, init=False)

    def listed(self, fields: Mapping[str, Any], asked: str = "", tokens: int = 24) -> Reading:
        self.asked += 1
        took = {name: value for name, value in fields.items() if name not in self.ignores}
        chance = np.random.default_rng([self.model, self.asked])
        draw = np.random.default_rng(took["seed"]) if "seed" in took else chance
        temperature = 1.0 if "temperature" in self.ignores else took.get("temperature", 0.0)
        written: list[int] = []
        positions = []
        for _ in range(tokens):
            logits = _logits(self.model, f"{asked}{written}") + self.noise * chance.standard_normal(_VOCABULARY)
            logprobs = logits - np.log(np.exp(logits).sum())
            if self.penalised:
                logits = logits - 4.0 * np.isin(np.arange(_VOCABULARY), written)
            written.append(_written(logits, temperature, took.get("top_p", 1.0), draw.random()))
            likely = [(str(one), float(logprobs[one])) for one in np.argsort(-logprobs)[:_LISTED]]
            positions.append(TokenLogprob(str(written[-1]), float(logprobs[written[-1]]), tuple(likely)))
        told = tuple(positions) if self.logprobs else ()
        return Reading("switch", "chat", 16, Condition.IDLE, told, " ".join(map(str, written)))


def _written(logits: np.ndarray[Any, np.dtype[np.float64]], temperature: float, top_p: float, draw: float) -> int:
    """Drawn from the likeliest down, as llama.cpp does; so noise tips more draws than it has to."""
    order = np.argsort(-logits)
    if not temperature:
        return int(order[0])
    shares = np.exp(logits[order] - logits[order[0]])
    shares /= shares.sum()
    shares[np.cumsum(shares) - shares >= top_p] = 0
    return int(order[np.searchsorted(np.cumsum(shares), draw * shares.sum(), side="right").clip(max=len(order) - 1)])


def found(models: range, **server: Any) -> dict[str, Counter[bool | None]]:
    told: dict[str, Counter[bool | None]] = {name: Counter() for name in ("temperature", "top_p", "seed")}
    for model in models:
        one: SamplingSwitches = sampling_switches(NoisySampler(model, **server))  # type: ignore[arg-type]
        for switch in (one.temperature, one.top_p, one.seed):
            told[switch.name][switch.took_effect] += 1
    return told


@pytest.mark.parametrize("logprobs", [True, False])
def test_all_take_effect_on_a_server_that_repeats_itself(logprobs):
    assert all(told == {True: 5} for told in found(range(5), logprobs=logprobs).values())


@pytest.mark.parametrize("logprobs", [True, False])
@pytest.mark.parametrize("name", ["temperature", "top_p", "seed"])
def test_one_that_is_ignored_is_found(name, logprobs):
    told = found(range(3), ignores=frozenset({name}), logprobs=logprobs)

    assert told[name] == {False: 3}
    assert not any(told[other][False] for other in told if other != name)


@pytest.mark.parametrize(
    ("noise", "models"),
    [(0.1, range(2)), *(pytest.param(noise, range(100), marks=pytest.mark.slow) for noise in (0.03, 0.1, 0.3))],
)
@pytest.mark.parametrize("logprobs", [True, False])
def test_a_noisy_server_is_never_said_to_ignore_one(logprobs, noise, models):
    told = found(models, noise=noise, logprobs=logprobs)

    assert [(name, one[False]) for name, one in told.items() if one[False]] == []


def test_a_penalty_on_repetition_is_not_taken_for_drawing():
    told = found(range(2), penalised=True, noise=0.1)

    assert [name for name, one in told.items() if one[False]] == []


def test_where_it_is_not_told_what_hides_it_is_named():
    whys = {sampling_switches(NoisySampler(model, noise=0.3)).seed.why for model in range(1)}  # type: ignore[arg-type]

    assert whys == {"the server does not write the same text again at temperature 0, which may hide what a seed does"}
