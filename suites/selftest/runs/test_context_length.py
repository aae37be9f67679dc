"""A suite with sets by length asks what the server's context holds, and one that holds none is refused in one line."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.problems import load_problem_set
from servecheck.runs.declared import declared
from servecheck.runs.profile_options import asked_profiles

pytestmark = pytest.mark.selftest


@contextmanager
def telling(length: int) -> Iterator[str]:
    """A server that runs already, with a context of so many tokens."""

    class Models(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = json.dumps({"data": [{"id": "m", "max_model_len": length}]}).encode()
            self.send_response(200 if self.path == "/v1/models" else 404)
            self.end_headers()
            self.wfile.write(found)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Models) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()


@pytest.fixture
def told_9000() -> Iterator[str]:
    with telling(9000) as url:
        yield url


def problems_asked(tmp_path: Path, own: str = "", **options: object) -> str:
    """Of ``-m long_context``, with a profile that has these keys where any are given."""
    declared("long_context")
    names = ("profile", "profiles_file", "base_url", "model", "problems", "samples", "temperature", "concurrency")
    given = dict.fromkeys((*names, "replies", "transforms", "margin", "collectonly")) | options
    if own:
        given |= {"profile": "own", "profiles_file": tmp_path / "own.toml"}
        (tmp_path / "own.toml").write_text(f'[own]\nextends = "reference"\n{own}\n')
    (asked,) = asked_profiles(argparse.Namespace(**given), {"long_context"}, load_problem_set)
    return asked.problems


@pytest.mark.parametrize(
    ("own", "asked"),
    [("embedded.max_model_len = 10240", "long-context-8k"), ("embedded.max_model_len = 4096", "long-context-4k")],
)
def test_an_embedded_servers_own_length_decides(tmp_path, own, asked):
    assert problems_asked(tmp_path, own) == asked


def test_a_server_that_runs_already_is_asked_for_its_length(tmp_path, told_9000):
    assert problems_asked(tmp_path, base_url=told_9000) == "long-context-8k"
    assert problems_asked(tmp_path, base_url=told_9000, problems="long-context-4k") == "long-context-4k"


def test_what_it_tells_goes_before_what_a_profiles_flags_say(tmp_path, told_9000):
    assert problems_asked(tmp_path, profile="glm4-9b-0414-long", base_url=told_9000, model="m") == "long-context-8k"


def test_without_a_profile_that_says_so_no_more_is_asked_than_was_meant(tmp_path):
    with telling(131072) as url:
        assert problems_asked(tmp_path, base_url=url) == "long-context-32k"
        assert problems_asked(tmp_path, base_url=url, problems="long-context-128k") == "long-context-128k"
        found = problems_asked(tmp_path, profile="glm4-9b-0414-long", base_url=url, model="m")

    assert found == "long-context-128k"


def test_a_length_that_no_server_has_is_none(tmp_path):
    with telling(10**30) as url:
        assert problems_asked(tmp_path, base_url=url) == "long-context-32k"


def test_one_that_cannot_be_asked_is_left_to_the_run(tmp_path):
    nowhere = "http://127.0.0.1:9/v1"

    assert problems_asked(tmp_path, base_url=nowhere) == "long-context-32k"
    assert problems_asked(tmp_path, profile="glm4-9b-0414-long", base_url=nowhere, model="m") == "long-context-128k"


def test_nobody_is_asked_where_tests_are_only_collected(tmp_path, told_9000):
    assert problems_asked(tmp_path, base_url=told_9000, collectonly=True) == "long-context-32k"


def test_a_context_that_is_too_short_for_any_is_an_error_in_one_line(tmp_path):
    with pytest.raises(UsageError) as raised:
        problems_asked(tmp_path, "embedded.max_model_len = 2048")

    assert str(raised.value) == (
        "long-context-4k needs a context of 4,096 tokens for prompt and reply, and profile own is served with 2,048: "
        "serve it with a longer one, or do without this set"
    )


def test_a_set_that_is_named_and_too_long_is_one_too(tmp_path, told_9000):
    with pytest.raises(UsageError, match="long-context-16k needs a context of 16,384 tokens"):
        problems_asked(tmp_path, base_url=told_9000, problems="long-context-16k")
