"""One sandbox for all programs here: to start one takes longer than they do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend


@pytest.fixture(scope="session")
def contest_sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox
