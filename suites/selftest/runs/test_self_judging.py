"""The model under test is no judge of its own, under whatever name, address or quantisation."""

from __future__ import annotations

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.schema import Profile
from servecheck.runs.self_judging import bare, is_same_server, refuse_itself, why_itself


@pytest.mark.parametrize(
    ("profile", "is_itself"),
    [
        (Profile(name="llama", model="other"), True),
        (Profile(name="x", model="meta/Llama-3.1-70B"), True),
        (Profile(name="x", model="someone/llama-3.1-70b-FP8"), True),
        (Profile(name="x", model="Llama-3.1-70B-Q4_K_M"), True),
        (Profile(name="x", model="meta/Llama-3.1-8B"), False),
        (Profile(name="x", model="glm", weights="meta/Llama-3.1-70B-AWQ"), True),
        (Profile(name="x", model="m", weights="recipe:w"), True),
        (Profile(name="x", model="m", served_name="s", base_url="http://judge:8000/v1"), True),
        (Profile(name="x", model="m", served_name="t", base_url="http://judge:8000/v1"), False),
    ],
)
def test_a_judge_that_is_the_model_under_test_is_refused(profile, is_itself):
    judge = Profile(
        name="llama", model="meta/Llama-3.1-70B", served_name="s", base_url="http://judge:8000/v1", weights="recipe:w"
    )

    if is_itself:
        with pytest.raises(UsageError, match="--judge llama is the model under test"):
            refuse_itself(judge, profile)
    else:
        refuse_itself(judge, profile)


@pytest.mark.parametrize(
    "name",
    [
        "zai-org/GLM-4.7",
        "GLM-4.7-FP8",
        "someone/glm_4.7-AWQ-4bit",
        "GLM-4.7-UNSLOTH".removesuffix("-UNSLOTH"),
        "glm-4.7:latest",
        "glm-4.7:q4_K_M",
        "/models/GLM-4.7-Q8_0-00001-of-00007.gguf",
        "/cache/hub/models--zai-org--GLM-4.7-FP8/snapshots/0f3ad1",
        "C:\\models\\GLM-4.7-IQ4_XS.gguf",
        "GLM-4.7-w8a8/",
    ],
)
def test_a_name_is_bare_of_who_published_it_where_it_lies_and_how_it_is_quantised(name):
    assert bare(name) == "glm-4.7"


@pytest.mark.parametrize("name", ["zai-org/GLM-4.7-Flash", "GLM-4.5", "glm-4.7v", "qwen3:8b", "/mnt/model", "default"])
def test_other_models_and_names_that_tell_none_stay_apart(name):
    assert bare(name) != "glm-4.7"
    refuse_itself(Profile(name="j", model=name), Profile(name="x", model="zai-org/GLM-4.7"))


def test_names_that_tell_no_model_are_no_ground_unless_they_are_the_same():
    refuse_itself(Profile(name="j", model="default"), Profile(name="x", model="models"))
    with pytest.raises(UsageError, match="is the model under test"):
        refuse_itself(Profile(name="j", model="default"), Profile(name="x", model="default"))


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("http://localhost:8000/v1", "http://127.0.0.1:8000/v1/", True),
        ("http://[::1]:8000/v1", "http://0.0.0.0:8000/v1", True),
        ("http://Judge/v1", "http://judge.:80/v1", True),
        ("https://judge/v1", "https://judge:443/v1", True),
        ("http://judge:8000/v1", "http://judge:8001/v1", False),
        ("http://judge/a/v1", "http://judge/b/v1", False),
        ("http://judge/v1", None, False),
    ],
)
def test_one_server_has_several_addresses(one, other, is_one):
    assert is_same_server(one, other) is is_one


def test_another_name_of_the_model_under_test_is_no_other_model():
    judge = Profile(name="j", model="llama", served_name="judge", base_url="http://localhost:8000/v1")
    profile = Profile(name="glm", model="glm", served_name="tested", base_url="http://127.0.0.1:8000/v1")

    refuse_itself(judge, profile)
    refuse_itself(judge, profile.model_copy(update={"base_url": "http://other/v1"}), ["tested", "judge"])
    with pytest.raises(UsageError, match="--judge j is the model under test"):
        refuse_itself(judge, profile, ["tested", "judge"])


@pytest.mark.parametrize(
    ("said", "counts"), [("llama", True), ("zai-org/GLM-4.7", False), ("glm-4.7-FP8", False), ("", True)]
)
def test_answers_that_say_that_they_are_by_it_do_not_count(said, counts):
    why = why_itself(said, Profile(name="x", model="zai-org/GLM-4.7"))

    assert (why == "") is counts
    assert counts or "the model under test" in why
