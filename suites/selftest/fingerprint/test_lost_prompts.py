"""A fault of a few prompts is no SAME, and no noise of a server is taken for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.fingerprint.comparison import RecordedFingerprint, compare
from servecheck.fingerprint.floor import Recording, noise
from servecheck.fingerprint.lost_prompts import FAR, LOST, lost_prompts
from servecheck.fingerprint.reading import Condition
from servecheck.fingerprint.reading_divergence import PromptDivergence, divergences
from servecheck.gates.compared_fingerprint import ReadHow, Sameness

from suites.selftest.fingerprint.simulated_readings import (
    Fault,
    SimulatedServer,
    everywhere,
    simulated_prompts,
    unchanged,
    weights_noise,
    where,
)

pytestmark = pytest.mark.selftest

KINDS = ("chat", "code", "json", "reasoning", "tools")
PROMPTS = simulated_prompts(places=6, each=1, kinds=KINDS)
SOUND = SimulatedServer(PROMPTS, noise=0.01, loaded_noise=0.02)
RECORDED = RecordedFingerprint("the run accepted in May", SOUND.record())
IDLE, LOADED = (ReadHow.SCORED, "idle"), (ReadHow.SCORED, "loaded")


def of(*hit: int) -> Fault:
    """Other contexts for these prompts."""
    ids = {PROMPTS[number].id for number in hit}
    return where(lambda asked: asked.prompt.id in ids)


def check(fault: Fault):
    return compare(RECORDED, replace(SOUND, fault=fault).check())


def lost(fault: Fault, server: SimulatedServer = SOUND, recording: Recording = RECORDED.recording) -> tuple[str, ...]:
    """Without the cells, which are not looked at."""
    passes = replace(server, fault=fault).check().passes
    now = {read: found for one in passes for read, found in divergences(recording.first, one).items()}
    return lost_prompts(noise(recording), now)


@pytest.mark.parametrize("hit", [(0, 7), (0, 1, 2, 3)], ids=["two", "four of one depth"])
def test_two_to_four_prompts_that_are_read_of_another_context_are_a_change(hit):
    found = check(of(*hit))

    assert found.sameness is Sameness.CHANGED
    assert {cell.sameness for cell in found.judged} == {Sameness.SAME}
    assert found.lost_prompts == tuple(sorted(PROMPTS[number].id for number in hit))
    assert found.causes[0].startswith(f"{len(hit)} prompts alone ({found.lost_prompts[0]}, ")


def test_one_alone_is_told_and_decides_nothing():
    found = check(of(3))

    assert (found.sameness, found.lost_prompts, found.causes) == (Sameness.SAME, (PROMPTS[3].id,), ())


@pytest.mark.parametrize("condition", [Condition.IDLE, Condition.LOADED])
def test_what_is_so_under_one_condition_alone_may_be_chance(condition):
    assert lost(where(lambda asked: asked.condition is condition, of(0, 7))) == ()


def test_a_fault_of_many_is_named_by_where_it_is():
    assert not any("prompts alone" in cause for cause in check(everywhere).causes)


def test_without_scores_or_without_load_no_single_prompt_is_judged():
    assert lost(of(0, 7), replace(SOUND, scores=False)) == ()
    assert lost(of(0, 7), recording=replace(RECORDED.recording, loaded=None)) == ()


@pytest.mark.parametrize("own", [0.0, 0.1, 0.6])
def test_neither_noise_nor_other_weights_lose_a_prompt(own: float):
    server = replace(SOUND, noise=own, loaded_noise=own)
    recording = server.record()

    assert lost(unchanged, server, recording) == ()
    assert lost(weights_noise(0.3), server, recording) == ()


NEAR = PromptDivergence("chat", 16, 0.02, 1.0)
GONE = PromptDivergence("chat", 16, FAR, 1 - LOST)


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        pytest.param(NEAR, GONE, ("a", "b"), id="lost"),
        pytest.param(NEAR, replace(GONE, nats=FAR - 0.1), (), id="not far"),
        pytest.param(NEAR, replace(GONE, agreement=0.6), (), id="agrees"),
        pytest.param(replace(NEAR, nats=0.2), GONE, (), id="noisy there"),
        pytest.param(replace(NEAR, agreement=0.75), GONE, (), id="did not agree with itself there"),
    ],
)
def test_size_alone_decides(before, now, found):
    was = dict.fromkeys("ab", before) | {"c": NEAR}
    is_now = dict.fromkeys("ab", now) | {"c": NEAR}

    assert lost_prompts({IDLE: was, LOADED: was}, {IDLE: is_now, LOADED: is_now}) == found


def test_of_a_server_that_lost_a_prompt_when_it_was_recorded_none_is_judged():
    was = {"a": NEAR, "b": NEAR, "c": GONE}
    now = {"a": GONE, "b": GONE, "c": NEAR}

    assert lost_prompts({IDLE: was | {"c": NEAR}, LOADED: was}, {IDLE: now, LOADED: now}) == ()
