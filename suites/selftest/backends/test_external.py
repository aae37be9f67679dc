"""Which weights a server at ``--base-url`` must have is told by the profile, where one was named."""

from __future__ import annotations

import pytest
from servecheck.backends.external import published
from servecheck.profiles.load import external_profile
from servecheck.profiles.schema import Profile

URL = "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({}, ["zai-org/GLM-4.7-FP8"]),
        ({"served_name": "glm47"}, ["zai-org/GLM-4.7-FP8"]),
        ({"weights": "/data/glm"}, ["zai-org/GLM-4.7-FP8", "/data/glm"]),
    ],
)
def test_a_named_profile_is_about_its_weights(keys: dict[str, str], names: list[str]) -> None:
    profile = Profile.model_validate({"name": "glm47-fp8", "model": "zai-org/GLM-4.7-FP8", "base_url": URL, **keys})

    assert published(profile) == names


@pytest.mark.parametrize("model", ["glm", "QuantTrio/GLM-4.7-AWQ"])
def test_a_model_named_alone_is_whatever_has_the_name(model: str) -> None:
    assert published(external_profile(URL, model)) == []
