"""What a server says of itself before a run asks it anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.schema import Profile, Sampling
from servecheck.runs.server_facts import server_facts
from servecheck.servers import ModelServer

PROMPTS = {"T/0": [{"role": "user", "content": "Add."}]}
TOLD = {"base_url": "http://host:8000/v1", "served_models": ["m"], "version": "1"}


class Server(ModelServer):
    """One that is up and is asked nothing here."""

    def __init__(self, length: int | None = None, **told: Any) -> None:
        self.length, self.told = length, {"version": "1", **told}

    @property
    def base_url(self) -> str:
        return "http://host:8000/v1"

    @property
    def served_models(self) -> Sequence[str]:
        return ["m"]

    @property
    def model(self) -> str:
        return "m"

    @property
    def max_model_len(self) -> int | None:
        return self.length

    def describe(self) -> dict[str, Any]:
        return self.told

    def start(self) -> None: ...

    def stop(self) -> None: ...


def profile(**keys: Any) -> Profile:
    return Profile(name="p", model="m", **keys)


def test_of_one_that_knows_the_answers_nothing_is_checked() -> None:
    asked = profile(backend="embedded")

    assert server_facts(Server(8), asked, PROMPTS, pytest.fail) == (asked, TOLD)


def test_of_any_other_stands_whether_the_prompts_fit_its_context() -> None:
    asked = profile(backend="external")

    found, told = server_facts(Server(), asked, PROMPTS, pytest.fail)

    assert found == asked
    assert {key: told[key] for key in TOLD} == TOLD
    assert told["context"]["not_counted"] == "the server does not tell its context length"


def test_prompts_that_cannot_fit_end_the_run_before_it_asks() -> None:
    with pytest.raises(UsageError, match="max_tokens 100 leaves no room for a prompt in the 64 tokens"):
        server_facts(Server(64), profile(backend="external", sampling=Sampling(max_tokens=100)), PROMPTS, pytest.fail)


def test_an_engine_that_is_found_to_run_there_is_asked_as_it_is_and_its_lacks_are_said() -> None:
    said: list[str] = []

    found, told = server_facts(Server(engine="Ollama"), profile(backend="external"), PROMPTS, said.append)

    assert found.backend == "ollama"
    assert said == [f"Ollama: {'; '.join(told['lacks'])}"]
    assert "it gives one reply a request, whatever n says" in told["lacks"]
