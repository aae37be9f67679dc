"""The packaged profiles of the embedded server: what each one is for."""

from typing import get_args

import pytest
from servecheck.problems import load_problem_set
from servecheck.profiles.load import load_profile, profile_names
from servecheck.profiles.schema import Embedded, FaultKind, Profile

TASKS = len(load_problem_set("starter").task_ids)
TRANSIENT = {"http_429", "http_503"}
TRANSPORT = {*TRANSIENT, "http_500", "reset", "disconnect", "malformed_sse", "abort", "endless", "trickle", "stall"}


def behaviour(profile: Profile) -> Embedded:
    assert profile.embedded is not None
    return profile.embedded


def test_every_embedded_profile_is_the_reference_but_for_its_own_matter() -> None:
    reference = load_profile("reference")

    for name in profile_names():
        profile = load_profile(name)
        if profile.backend == "embedded":
            model = reference.model
            if behaviour(profile).judge is not None:
                model = "servecheck/judge"
            if behaviour(profile).language_model is not None:
                model = "servecheck/language-model"
            assert (profile.model, profile.problems, profile.margin) == (model, "starter", 10.0), name
            assert profile.sampling == reference.sampling


def test_the_reference_answers_rightly_at_once() -> None:
    assert behaviour(load_profile("reference")) == Embedded()


def test_the_worse_profiles_are_a_tenth_and_one_problem_worse() -> None:
    assert behaviour(load_profile("reference-degraded")) == Embedded(wrong_share=0.1)
    assert behaviour(load_profile("reference-one-flip")) == Embedded(wrong_count=1)


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_each_fault_has_a_profile_where_it_hits_over_a_twentieth_of_the_requests(kind: FaultKind) -> None:
    profile = load_profile("fault-" + kind.replace("_", "-"))

    faults = behaviour(profile).faults
    assert list(faults) == [kind]
    assert round(faults[kind] * TASKS) / TASKS > 0.05


@pytest.mark.parametrize("kind", sorted(TRANSPORT))
def test_retries_outlast_the_transient_faults_alone(kind: str) -> None:
    profile = load_profile("fault-" + kind.replace("_", "-"))

    tries = behaviour(profile).fault_tries
    assert (tries is not None) == (kind in TRANSIENT)
    assert profile.retries == 1 if tries is None else profile.retries > tries


def test_a_stall_is_noticed_after_a_second() -> None:
    assert load_profile("fault-stall").stall_timeout_s == 1


def test_a_slow_drip_is_no_stall() -> None:
    profile = load_profile("fault-slow-drip")

    assert 0 < behaviour(profile).chunk_gap_s < profile.stall_timeout_s
    assert behaviour(profile).faults == {}
