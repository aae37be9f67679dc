"""Backends are found by their files' names."""

from __future__ import annotations

import pytest
from servecheck.errors import UnknownName
from servecheck.profiles.engine_spec import backend_names, engine_names, knows_answers, spec_named, spec_of
from servecheck.profiles.schema import Profile


def test_every_file_is_the_backend_of_its_name() -> None:
    assert tuple(spec_named(name).name for name in backend_names()) == backend_names()
    assert engine_names() == ["llamacpp", "sglang", "vllm"]


def test_a_profile_has_the_backend_that_it_names() -> None:
    assert spec_of(Profile(name="p", model="m", backend="vllm")).title == "vLLM"
    assert not spec_of(Profile(name="p", model="m")).is_started


def test_one_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownName, match=r"unknown backend 'vlm': did you mean vllm\?"):
        spec_named("vlm")


@pytest.mark.parametrize("backend", ["", "vlm", None, 3, ["embedded"], "external"])
def test_whatever_a_stored_run_says_its_backend_was_is_no_answer_known(backend: object) -> None:
    assert not knows_answers(backend)
    assert knows_answers("embedded")
