"""Prompts and readings that the tests of the embedded language model share."""

from __future__ import annotations

from statistics import fmean

import numpy as np
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.selfcheck.embedded.language_model.model import LanguageModel, LogProbabilities, Noise
from servecheck.selfcheck.embedded.language_model.vocabulary import vocabulary

SENTENCE = " The cat of number {} is on the mat, and it said: help!"
WRITTEN = 64
MOST = 10


def prompt(depth: int) -> list[int]:
    """So many tokens of prose that never says the same twice."""
    return vocabulary("words").ids("".join(SENTENCE.format(number) for number in range(depth // 12 + 1)))[:depth]


def greedy(model: LanguageModel, ids: list[int], tokens: int = WRITTEN) -> list[int]:
    """What the model writes after them."""
    context = model.context(ids)
    for _ in range(tokens):
        context.append(int(model.next_token(context).argmax()))
    return context.ids[len(ids) :]


def scored(
    behaviour: EmbeddedLanguageModel, before: list[int], text: list[int], request: int = 0
) -> list[LogProbabilities]:
    """Log-probabilities in each place of a text after a prompt."""
    model = LanguageModel(behaviour)
    context = model.context([*before, *text])
    noise = Noise(behaviour.noise, np.random.default_rng(request))
    return list(model.scored(context, range(len(before), len(context.ids)), noise))


def divergence(recorded: list[LogProbabilities], now: list[LogProbabilities]) -> tuple[float, float]:
    """Mean difference of log-probability over the recorded top ten, in nats, and the share of places whose top is the
    recorded one."""
    nats = [
        float(np.abs(was[top] - one[top]).mean())
        for was, one in zip(recorded, now, strict=True)
        for top in [np.argsort(-was)[:MOST]]
    ]
    same = [was.argmax() == one.argmax() for was, one in zip(recorded, now, strict=True)]
    return fmean(nats), fmean(same)
