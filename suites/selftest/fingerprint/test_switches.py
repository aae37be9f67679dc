"""What a request says has an effect, had none, or it cannot be told; a sound server is never said to lack one."""

from __future__ import annotations

import pytest
from servecheck.fingerprint.probing import abilities_of
from servecheck.fingerprint.reading import Reading
from servecheck.fingerprint.switch_probe import ProbedSwitch
from servecheck.fingerprint.switches import SWITCHES, probed_switches
from servecheck.profiles.schema import Profile

from suites.selftest.fingerprint.embedded_model import PROFILE, embedded_model

pytestmark = pytest.mark.selftest

FIELDS = {"thinking": "thinking", "system message": "system"}


def probed(profile: Profile = PROFILE, **faults: object) -> dict[str, ProbedSwitch]:
    with embedded_model(profile, **faults) as served:
        return {one.name: one for one in probed_switches(served.endpoint, abilities_of(served.endpoint))}


def test_on_a_sound_server_each_takes_effect_at_little_cost():
    taken: list[Reading] = []
    with embedded_model() as served:
        found = probed_switches(served.endpoint, abilities_of(served.endpoint), taken.append)

    assert [(one.name, one.took_effect) for one in found] == [(name, True) for name in SWITCHES]
    assert 0 < sum(reading.completion_tokens or 0 for reading in taken) < 1000


@pytest.mark.slow
@pytest.mark.parametrize("name", SWITCHES)
def test_one_that_is_ignored_is_found_and_no_other_is_blamed(name):
    found = probed(ignores=[FIELDS.get(name, name)])

    assert found[name].took_effect is False, found[name].why
    assert [one.name for one in found.values() if one.took_effect is False] == [name]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "noise"), [(0, 0.3), (1, 0.3), (0, 0.03), (1, 0.03)])
def test_noise_is_not_taken_for_a_switch_without_effect(seed, noise):
    found = probed(seed=seed, noise=noise)

    assert [one for one in found.values() if one.took_effect is False] == []


@pytest.mark.slow
def test_a_server_without_log_probabilities_can_be_probed_too():
    assert {one.took_effect for one in probed(logprobs=False).values()} == {True}


@pytest.mark.slow
def test_a_profile_without_a_thinking_switch_says_nothing_of_it():
    found = probed(PROFILE.model_copy(update={"thinking_switch": "none"}))

    assert found["thinking"].took_effect is None
