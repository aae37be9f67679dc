"""Two profiles differ in several changes: those that make another model are found, in few trials."""

from __future__ import annotations

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.profiles.schema import Embedded, Profile, SpeculativeDecoding
from servecheck.runs.fingerprint.culprits import Culprits, culprits
from servecheck.runs.fingerprint.profile_changes import profile_changes, with_changes

pytestmark = pytest.mark.selftest

GOOD = Profile(
    name="good",
    model="m",
    backend="vllm",
    weights="a",
    flags={"max-model-len": 4096, "a.b": "x", "enforce-eager": True},
)
BAD = GOOD.model_copy(
    update={
        "name": "bad",
        "weights": "b",
        "flags": {"max-model-len": 4096, "a.b": "y", "kv-cache-dtype": "fp8"},
        "speculation": SpeculativeDecoding(),
        "environment": {"X": "1"},
    }
)


def test_each_flag_is_a_change_of_its_own():
    assert {one.key for one in profile_changes(GOOD, BAD)} == {
        "weights",
        "speculation",
        "flags.a.b",
        "flags.enforce-eager",
        "flags.kv-cache-dtype",
        "environment.X",
    }
    assert 'weights: "a" -> "b"' in {one.told for one in profile_changes(GOOD, BAD)}


def test_all_changes_make_the_one_profile_of_the_other():
    keys = [one.key for one in profile_changes(GOOD, BAD)]

    assert with_changes(GOOD, BAD, keys) == BAD.model_copy(update={"name": "good"})
    assert with_changes(GOOD, BAD, []) == GOOD
    assert with_changes(GOOD, BAD, ["flags.a.b"]).flags == {**GOOD.flags, "a.b": "y"}


def test_changes_that_make_no_profile_without_another_are_told_in_words():
    good = GOOD.model_copy(update={"executable": "vllm"})
    bad = good.model_copy(update={"name": "bad", "executable": None, "image": "vllm:1"})

    assert with_changes(good, bad, ["executable", "image"]).image == "vllm:1"
    with pytest.raises(UsageError, match="these changes alone make no profile"):
        with_changes(good, bad, ["image"])


def test_what_an_embedded_model_has_wrong_is_a_change_too():
    good = Profile(
        name="good", model="m", backend="embedded", embedded=Embedded(language_model=EmbeddedLanguageModel())
    )
    bad = good.model_copy(update={"embedded": Embedded(language_model=EmbeddedLanguageModel(weight_bits=2, noise=0.1))})
    changes = [one.key for one in profile_changes(good, bad)]

    assert sorted(changes) == ["embedded.language_model.noise", "embedded.language_model.weight_bits"]
    assert with_changes(good, bad, changes) == bad


@pytest.mark.parametrize(
    ("changes", "why"), [({"model": "n"}, "differ in model"), ({"thinking": "on"}, "differ in thinking"), ({}, "alike")]
)
def test_profiles_that_no_fingerprint_compares_are_refused(changes, why):
    with pytest.raises(UsageError, match=why):
        profile_changes(GOOD, GOOD.model_copy(update={"name": "bad"} | changes))


@pytest.mark.parametrize("guilty", [{"a"}, {"e"}, {"a", "e"}, {"b", "c"}, set("abcde")])
def test_changes_that_make_a_difference_by_themselves_are_all_found(guilty):
    tried = []

    def differs(keys):
        tried.append(keys)
        return bool(guilty & set(keys))

    found = culprits("abcde", differs)

    assert sorted(found.groups) == [(one,) for one in sorted(guilty)]
    assert found.untold == ()
    assert len(tried) == len(set(tried)) <= 12


def test_one_of_many_is_found_in_few_trials():
    tried = []

    assert culprits("abcdefgh", lambda keys: tried.append(keys) or "g" in keys).groups == (("g",),)
    assert len(tried) <= 7


def test_those_that_make_one_only_together_are_told_together_and_without_the_others():
    assert culprits("abcd", lambda keys: {"a", "d"} <= set(keys)).groups == (("a", "d"),)
    assert culprits("abcdefgh", lambda keys: {"b", "g"} <= set(keys) or "e" in keys).groups == (("e",), ("b", "g"))


def test_what_cannot_be_tried_without_another_is_found_with_it_or_not_held_to_be_harmless():
    """An engine that starts with the second flag only where it has the first."""
    needs = lambda keys: None if "b" in keys and "a" not in keys else "b" in keys  # noqa: E731

    assert culprits("abcd", needs).groups == (("a", "b"),)
    assert culprits("ab", lambda keys: None if keys == ("a",) else True) == Culprits((("b",),), ("a",))


def test_a_server_that_runs_already_is_not_changed_by_flags():
    good = Profile(name="good", model="m", base_url="http://127.0.0.1:1/v1", flags={"a": "x"})

    with pytest.raises(UsageError, match="runs already"):
        profile_changes(good, good.model_copy(update={"name": "bad", "flags": {"a": "y"}}))
