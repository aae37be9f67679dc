"""A fingerprint says SAME of the same server and BROKEN of a gross fault, nearly always.

The command beside it (``python -m suites.selftest.fingerprint.operating_characteristics``) tells more, of longer texts.
"""

from __future__ import annotations

import numpy as np
import pytest
from servecheck.fingerprint.reading import Condition
from servecheck.gates.compared_fingerprint import Sameness

from suites.selftest.fingerprint.modelled_readings import noisy
from suites.selftest.fingerprint.operating_characteristics import (
    FAULT_RUNS,
    GROSS,
    LEAST_BROKEN,
    LEAST_SAME,
    OWN_NOISE,
    SEEN,
    gross_fault,
    outcomes,
    same_server,
)
from suites.selftest.fingerprint.simulated_readings import SimulatedServer, compared, simulated_prompts

PLACES = 4


def test_the_same_noisy_server_is_the_same_and_its_noise_is_its_floor():
    """The quick one: five runs of a server whose noise is beyond what a quiet one is allowed."""
    server = SimulatedServer(
        simulated_prompts(places=3, each=1, depths=(16, 2048)),
        noise=0.2,
        loaded_noise=0.25,
        source=np.random.default_rng(5),
    )

    assert [compared(server, server).sameness for _ in range(5)] == [Sameness.SAME] * 5


@pytest.mark.slow
@pytest.mark.parametrize("noise", [OWN_NOISE, 0.3])
def test_the_same_server_is_the_same(noise: float):
    assert same_server(noise, PLACES).share(Sameness.SAME) >= LEAST_SAME


@pytest.mark.slow
@pytest.mark.parametrize("name", GROSS)
def test_a_gross_fault_is_broken_and_named(name: str):
    found = gross_fault(name, PLACES)

    assert found.share(Sameness.BROKEN) >= LEAST_BROKEN
    assert found.named >= 0.9 * FAULT_RUNS


@pytest.mark.slow
def test_the_smallest_noise_that_four_checks_in_five_see_is_little_above_what_is_allowed():
    """A deviation of .115 nats in every logit moves the recorded top 10 by the .1 nats that are allowed."""
    assert outcomes(noisy(0.1), 40, places=PLACES, checks=5).share(Sameness.SAME) >= LEAST_SAME
    assert outcomes(noisy(0.13), 40, places=PLACES, checks=5).share(Sameness.SAME) <= 1 - SEEN


@pytest.mark.slow
def test_noise_under_load_alone_is_seen_as_well():
    found = outcomes(noisy(0.2, lambda asked: asked.condition is Condition.LOADED), 40, places=PLACES, checks=5)

    assert found.share(Sameness.SAME) <= 1 - SEEN
    assert found.share(Sameness.BROKEN) == 0
