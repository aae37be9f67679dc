"""The proxy over real HTTP, in front of a server that does what the test says, step by step."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from servecheck.proxy import ProxyApp
from servecheck.proxy.command import server_config
from servecheck.transforms import transform_chain

from suites.selftest.proxy.scripted import ScriptedServer, scripted_server, served
from suites.selftest.time_limits import NEVER_S


@pytest.fixture
def upstream() -> Iterator[ScriptedServer]:
    """Answers by ``upstream.script``, each request in a thread of its own."""
    with scripted_server() as server:
        yield server


@pytest.fixture
def serve() -> Any:
    """``with serve(config) as url``: an ASGI application by uvicorn."""
    return served


@pytest.fixture
def proxy(upstream: ScriptedServer) -> Any:
    """``with proxy("strip_code_fences") as http``: a client of the proxy before the scripted server."""

    @contextlib.contextmanager
    def proxied(*transforms: Any, url: str | None = None) -> Iterator[httpx.Client]:
        app = ProxyApp(url or upstream.url, transform_chain(transforms), profile="glm")
        with (
            served(server_config(app)) as base,
            httpx.Client(base_url=base, trust_env=False, timeout=NEVER_S) as http,
        ):
            yield http

    return proxied
