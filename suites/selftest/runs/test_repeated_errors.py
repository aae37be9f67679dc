"""An error of the machinery is told as it comes, and the same one several times over ends its profile's run."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

import pytest
from servecheck.runs.repeated_errors import MOST_ALIKE, RepeatedErrors

REFUSED = "no reply for HumanEval_{}-0: http://127.0.0.1:{}/v1 answered HTTP 400: no; it will not take this request"


def test_the_same_error_ends_the_run_at_the_fifth_and_is_said_once():
    errors = RepeatedErrors()

    assert [errors.add(REFUSED.format(n, 8000 + n)) for n in range(MOST_ALIKE + 1)] == [False] * 4 + [True, False]
    assert errors.first == REFUSED.format(0, 8000)


def test_errors_of_different_causes_end_nothing():
    errors = RepeatedErrors()

    assert not any(errors.add(words) for words in ["disk full", "engine died"] * 10)


def test_a_verdict_between_them_shows_that_the_machinery_works():
    errors = RepeatedErrors()
    ended = []
    for n in range(3 * MOST_ALIKE):
        ended.append(errors.add(REFUSED.format(n, 80)))
        if n % (MOST_ALIKE - 1) == 0:
            errors.note_verdict()

    assert not any(ended)


@pytest.fixture
def refusing_server(http_server):
    """Refuses every chat, for good."""

    class Refuses(BaseHTTPRequestHandler):
        def log_message(self, format, *arguments):
            """Keep quiet."""

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"data": [{"id": "m"}]}).encode())

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b'{"error": {"message": "no chat template"}}')

    return f"{http_server(Refuses)}/v1"


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_a_server_that_refuses_everything_is_told_at_once_and_asked_no_longer(suite, refusing_server, workers):
    run = suite(f"--base-url={refusing_server}", "--problems=starter", "-n", workers)

    told = [line for line in run.lines if line.startswith("servecheck: profile m has an error: ")]
    assert len(told) == 1
    assert "answered HTTP 400: no chat template" in told[0]
    [ended] = [line for line in run.lines if line.startswith("servecheck: ended after 5 errors in a row")]
    assert f"resume with --run-dir={run.run_dir}" in ended
    assert run.code == 1
    assert run.gate["verdict"] == "INVALID"
    assert "no chat template" in run.gate["headline"]


@pytest.mark.slow
def test_the_next_profile_goes_on(suite, refusing_server, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(f'[gone]\nmodel = "m"\nbackend = "external"\nbase_url = "{refusing_server}"\nproblems = "starter"\n')

    run = suite(f"--profiles-file={own}", "--profile=gone,reference")

    assert "servecheck: profile gone has an error: " in run.output
    assert (
        json.loads((run.run_dir / "reference" / "scores.json").read_text())["gates"]["published"]["verdict"] == "PASS"
    )
    assert run.code == 1
