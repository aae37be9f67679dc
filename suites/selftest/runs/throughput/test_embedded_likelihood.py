"""Text of a model whose decoding is wrong, always or in batches alone, is told by a server whose decoding is right."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.gates.logprob_gap import LogprobGaps
from servecheck.problems import load_problem_set
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.profiles.load import load_profile
from servecheck.profiles.schema import Embedded
from servecheck.runs.throughput.likelihood import Likelihood

from suites.selftest.servers.conftest import Serve, serve, starter

pytestmark = pytest.mark.slow

__all__ = ["serve", "starter"]
SHORT = {"sampling": load_profile("fingerprint").sampling.model_copy(update={"max_tokens": 32})}
PROFILE = load_profile("fingerprint").model_copy(update={**SHORT, "served_name": "canonical"})
KERNELS = 0.02
"""Noise in every server, as of sound kernels: no two texts are the same."""


class FewProblems:
    """The first of the starter set; what is wrong here is so in any text.

    Under load the noise is drawn in the order in which requests come: of 12 texts the bound came as near to the band's
    0.020 nats as 0.0176 in eight runs, and went beyond it in another; of 24 no nearer than 0.0071 in six.
    """

    task_ids = load_problem_set("starter").task_ids[:24]

    def __getitem__(self, task_id: str) -> Any:
        return load_problem_set("starter")[task_id]


def found(serve: Serve, **on: Any) -> LogprobGaps:
    likelihood = Likelihood(FewProblems(), lambda _: None)
    for arm, fault in (("off", {}), ("on", on), ("off", {})):
        behaviour = Embedded(language_model=EmbeddedLanguageModel(noise=KERNELS, **fault), latency_s=0.05)
        with serve(behaviour) as url:
            likelihood.ask(arm, PROFILE, f"{url}/v1")
    assert isinstance(likelihood.found, LogprobGaps), likelihood.found
    return likelihood.found


def test_sound_text_is_as_likely_idle_and_under_load(serve):
    assert found(serve).is_within


def test_drafts_that_are_wrongly_accepted_show_idle_already(serve):
    gaps = found(serve, decode_noise=3.0)

    assert (gaps.idle.is_within, gaps.loaded.is_within) == (False, False)
    assert gaps.loaded.mean < -0.5


def test_drafts_that_are_lost_in_batches_show_under_load_alone(serve):
    gaps = found(serve, loaded_above=2, loaded_noise=3.0)

    assert gaps.loaded.is_within is False
    assert gaps.idle.is_within
    assert "only under load" in gaps.cause
