"""Samples of a server that tells texts alone are the same, changed or broken by the likeness that was lost."""

from __future__ import annotations

import random

import pytest
from servecheck.fingerprint.comparison import FingerprintCheck, RecordedFingerprint, compare
from servecheck.fingerprint.floor import Recording
from servecheck.fingerprint.reading import Condition, Reading, ReadingPass
from servecheck.fingerprint.sampled_cells import unfit_samples
from servecheck.gates.compared_fingerprint import ReadHow, Sameness

PROMPTS = [f"{kind}-{depth}" for kind in ("chat", "code", "json") for depth in (16, 256)]


def samples(seed: int, letters: str, condition: Condition) -> tuple[Reading, ...]:
    rng = random.Random(seed)
    return tuple(
        Reading(name, name.partition("-")[0], int(name.partition("-")[2]), condition, (), text)
        for name in PROMPTS
        for text in ("".join(rng.choices(letters, k=20)) for _ in range(8))
    )


def read(
    seed: int, letters: str = "aaab", condition: Condition = Condition.IDLE, *, scored: bool = False
) -> ReadingPass:
    found = samples(seed, letters, condition)
    return ReadingPass(condition, () if scored else found, found if scored else ())


RECORDED = RecordedFingerprint("May", Recording(read(1), read(2), read(3, condition=Condition.LOADED)))


@pytest.mark.parametrize(
    ("letters", "sameness"),
    [("aaab", Sameness.SAME), ("ab", Sameness.CHANGED), ("cd", Sameness.BROKEN)],
)
@pytest.mark.parametrize("condition", Condition)
def test_likeness_decides(letters: str, sameness: Sameness, condition: Condition):
    found = compare(RECORDED, FingerprintCheck((read(4, letters, condition),)))

    assert found.sameness is sameness
    assert {(cell.how, cell.condition) for cell in found.cells} == {(ReadHow.SAMPLED, condition)}
    assert {cell.nats for cell in found.cells} == {None}


def test_samples_that_stand_for_a_score_are_found_too():
    recording = Recording(read(1, scored=True), read(2, scored=True))

    found = compare(RecordedFingerprint("May", recording), FingerprintCheck((read(4, "cd", scored=True),)))

    assert found.sameness is Sameness.BROKEN


def test_samples_that_only_the_second_pass_has_are_a_reference():
    recording = Recording(ReadingPass(Condition.IDLE, ()), read(2, scored=True), read(3, condition=Condition.LOADED))

    def sameness(letters: str) -> Sameness:
        check = FingerprintCheck((read(4, letters, scored=True),))
        return compare(RecordedFingerprint("May", recording), check).sameness

    assert (sameness("aaab"), sameness("cd")) == (Sameness.SAME, Sameness.BROKEN)


def test_a_server_whose_samples_differ_under_load_is_allowed_that():
    loaded = Condition.LOADED
    recording = Recording(read(1), read(2), read(3, "ab", loaded))

    found = compare(RecordedFingerprint("May", recording), FingerprintCheck((read(4), read(5, "ab", loaded))))

    assert found.sameness is Sameness.SAME


def test_a_server_whose_samples_are_others_under_load_may_not_be_recorded():
    def unfit(letters: str) -> str:
        return unfit_samples(Recording(read(1), read(2), read(3, letters, Condition.LOADED)))

    assert unfit("aaab") == ""
    assert unfit("cd").startswith("the server does not agree with itself: what it sampled loaded is as like")


def test_without_samples_there_is_no_cell():
    single = Recording(ReadingPass(Condition.IDLE, read(1).generated[:1]), ReadingPass(Condition.IDLE, ()))

    assert compare(RecordedFingerprint("May", single), FingerprintCheck((read(4),))).cells == ()
