"""The floor is what a server differs by from itself, and never less than allowed changes make."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.fingerprint.floor import ALLOWED, MARGIN, TEXT_MARGIN, Recording, floor_of, noise, unfit
from servecheck.fingerprint.reading import Condition, Reading, ReadingPass
from servecheck.fingerprint.reading_divergence import PromptDivergence
from servecheck.gates.compared_fingerprint import ReadHow

from suites.selftest.fingerprint.simulated_readings import (
    SimulatedServer,
    everywhere,
    simulated_prompts,
    weights_noise,
    where,
)

PROMPTS = simulated_prompts(places=6, each=1, depths=(16, 2048))


def noises(*nats: float | None, agreement: float = 1.0) -> list[PromptDivergence]:
    return [PromptDivergence("chat", 16, one, agreement) for one in nats]


def test_a_bit_equal_server_is_allowed_what_harmless_changes_make():
    found = floor_of(noises(0.0, 0.0, 0.0, 0.0, 0.0), groups=12)

    assert (found.nats, found.nats_limit) == (0, ALLOWED)
    assert (found.agreement, found.agreement_limit) == (1, 1 - MARGIN)


def test_a_noisy_server_is_allowed_its_noise_and_the_chance_of_more():
    found = floor_of(noises(0.2, 0.3, 0.25, 0.2, 0.3), groups=12)

    assert found.nats == pytest.approx(0.25)
    assert 0.3 < found.nats_limit < 0.6


def test_more_groups_are_allowed_more():
    values = noises(0.2, 0.3, 0.25, 0.2, 0.3)

    assert floor_of(values, groups=50).nats_limit > floor_of(values, groups=5).nats_limit


def test_texts_alone_have_a_margin_of_their_own():
    assert floor_of(noises(None, None, agreement=0.9), groups=1).agreement_limit == pytest.approx(0.9 - TEXT_MARGIN)


def test_noise_is_of_the_second_pass_and_of_load():
    found = noise(SimulatedServer(PROMPTS, noise=0.01, loaded_noise=0.2).record())

    assert set(found) == {
        (how, condition) for how in (ReadHow.SCORED, ReadHow.GENERATED) for condition in ("idle", "loaded")
    }
    idle, loaded = (found[ReadHow.SCORED, condition]["chat-16-0"].nats for condition in ("idle", "loaded"))
    assert idle is not None
    assert loaded is not None
    assert idle < loaded


def test_a_sound_server_may_be_recorded():
    assert unfit(SimulatedServer(PROMPTS, noise=0.05, loaded_noise=0.1).record()) == ""


def test_a_server_that_is_broken_under_load_may_not():
    broken = SimulatedServer(PROMPTS, fault=where(lambda asked: asked.condition is Condition.LOADED))

    assert unfit(broken.record()).startswith("the server does not agree with itself: what it scored loaded agrees to ")


def test_one_that_is_broken_under_load_at_one_depth_alone_may_not():
    server = SimulatedServer(simulated_prompts(places=4, each=1), loaded_noise=0.01)
    at_depth = where(
        lambda asked: asked.condition is Condition.LOADED and asked.prompt.depth == 32768, weights_noise(2.0)
    )

    assert unfit(server.record()) == ""
    assert "loaded, depth 32768 agrees to" in unfit(replace(server, fault=at_depth).record())


def test_a_noisy_one_is_not_refused_for_what_a_few_prompts_do_by_chance():
    noisy = SimulatedServer(simulated_prompts(places=6, each=1), noise=0.3, loaded_noise=0.3)

    assert [unfit(noisy.record()) for _ in range(2)] == [""] * 2


def test_one_that_writes_nothing_may_not():
    silent = ReadingPass(Condition.IDLE, tuple(Reading(f"chat-16-{n}", "chat", 16, Condition.IDLE, ()) for n in "123"))

    assert unfit(Recording(silent, silent)).startswith("the server wrote nothing to 3 of 3 prompts")


def test_one_prompt_that_was_far_from_itself_does_not_allow_others_anything():
    found = floor_of([*noises(0.0, 0.0, 0.0, 0.0), *noises(2.0, agreement=0.0)], groups=50)

    assert found.agreement_limit == pytest.approx(0.8 - 0.25)
    assert found.nats_limit == pytest.approx(0.4 + 0.5)


def test_one_that_writes_text_otherwise_every_time_may_not():
    telling_texts = SimulatedServer(PROMPTS, fault=everywhere, listed=0, scores=False)

    assert "generated idle" in unfit(telling_texts.record())
