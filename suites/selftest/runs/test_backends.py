"""Which weights a server at ``--base-url`` must have is told by the profile, where one was named."""

from __future__ import annotations

import pytest
from servecheck.profiles.load import external_profile
from servecheck.profiles.schema import Profile
from servecheck.runs import backends

URL = "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("keys", "published"),
    [
        ({}, ["zai-org/GLM-4.7-FP8"]),
        ({"served_name": "glm47"}, ["zai-org/GLM-4.7-FP8"]),
        ({"weights": "/data/glm"}, ["zai-org/GLM-4.7-FP8", "/data/glm"]),
    ],
)
def test_a_named_profile_is_about_its_weights(keys: dict[str, str], published: list[str]) -> None:
    profile = Profile.model_validate({"name": "glm47-fp8", "model": "zai-org/GLM-4.7-FP8", "base_url": URL, **keys})

    assert backends._published(profile) == published


@pytest.mark.parametrize("model", ["glm", "QuantTrio/GLM-4.7-AWQ"])
def test_a_model_named_alone_is_whatever_has_the_name(model: str) -> None:
    assert backends._published(external_profile(URL, model)) == []
