"""The profiles of the embedded language model are one model, each served with one fault of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import servecheck.profiles
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.profiles.load import load_profile
from servecheck.profiles.schema import Profile

SHIPPED = tomllib.loads((Path(servecheck.profiles.__file__).parent / "embedded.toml").read_text(encoding="utf-8"))
NAMES = [name for name in SHIPPED if name.startswith("fingerprint-")]


def language_model(profile: Profile) -> EmbeddedLanguageModel:
    assert profile.embedded is not None
    assert profile.embedded.language_model is not None
    return profile.embedded.language_model


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_in_the_server_and_in_nothing_that_a_reference_is_found_by(name):
    sound, faulty = load_profile("fingerprint"), load_profile(name)

    left = {"name", "embedded"}
    assert faulty.model_dump(exclude=left) == sound.model_dump(exclude=left)
    assert language_model(faulty) != language_model(sound) == EmbeddedLanguageModel()


def test_no_two_have_the_same_fault():
    assert len({language_model(load_profile(name)).model_dump_json() for name in NAMES}) == len(NAMES) > 15
