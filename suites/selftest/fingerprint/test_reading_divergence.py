"""Scored text is compared at every place, generated text up to its first split, and a split at a near-tie is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.fingerprint.reading import Condition, Reading, ReadingPass
from servecheck.fingerprint.reading_divergence import PromptDivergence, divergences
from servecheck.gates.compared_fingerprint import ReadHow
from servecheck.stats.log_rank import Survival


def place(token: str, **listed: float) -> TokenLogprob:
    return TokenLogprob(token, listed.get(token, -9.0), tuple(listed.items()))


SURE, TIED = place("a", a=-0.1, b=-5.0, c=-6.0), place("a", a=-0.7, b=-0.8, c=-6.0)
RECORDED = Reading("chat-16-1", "chat", 16, Condition.IDLE, (TIED, SURE, SURE), "aaa")


def generated(reading: Reading, recorded: Reading = RECORDED) -> PromptDivergence:
    reference = ReadingPass(Condition.IDLE, (recorded,))
    (found,) = divergences(reference, ReadingPass(Condition.IDLE, (reading,))).values()
    return found[recorded.prompt]


def scored(*readings: Reading) -> dict[str, PromptDivergence]:
    reference = ReadingPass(Condition.IDLE, (RECORDED,))
    found = divergences(reference, ReadingPass(Condition.LOADED, (), readings))
    return found.get((ReadHow.SCORED, "loaded"), {})


def test_the_recorded_text_agrees():
    assert generated(RECORDED) == PromptDivergence("chat", 16, 0, 1, Survival(3, False))


def test_a_split_between_tokens_that_were_nearly_tied_agrees():
    other = replace(RECORDED, positions=(place("b", a=-0.8, b=-0.7, c=-6.0), place("x", x=-0.1)), text="bx")

    found = generated(other)

    assert found.agreement == 1
    assert found.survival == Survival(0, True)
    assert found.nats == pytest.approx(0.2 / 3)  # what comes after the split has another context


def test_a_split_where_the_recorded_model_was_sure_does_not():
    other = replace(RECORDED, positions=(TIED, place("b", a=-5.0, b=-0.1, c=-6.0)), text="ab")

    assert generated(other).agreement == 0
    assert generated(other).survival == Survival(1, True)


def test_a_sampler_that_writes_what_its_own_model_does_not_hold_likely_does_not():
    other = replace(RECORDED, positions=(TIED, place("c", a=-0.1, b=-5.0, c=-6.0)), text="ac")

    assert generated(other).agreement == 0


def test_one_that_writes_the_second_choice_of_its_own_model_does_not():
    """A speculation that takes each draft which is likely enough: no token of it was ever unlikely."""
    near = place("a", a=-0.6, b=-1.2, c=-3.0)
    recorded = replace(RECORDED, positions=(SURE, near, SURE))
    drafted = replace(recorded, positions=(SURE, replace(near, token="b", logprob=-1.2), SURE), text="aba")
    penalised = replace(recorded, positions=(SURE, replace(near, token="c", logprob=-3.0), SURE), text="aca")

    assert generated(drafted, recorded).agreement == 0
    assert generated(recorded, recorded).agreement == 1
    assert generated(drafted, penalised).agreement == 1  # what was recorded was no first choice either


def test_a_server_that_lists_one_token_is_held_by_what_that_leaves_over():
    alone = replace(RECORDED, positions=(place("a", a=-0.01),))
    other = replace(alone, positions=(place("b", b=-0.01),), text="b")

    assert generated(other, alone).agreement == 0


def test_tokens_that_are_named_otherwise_are_compared_as_words():
    by_ids = replace(RECORDED, positions=(place("token_id:5", **{"token_id:5": -0.1, "token_id:6": -5.0}),))

    assert generated(RECORDED, by_ids) == PromptDivergence("chat", 16, None, 1, Survival(1, False))


def test_what_is_impossible_is_as_impossible_as_a_recorded_file_has_it():
    recorded = replace(RECORDED, positions=(place("a", a=0.0, b=-1000.0),))
    now = replace(RECORDED, positions=(place("a", a=0.0, b=-9999.0),))

    assert generated(now, recorded).nats == 0


def test_scores_of_another_text_than_is_recorded_now_are_none():
    assert scored(replace(RECORDED, token_ids=(4, 5, 6)))[RECORDED.prompt].nats == 0  # of the recorded none are told
    reference = ReadingPass(Condition.IDLE, (replace(RECORDED, token_ids=(1, 2, 3)),))
    stale = ReadingPass(Condition.IDLE, (), (replace(RECORDED, token_ids=(4, 5, 6)),))

    assert divergences(reference, stale) == {}


@pytest.mark.parametrize("positions", [(), (TIED,), (TIED, SURE)])
def test_a_text_that_ends_where_the_recorded_model_was_sure_does_not(positions):
    other = replace(RECORDED, positions=positions, text="a" * len(positions))

    assert generated(other).survival == Survival(len(positions), True)
    assert generated(other).agreement == 0


def test_a_text_that_goes_on_where_the_recorded_one_ended_does_not():
    longer = replace(RECORDED, positions=(*RECORDED.positions, SURE), text="aaaa")

    assert generated(longer).agreement == 0


def test_without_log_probabilities_the_tokens_before_a_split_are_counted():
    told = replace(RECORDED, positions=(), text="one two three four")
    other = replace(told, text="one two, three four")

    assert generated(told, told) == PromptDivergence("chat", 16, None, 1, Survival(7, False))
    assert generated(other, told).survival == Survival(3, True)
    assert generated(other, told).agreement == pytest.approx(1 - 1 / 4)


def test_token_ids_are_better_than_words():
    told = replace(RECORDED, positions=(), text="onetwo", token_ids=(1, 2))

    assert generated(replace(told, token_ids=(1, 3)), told).survival == Survival(1, True)


def test_words_of_chinese_are_its_characters():
    told = replace(RECORDED, positions=(), text="你好世界ok")

    assert generated(replace(told, text="你好世人ok"), told).survival == Survival(3, True)


def test_scored_text_is_compared_at_the_places_that_both_have():
    now = replace(RECORDED, positions=(place("a", a=-0.1, b=-5.0, c=-6.3),), places=(2,))

    found = scored(now)[RECORDED.prompt]

    assert found.nats == pytest.approx(0.1)
    assert found.agreement == 1


def test_the_first_choice_counts_and_not_the_text_that_was_forced():
    now = replace(RECORDED, positions=(TIED, SURE, place("a", a=-5.0, b=-0.1, c=-6.0)))

    assert scored(now)[RECORDED.prompt].agreement == pytest.approx(2 / 3)


def test_what_lists_no_token_is_not_compared():
    silent = replace(RECORDED, positions=(TokenLogprob("a", -1.0),))

    assert scored(silent) == {}
    assert scored(replace(RECORDED, places=(7, 8, 9))) == {}
    assert scored(replace(RECORDED, prompt="never recorded")) == {}


def test_of_tokens_with_one_text_the_likeliest_counts():
    twice = replace(
        RECORDED, positions=(TokenLogprob("\ufffd", -0.1, (("\ufffd", -0.1), ("\ufffd", -4.0), ("a", -5.0))),)
    )

    found = generated(twice, twice)

    assert (found.nats, found.agreement) == (0, 1)
