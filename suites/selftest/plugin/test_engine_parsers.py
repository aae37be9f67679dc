"""``-m tool_contract`` on the embedded server with a real engine's parsers in it, over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from servecheck.extraction.tool_calls.dialects import dialect_named
from servecheck.profiles.schema import Embedded
from servecheck.selfcheck.embedded.app import EmbeddedApp, inherited, server_config
from servecheck.selfcheck.embedded.canonical_replies import CanonicalReplies
from servecheck.selfcheck.embedded.tool_text.fault import ToolFault
from servecheck.selfcheck.embedded.tool_text.path import ToolTextPath

from suites.selftest.delivery.parsers.engine_parser import sglang_parsers
from suites.selftest.delivery.parsers.test_sglang import IN_STREAMS
from suites.selftest.delivery.replies import CASES

pytestmark = pytest.mark.slow


@contextmanager
def served(parsers: ToolFault) -> Iterator[str]:
    path = ToolTextPath(dialect_named("glm47"), parsers)
    server = uvicorn.Server(server_config(EmbeddedApp(CanonicalReplies([]), "m", Embedded(), path)))
    listener = inherited(socket.create_server(("127.0.0.1", 0)).detach())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join()


def test_sglangs_faults_fail_the_gate_and_no_other_case_does(suite: Callable[..., Any], tmp_path: Any) -> None:
    with sglang_parsers(tmp_path / "log") as parsers, served(parsers) as base_url:
        run = suite("-m", "tool_contract", f"--base-url={base_url}")

    assert run.code == 1, run.output
    unsolved = {task_id for task_id, is_solved in run.solved.items() if not is_solved}
    assert {task_id for task_id in unsolved if CASES[task_id].api == "chat"} == IN_STREAMS.keys()
    assert run.json("tool_contract-scores.json")["gates"]["delivery"]["verdict"] == "FAIL"
