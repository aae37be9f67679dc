"""A server that runs already: found, named, asked; and what is said where it cannot be."""

from __future__ import annotations

import json
import shutil
import socket
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from servecheck.profiles.schema import Profile
from servecheck.protocols.evalplus_chat import EvalPlusChat
from servecheck.rundir.manifest import ASKED, FILE
from servecheck.rundir.run_files import PROMPTS
from servecheck.rundir.transcripts import ReplyStore
from servecheck.selfcheck.embedded.server import EmbeddedServer

MODEL = "a-publisher/a-model"


@pytest.fixture(scope="module")
def base_url(tmp_path_factory):
    profile = Profile(name="served", model=MODEL, backend="embedded", problems="starter")
    with EmbeddedServer(profile, tmp_path_factory.mktemp("server") / "server.log") as server:
        yield server.base_url


@pytest.fixture(scope="module")
def asked(suite, base_url):
    return suite(f"--base-url={base_url}", "--problems=starter")


@pytest.fixture
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


def test_without_a_profile_the_only_served_model_is_asked(asked, base_url):
    assert asked.code == 0
    assert f"servecheck: model: {MODEL}, the only one served at {base_url}" in asked.lines
    assert sum(asked.solved.values()) == 44
    assert asked.json("generations/Starter_7-0.json")["model"] == MODEL


def test_the_run_is_named_after_the_model_that_the_server_told(asked):
    assert asked.json("run.json")["profile"]["model"] == MODEL
    assert asked.json("run.json")["profile"]["name"] == "a-model"
    assert "humaneval[a-model]" in asked.cases


def test_the_manifest_says_what_was_asked_of_what(asked, base_url, starter):
    manifest = asked.json("run.json")
    [segment] = manifest["segments"]

    assert (segment["server"]["base_url"], segment["server"]["served_models"]) == (base_url, [MODEL])
    assert manifest["problems"] == {"name": "starter", "sha256": starter.sha256, "total": 44}
    assert manifest["identity"]["replies"] == "asked"
    assert segment["sandbox"]["choice"]["kind"] == "process"
    assert set(segment["environment"]) >= {"python", "platform", "numpy", "pytest"}


def test_the_run_directory_has_every_prompt_as_its_protocol_wrote_it(asked, starter):
    asked_with = EvalPlusChat().messages

    assert asked.json("prompts.json") == {name: asked_with(starter[name]) for name in starter.task_ids}


def test_a_model_without_published_score_is_not_held_to_another(asked):
    assert asked.gate["verdict"] == "NO REFERENCE"


def test_an_unreachable_server_is_one_line_and_exit_code_4(suite, nobody):
    run = suite(f"--base-url={nobody}", "--problems=starter")

    assert run.code == 4
    assert run.lines[-1].startswith(f"ERROR: no model server answers at {nobody} (")
    assert run.lines[-1].endswith("start it, or correct the base URL")
    assert "Traceback" not in run.output
    assert not run.run_dir.exists()  # so that it can be named again once the server runs


@pytest.mark.slow
def test_an_unreachable_server_is_the_same_with_workers(suite, nobody):
    run = suite(f"--base-url={nobody}", "--problems=starter", "-n", "2")

    assert run.code == 4
    assert f"no model server answers at {nobody} (" in run.output
    assert "Traceback" not in run.output


@pytest.mark.slow
def test_a_model_that_is_not_served(suite, base_url):
    run = suite(f"--base-url={base_url}", "--model=another", "--problems=starter")

    assert run.code == 4
    assert f"does not serve 'another'; it serves: {MODEL}" in run.lines[-1]


@pytest.mark.slow
def test_several_models_and_none_named(suite, slow_server):
    url = slow_server(0.0, models=("one", "two"))

    run = suite(f"--base-url={url}", "--problems=starter")

    assert run.code == 4
    assert f"{url} serves several models; give --model one of: one, two" in run.lines[-1]


@pytest.mark.slow
def test_one_of_several_models_by_name(suite, slow_server):
    run = suite(f"--base-url={slow_server(0.0, models=('one', 'two'))}", "--model=two", "--problems=starter")

    assert run.code == 0
    assert run.json("run.json")["profile"]["model"] == "two"
    assert {record["kind"] for record in run.verdicts} == {"no_program"}


@pytest.mark.slow
def test_a_run_that_is_resumed_at_another_server_says_so(suite, slow_server):
    one, two = (slow_server(0.0, models=("m", "other")) for _ in range(2))
    options = ("--model=m", "--profile=reference", "-k")
    first = suite(f"--base-url={one}", *options, "Starter/1")

    second = suite(f"--base-url={two}", f"--run-dir={first.run_dir}", *options, "Starter/1 or Starter/2")

    said = "servecheck: resuming, though it is not all the same: server's"
    assert f"{said} base_url {one} then, {two} now" in second.lines


@pytest.mark.slow
def test_a_run_is_not_resumed_with_another_of_a_servers_models(suite, slow_server):
    options = (f"--base-url={slow_server(0.0, models=('m', 'other'))}", "--profile=reference", "-k", "Starter/1")
    first = suite("--model=m", *options)

    second = suite("--model=other", f"--run-dir={first.run_dir}", *options)

    assert second.code == 4
    assert 'holds a run of something else: served model "m" there, "other" now' in second.output
    assert len(list((first.run_dir / "generations").iterdir())) == len(first.verdicts)


@pytest.mark.slow
def test_a_profile_whose_model_is_served_elsewhere(suite, base_url):
    run = suite(f"--base-url={base_url}", "--profile=reference", f"--model={MODEL}")

    assert run.code == 0
    assert run.gate["verdict"] == "PASS"  # the profile says what model it is, whatever name the server gives it
    assert run.json("run.json")["profile"]["base_url"] == base_url


class _NoModelServer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>welcome</html>")

    def log_message(self, format, *arguments):
        """Keep quiet."""


@pytest.mark.slow
def test_an_http_server_that_is_no_model_server(suite, http_server):
    url = http_server(_NoModelServer)

    run = suite(f"--base-url={url}/v1", "--problems=starter")

    assert run.code == 4
    assert f"{url}/v1/models answered a web page, and so without a list of models" in run.lines[-1]


class _RefusesToChat(_NoModelServer):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"data": [{"id": "m"}]}')

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        self.end_headers()


@pytest.mark.slow
def test_replies_that_cannot_be_had_are_errors_in_one_line_each_and_the_run_is_invalid(suite, http_server):
    run = suite(f"--base-url={http_server(_RefusesToChat)}/v1", "--problems=starter")

    assert run.code == 1
    assert run.last_line().startswith("45 errors")
    assert "Traceback" not in run.output
    assert run.cases["test_humaneval[Starter/0]"].find("error") is not None
    assert run.gate["verdict"] == "INVALID"
    assert "44 of 44 missing" in run.gate["headline"]


@pytest.mark.slow
def test_a_resumed_run_asks_for_nothing_that_it_has_and_is_gated_as_a_whole(suite):
    first = suite("-k", "Starter/1")
    kept = {path: path.stat().st_mtime_ns for path in (first.run_dir / "generations").iterdir()}

    second = suite(f"--run-dir={first.run_dir}")
    again = replace(second, run_dir=first.run_dir)

    assert len(kept) == 11
    assert "servecheck: resuming: 11 of 44 replies are there, 33 to ask" in again.lines
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert (again.code, again.gate["verdict"], len(again.verdicts)) == (0, "PASS", 44)
    assert len(again.json("run.json")["segments"]) == 2


@pytest.fixture
def finished(reference_run, tmp_path):
    """A run that has every reply, to be gone on with."""
    return replace(reference_run, run_dir=shutil.copytree(reference_run.run_dir, tmp_path / "finished"))


def test_where_every_reply_is_there_no_server_is_started(reference_run, recorded):
    assert recorded.code == 0
    assert "servecheck: every reply is there: nothing is asked, and no server started" in recorded.lines
    assert (recorded.run_dir / "server.log").read_bytes() == (reference_run.run_dir / "server.log").read_bytes()
    first, last = recorded.json("run.json")["segments"]
    assert (first["asked"], last["asked"]) == (True, False)
    assert last["server"] == first["server"]


@pytest.mark.slow
@pytest.mark.parametrize("profile", [(), ("--profile=replay",)], ids=["resumed", "replayed"])
def test_replies_to_what_nobody_knows_get_no_digest_and_no_prompts_of_today(
    suite, project_with, finished, tmp_path, profile
):
    folder = tmp_path / "run"
    shutil.copytree(finished.run_dir, folder)
    (folder / PROMPTS).unlink()
    store = ReplyStore(folder)
    store.write("Starter/1", 0, replace(store.read("Starter/1", 0), request_sha256="0f" * 32))
    facts = json.loads((folder / FILE).read_text())
    del facts[ASKED]
    (folder / FILE).write_text(json.dumps(facts))

    again = suite(*profile, "-k", "Starter/1", f"--run-dir={folder}", root=project_with())

    (kept,) = (line.split(maxsplit=1)[1] for line in again.lines if line.startswith("run   "))
    made = replace(again, run_dir=Path(kept))
    assert again.code == 0, again.output
    assert "servecheck: what these replies were asked is not known, so they are compared as if" in again.output
    assert ASKED not in made.json(FILE)
    assert not (made.run_dir / PROMPTS).exists()


@pytest.mark.slow
def test_a_finished_run_of_a_model_that_its_server_named_needs_that_server_no_more(suite, base_url, nobody):
    first = suite(f"--base-url={base_url}", "--problems=starter", "-k", "Starter/1")

    again = suite(f"--base-url={nobody}", "--problems=starter", "-k", "Starter/1", f"--run-dir={first.run_dir}")

    assert again.code == 0, again.output
    assert "humaneval[a-model]" in again.cases


@pytest.mark.slow
def test_a_test_that_asks_the_server_itself_has_it_up_on_resume_too(suite, project_with):
    root = project_with(suites={"mention": _MENTION})
    first = suite("-m", "mention", root=root)

    again = suite("-m", "mention", f"--run-dir={first.run_dir}", root=root)

    assert (first.code, again.code) == (0, 0), again.output
    assert "no server started" not in again.output


_MENTION = {
    "suite.py": """
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.protocols import Grader
from servecheck.evaluation.suite import Suite
from servecheck.evaluation.verdict import Verdict


class Yes(Grader):
    name, takes, metrics = "yes", object, (Metric("answered"),)

    def grade(self, problem, transcript, bench):
        return Verdict(score=1.0)


SUITE = Suite(name="mention", grader=Yes())
""",
    "test_mention.py": """
import urllib.request


def test_mention(case, model_server, grade):
    with urllib.request.urlopen(f"{model_server}/models", timeout=10) as answer:
        assert answer.status == 200
    grade(case)
""",
}
