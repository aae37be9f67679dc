"""Choices by hash."""

from servecheck.selfcheck.embedded.seeded import digest, fraction, ranked

TASKS = [f"T/{number}" for number in range(200)]


def test_a_digest_is_the_same_in_every_process() -> None:
    assert digest("HumanEval/0") == 0xDE004141FA5F04D8


def test_fractions_are_spread_over_zero_to_one() -> None:
    places = sorted(map(fraction, TASKS))

    assert 0 <= places[0] < 0.1
    assert 0.9 < places[-1] < 1
    assert 0.4 < sum(places) / len(places) < 0.6


def test_text_that_utf_8_has_no_bytes_for_has_a_digest_too() -> None:
    assert digest("\ud800") != digest("\ud801")


def test_ranks_depend_on_ids_and_purpose_alone() -> None:
    order = ranked(TASKS, "wrong")

    assert ranked(TASKS[::-1], "wrong") == order
    assert ranked(TASKS, "fault") != order
    assert sorted(order) == sorted(TASKS)
