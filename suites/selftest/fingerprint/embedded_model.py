"""The embedded language model, served in this process over real HTTP, with one fault."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.profiles.schema import Embedded, Profile
from servecheck.selfcheck.embedded.app import EmbeddedApp
from servecheck.selfcheck.embedded.canonical_replies import CanonicalReplies

from suites.selftest.fingerprint.scripted_server import NoSuchThing, Served, serving

PROFILE = Profile(
    name="p", model="canonical", backend="external", base_url="http://127.0.0.1:1/v1", thinking_switch="enable_thinking"
)


@contextmanager
def embedded_model(profile: Profile = PROFILE, **faults: Any) -> Iterator[Served]:
    """Serve it inside the block; ``faults`` are keys of ``EmbeddedLanguageModel``."""
    behaviour = Embedded(language_model=EmbeddedLanguageModel(**faults), max_model_len=10240)
    app = EmbeddedApp(CanonicalReplies([], 0, 0), "canonical", behaviour)

    async def answer(path: str, body: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(base_url="http://server", transport=httpx.ASGITransport(app), timeout=30) as http:
            return await http.post(path, json=body)

    def answers(path: str, body: dict[str, Any]) -> Any:
        response = asyncio.run(answer(path, body))
        if response.status_code != 200:
            raise NoSuchThing(response.status_code, response.text)
        return response.json()

    with serving(answers, profile) as served:
        yield served
