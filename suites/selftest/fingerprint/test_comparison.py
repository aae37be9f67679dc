"""A check is the same, changed or broken by size, and the pattern of what is broken names the fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.fingerprint.comparison import FingerprintCheck, RecordedFingerprint, compare
from servecheck.fingerprint.floor import Recording
from servecheck.fingerprint.prompts import DEPTHS, prompts_for
from servecheck.fingerprint.reading import Condition, Reading, ReadingPass
from servecheck.gates.compared_fingerprint import ReadHow, Sameness

from suites.selftest.fingerprint.simulated_readings import (
    Fault,
    SimulatedServer,
    compared,
    everywhere,
    first,
    simulated_prompts,
    unchanged,
    weights_noise,
    where,
)

PROMPTS = simulated_prompts(places=6, each=1, kinds=("chat", "code", "json", "reasoning", "tools"))
SOUND = SimulatedServer(PROMPTS, noise=0.01, loaded_noise=0.02)
RECORDED = RecordedFingerprint("the run accepted in May", SOUND.record())


UNCHANGED = SOUND.check()
DEEPEST = Counter(prompt.depth for prompt in prompts_for(200_000))[DEPTHS[-1]]


def check(fault: Fault = unchanged, **others: object) -> FingerprintCheck:
    return replace(SOUND, fault=fault, **others).check()


def test_the_same_server_is_the_same():
    found = compare(RECORDED, UNCHANGED)

    assert found.sameness is Sameness.SAME
    assert found.causes == ()
    assert found.missing == ()
    assert found.prompts == len(PROMPTS)
    assert {(cell.how, cell.condition) for cell in found.judged} == {
        (how, condition) for how in (ReadHow.SCORED, ReadHow.GENERATED) for condition in ("idle", "loaded")
    }


def test_a_bit_equal_server_is_not_apart():
    still = SimulatedServer(PROMPTS)

    found = compared(still, still)

    assert {cell.nats for cell in found.cells} == {0}
    assert {cell.agreement for cell in found.cells} == {1}


def test_allowed_numerics_are_the_same_for_a_bit_equal_server():
    found = compared(SimulatedServer(PROMPTS), SimulatedServer(PROMPTS, fault=weights_noise(0.07)))

    assert found.sameness is Sameness.SAME
    assert max(cell.nats or 0 for cell in found.judged) > 0.05


def test_other_weights_are_changed_by_their_size():
    found = compare(RECORDED, check(weights_noise(0.3)))

    assert found.sameness is Sameness.CHANGED
    assert found.causes == (
        "badly at every depth and of every kind: the weights, their quantisation, or the chat template",
    )


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        pytest.param(
            where(lambda asked: asked.prompt.depth >= 8192),
            "well up to depth 2048 and badly from 8192 on: the KV cache",
            id="deep",
        ),
        pytest.param(
            where(lambda asked: asked.condition is Condition.LOADED),
            "well idle and badly under load: batching, speculative decoding (MTP) or the prefix cache",
            id="loaded",
        ),
        pytest.param(
            where(lambda asked: asked.condition is Condition.LOADED and asked.prompt.depth == 32768),
            "well idle and badly under load: batching, speculative decoding (MTP) or the prefix cache (from "
            "depth 32768 on)",
            id="loaded and deep",
        ),
        pytest.param(
            where(lambda asked: asked.how is ReadHow.GENERATED),
            "the recorded text is scored well and new text is written badly: a decode kernel",
            id="decode",
        ),
        pytest.param(
            where(lambda asked: asked.prompt.kind == "tools"),
            "badly of tools alone: what these prompts have of their own (template, tool schema)",
            id="kind",
        ),
        pytest.param(everywhere, "badly at every depth and of every kind: the weights", id="all"),
        pytest.param(
            where(lambda asked: asked.prompt.depth == 2048),
            "badly at depth 2048, and well at the others",
            id="one depth",
        ),
    ],
)
def test_a_gross_fault_is_broken_and_its_place_names_it(fault: Fault, cause: str):
    found = compare(RECORDED, check(fault))

    assert found.sameness is Sameness.BROKEN
    assert found.causes[0].startswith(cause)


def test_a_fault_of_every_other_request_under_load_is_broken():
    fault = where(lambda asked: asked.condition is Condition.LOADED and asked.source.random() < 0.5)

    assert compare(RECORDED, check(fault)).sameness is Sameness.BROKEN


def test_noise_that_the_server_has_of_itself_is_its_floor():
    noisy = SimulatedServer(PROMPTS, noise=0.25, loaded_noise=0.3)
    recorded = RecordedFingerprint("May", noisy.record())

    assert compare(recorded, noisy.check()).sameness is Sameness.SAME
    assert compare(recorded, replace(noisy, noise=0.8, loaded_noise=0.8).check()).sameness is not Sameness.SAME


def test_without_scores_what_is_written_decides():
    found = compare(RECORDED, check(everywhere, scores=False))

    assert found.sameness is Sameness.BROKEN
    assert {cell.how for cell in found.cells} == {ReadHow.GENERATED}


def test_fewer_listed_tokens_are_no_change():
    assert compare(RECORDED, check(listed=5)).sameness is Sameness.SAME


@pytest.mark.parametrize(
    ("fault", "sameness"),
    [
        (unchanged, Sameness.SAME),
        (weights_noise(0.6), Sameness.CHANGED),
        (everywhere, Sameness.BROKEN),
    ],
)
def test_texts_alone_are_held_by_their_splits(fault: Fault, sameness: Sameness):
    told = SimulatedServer(PROMPTS, noise=0.01, loaded_noise=0.02, listed=0, scores=False)

    found = compared(told, replace(told, fault=fault))

    assert found.sameness is sameness
    assert {cell.nats for cell in found.cells} == {None}


def test_a_server_that_tells_no_log_probabilities_any_more_is_held_by_its_text():
    assert compare(RECORDED, check(listed=0, scores=False)).sameness is Sameness.SAME
    assert compare(RECORDED, check(everywhere, listed=0, scores=False)).sameness is Sameness.BROKEN


def test_a_server_that_writes_nothing_is_broken():
    sound = UNCHANGED
    silent = tuple(
        replace(one, generated=tuple(replace(reading, positions=(), text="") for reading in one.generated))
        for one in sound.passes
    )

    assert compare(RECORDED, replace(sound, passes=silent)).sameness is Sameness.BROKEN


def test_a_switch_that_lost_its_effect_is_broken_and_named():
    recorded = replace(RECORDED, switches={"top_p": True, "seed": False, "stop": None, "temperature": True})

    found = compare(recorded, replace(UNCHANGED, switches={"top_p": False, "seed": False, "stop": False}))

    assert found.sameness is Sameness.BROKEN
    assert found.lost_switches == ("top_p",)
    assert found.causes == ("top_p no longer takes effect: the server, or a gateway before it, drops it",)


@pytest.mark.parametrize(("noise", "sameness"), [(0.0, Sameness.BROKEN), (0.01, Sameness.SAME)])
def test_a_seed_is_lost_where_the_server_is_bit_equal_to_itself(noise: float, sameness: Sameness):
    server = SimulatedServer(PROMPTS, noise=noise)
    recorded = RecordedFingerprint("May", server.record(), {"seed": True})

    assert compare(recorded, replace(server.check(), switches={"seed": False})).sameness is sameness


@pytest.mark.parametrize("field", [{"prompt_sha256": "0" * 64}, {"prompt_tokens": 17}])
def test_prompts_that_reach_the_model_otherwise_are_changed(field: dict[str, object]):
    was = {"prompt_sha256": "1" * 64} if "prompt_sha256" in field else {"prompt_tokens": 16}
    passes = (RECORDED.recording.first, RECORDED.recording.again, RECORDED.recording.loaded)
    recording = replace(
        RECORDED.recording,
        first=replace(passes[0], generated=tuple(replace(one, **was) for one in passes[0].generated)),
    )
    sound = UNCHANGED
    now = replace(
        sound.passes[0],
        generated=tuple(replace(one, **(field if one.kind == "tools" else was)) for one in sound.passes[0].generated),
    )

    found = compare(replace(RECORDED, recording=recording), replace(sound, passes=(now, sound.passes[1])))

    assert found.sameness is Sameness.CHANGED
    assert len(found.changed_prompts) == 5
    assert found.causes[0].startswith("5 of 25 prompts of tools reach the model in other tokens than they did")


def test_what_was_not_read_is_told():
    sound = UNCHANGED
    idle, loaded = sound.passes
    few = replace(sound, passes=(replace(idle, generated=idle.generated[1:]),))

    found = compare(RECORDED, few)

    assert f"{PROMPTS[0].id} (generated idle)" in found.missing
    assert f"{PROMPTS[-1].id} (generated loaded)" in found.missing
    assert len(found.missing) == 1 + 2 * len(PROMPTS)  # of the loaded ones their scores too
    assert compare(RECORDED, replace(few, passes=(idle, loaded))).missing == ()


@pytest.mark.parametrize("lists_nothing", [lambda reading: reading.kind == "code", lambda _: True])
def test_scores_that_list_no_token_were_not_read(lists_nothing):
    idle, loaded = UNCHANGED.passes
    bare = tuple(
        replace(one, positions=tuple(replace(position, alternatives=()) for position in one.positions))
        if lists_nothing(one)
        else one
        for one in idle.scored
    )

    found = compare(RECORDED, replace(UNCHANGED, passes=(replace(idle, scored=bare), loaded)))

    assert set(found.missing) == {f"{one.id} (scored idle)" for one in PROMPTS if lists_nothing(one)}


def test_scores_that_are_gone_were_not_read():
    unscored = replace(UNCHANGED, passes=tuple(replace(one, scored=()) for one in UNCHANGED.passes))

    assert compare(RECORDED, unscored).missing == ()
    assert len(compare(RECORDED, replace(unscored, has_scores=True)).missing) == 2 * len(PROMPTS)


def test_a_fault_of_the_deepest_prompts_alone_is_broken_though_one_of_them_is_spared():
    shallow = simulated_prompts(places=4, each=1, depths=(2048,))
    deep = simulated_prompts(places=4, each=1, depths=(120320,))[:DEEPEST]
    server = SimulatedServer((*shallow, *deep))
    fault = where(lambda asked: asked.prompt in deep[1:])

    assert compared(server, replace(server, fault=fault)).sameness is Sameness.BROKEN


def test_texts_whose_tokens_are_named_otherwise_are_not_broken_for_that():
    by_ids = replace(
        RECORDED,
        recording=Recording(
            *(_named_by_ids(one) for one in (RECORDED.recording.first, RECORDED.recording.again)),
            loaded=_named_by_ids(RECORDED.recording.loaded),
        ),
    )
    written = replace(UNCHANGED, passes=tuple(replace(one, scored=()) for one in UNCHANGED.passes))

    assert compare(by_ids, written).sameness is Sameness.SAME


def _named_by_ids(one: ReadingPass) -> ReadingPass:
    def named(reading: Reading) -> Reading:
        positions = tuple(
            TokenLogprob(
                f"token_id:{place.token[2:]}",
                place.logprob,
                tuple((f"token_id:{token[2:]}", logprob) for token, logprob in place.alternatives),
            )
            for place in reading.positions
        )
        return replace(reading, positions=positions)

    return replace(one, generated=tuple(map(named, one.generated)), scored=tuple(map(named, one.scored)))


def test_too_few_prompts_are_not_judged():
    few = SimulatedServer(first(PROMPTS, 4))

    found = compared(few, replace(few, fault=everywhere))

    assert found.judged == ()
    assert {cell.sameness for cell in found.cells} == {Sameness.SAME}
