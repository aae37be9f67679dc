"""Real runs of the suite in processes of their own: what a user types, and what a user then has."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from servecheck.evaluation.problem import ProblemSet
from servecheck.evaluation.transcript import Reply, Timings
from servecheck.plugin import info_commands
from servecheck.plugin import options as plugin_options
from servecheck.problems import load_problem_set
from servecheck.profiles.load import load_profile
from servecheck.profiles.schema import Profile
from servecheck.rundir.manifest import FORMAT, identity
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.declared import declared

from suites.selftest.plugin.server_starts import Counted
from suites.selftest.plugin.warm_python import WarmPython
from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]
WRONG_BODIES = ROOT / "suites" / "selftest" / "problems" / "starter_wrong.jsonl"
BOTH = "humaneval or humaneval_instruct"
TWO_PROFILES = ("reference", "reference-one-flip")
UNSOLVED_AT = (0, 1, 2, 5, 7, 8)
_WARM_PYTHON = pytest.StashKey[WarmPython]()


@dataclass(frozen=True)
class Finished:
    """A run that has ended, and what it left."""

    code: int
    output: str
    run_dir: Path
    junit: Path

    @cached_property
    def lines(self) -> list[str]:
        return self.output.rstrip().splitlines()  # pytest sets an empty line after a refusal

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.run_dir / "verdicts.jsonl").read_text().splitlines()]

    @property
    def solved(self) -> dict[str, bool]:
        return {record["task_id"]: record["solved"] for record in self.verdicts}

    def json(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.run_dir / name).read_text())
        return found

    @property
    def gates(self) -> dict[str, dict[str, Any]]:
        gates: dict[str, dict[str, Any]] = self.json("scores.json")["gates"]
        return gates

    @property
    def gate(self) -> dict[str, Any]:
        return self.gates["published"]

    @cached_property
    def cases(self) -> dict[str, ET.Element]:
        return {case.attrib["name"]: case for case in ET.parse(self.junit).iter("testcase")}

    def last_line(self) -> str:
        return self.lines[-1].strip("= ")


Suite = Callable[..., Finished]


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One that all workers have, for what is made once."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def suite_environment(session_folder: Path) -> Mapping[str, str]:
    """This environment, with a cache of the selftests' own and nothing of the pytest that runs them."""
    # Bytecode is written whatever the caller wants: without, each of these runs would compile the whole package anew.
    others = ("PYTEST_", "COV_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "SERVECHECK_CACHE_DIR": str(session_folder / "cache"), "COLUMNS": "240"}


@pytest.fixture(scope="session")
def command() -> Callable[..., list[str]]:
    """The command line; ``run`` and ``junit`` are files in ``folder``."""

    def made(folder: Path, *arguments: str, root: Path = ROOT) -> list[str]:
        own = [f"--run-dir={folder / 'run'}", f"--junitxml={folder / 'junit.xml'}", f"--rootdir={root}"]
        cache = [] if any(argument.startswith("cache_dir=") for argument in arguments) else ["-p", "no:cacheprovider"]
        return [sys.executable, "-m", "pytest", "-m", "humaneval", "--sandbox=process", *cache, *own, *arguments]

    return made


@pytest.fixture(scope="session")
def warm_python(pytestconfig: pytest.Config, suite_environment: Mapping[str, str]) -> WarmPython:
    """One for all tests of this process, whatever folder they are in."""
    if _WARM_PYTHON not in pytestconfig.stash:
        pytestconfig.stash[_WARM_PYTHON] = WarmPython(suite_environment)
        pytestconfig.add_cleanup(pytestconfig.stash[_WARM_PYTHON].close)
    return pytestconfig.stash[_WARM_PYTHON]


@pytest.fixture(scope="session")
def suite(
    suite_environment: Mapping[str, str],
    command: Callable[..., list[str]],
    warm_python: WarmPython,
    tmp_path_factory: pytest.TempPathFactory,
) -> Suite:
    """Run ``-m humaneval`` with these arguments, to its end."""

    def run(*arguments: str, root: Path = ROOT, environment: Mapping[str, str] | None = None) -> Finished:
        folder = tmp_path_factory.mktemp("suite")
        _, _, module, *others = command(folder, *arguments, root=root)
        code, output = warm_python.run(
            module, others, cwd=root, environment={**suite_environment, **(environment or {})}, timeout_s=NEVER_S
        )
        return Finished(code, output, folder / "run", folder / "junit.xml")

    return run


@pytest.fixture(scope="session")
def cold_suite(
    suite_environment: Mapping[str, str], command: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Suite:
    """As ``suite``, by a Python that starts for it, as a user's does."""

    def run(*arguments: str) -> Finished:
        folder = tmp_path_factory.mktemp("suite")
        done = subprocess.run(
            command(folder, *arguments),
            cwd=ROOT,
            env=suite_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=NEVER_S,
            check=False,
        )
        return Finished(done.returncode, done.stdout, folder / "run", folder / "junit.xml")

    return run


def config_of(*arguments: str) -> Any:
    """As much of pytest's as there is before anything is collected, of ``-m humaneval`` with these arguments."""
    parser = pytest.Parser(_ispytest=True)
    plugin_options.pytest_addoption(parser)
    pytests_own = parser.getgroup("pytest")
    pytests_own._addoption("-m", dest="markexpr")
    pytests_own._addoption("-n", dest="numprocesses")
    pytests_own.addoption("--collect-only", dest="collectonly", action="store_true")
    option = parser.parse(["-m", "humaneval", "--sandbox=process", *arguments])
    ini = {"markers": []}
    return SimpleNamespace(option=option, args=option.file_or_dir, stash=pytest.Stash(), getini=ini.__getitem__)


@pytest.fixture(scope="session")
def refusal() -> Callable[..., str]:
    """What a command with these arguments is refused with before anything is collected, told in this process."""

    def refused(*arguments: str) -> str:
        with pytest.raises(pytest.UsageError) as found:
            plugin_options.pytest_configure(config_of(*arguments))
        return str(found.value)

    return refused


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command with these arguments shows that asks and grades nothing, told in this process."""

    def tell(*arguments: str) -> str:
        assert info_commands.pytest_cmdline_main(config_of(*arguments)) == pytest.ExitCode.OK
        return capsys.readouterr().out

    return tell


@pytest.fixture(scope="session")
def starter() -> ProblemSet:
    return load_problem_set("starter")


@pytest.fixture(scope="session")
def kept_run(starter: ProblemSet) -> Callable[..., tuple[Profile, dict[tuple[str, int], Reply]]]:
    """Write what a run of the reference profile on the starter problems keeps, with a reply to each sample.

    Returns its profile and replies.
    """

    def write(
        folder: Path, samples: Mapping[str, tuple[int, ...]], **changes: Any
    ) -> tuple[Profile, dict[tuple[str, int], Reply]]:
        profile, store = declared("humaneval").asked(load_profile("reference")), ReplyStore(folder)
        profile = profile.model_copy(update=changes)
        replies = {}
        for task_id, number in ((task_id, number) for task_id, numbers in samples.items() for number in numbers):
            text = f"reply {number} to {task_id}"
            replies[task_id, number] = Reply(text, None, "stop", profile.model, None, Timings(0.0, None, 0.5), "00")
            store.write(task_id, number, replies[task_id, number])
        manifest = {
            "format": FORMAT,
            "identity": identity(profile, starter.name, starter.sha256, "asked"),
            "profile": profile.model_dump(),
            "samples": samples,
            "segments": [{"environment": {}}],
        }
        (folder / "run.json").write_text(json.dumps(manifest))
        return profile, replies

    return write


@pytest.fixture(scope="session")
def wrong_bodies() -> dict[str, str]:
    rows = map(json.loads, WRONG_BODIES.read_text().splitlines())
    return {row["task_id"]: row["body"] for row in rows}


@pytest.fixture(scope="session")
def canonical_rows(starter: ProblemSet) -> list[dict[str, Any]]:
    return [{"task_id": name, "completion": starter[name].canonical_solution} for name in starter.task_ids]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[Any]], str]:
    """Write rows as a ``--replies`` file; a string is written as it is. Returns the option."""

    def write(rows: Sequence[Any]) -> str:
        path = tmp_path_factory.mktemp("replies") / "given.jsonl"
        path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
        return f"--replies={path}"

    return write


@pytest.fixture(scope="session")
def mixed_rows(canonical_rows: list[dict[str, Any]], wrong_bodies: dict[str, str]) -> list[dict[str, Any]]:
    """Right programs, but for four that only the plus inputs find out, an empty reply and one without a program."""
    rows = list(canonical_rows)
    for index in (0, 1, 2, 5):
        rows[index] = {"task_id": rows[index]["task_id"], "completion": wrong_bodies[rows[index]["task_id"]]}
    rows[7] = {"task_id": rows[7]["task_id"], "reply": ""}
    rows[8] = {"task_id": rows[8]["task_id"], "reply": "I cannot help with that."}
    return rows


@pytest.fixture(scope="session")
def shared(suite: Suite, session_folder: Path) -> Callable[..., Finished]:
    """A run by its name that tests look at and none changes: the first worker that needs it makes it for all."""

    def once(name: str, *arguments: str, made_by: Suite = suite) -> Finished:
        kept = session_folder / f"{name}.json"
        with (session_folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                made = made_by(*arguments)
                kept.write_text(json.dumps([made.code, made.output, str(made.run_dir), str(made.junit)]))
        code, output, run_dir, junit = json.loads(kept.read_text())
        return Finished(code, output, Path(run_dir), Path(junit))

    return once


@pytest.fixture(scope="session")
def mixed(
    shared: Callable[..., Finished], written: Callable[[Sequence[Any]], str], mixed_rows: list[dict[str, Any]]
) -> Finished:
    """A run with unsolved problems that fails its gate."""
    return shared("mixed", written(mixed_rows), "--profile=reference")


@pytest.fixture(scope="session")
def reference_run(shared: Callable[..., Finished], cold_suite: Suite) -> Finished:
    """The default run: the embedded server, asked over HTTP."""
    return shared("reference", made_by=cold_suite)


@pytest.fixture(scope="session")
def recorded(
    shared: Callable[..., Finished], suite: Suite, reference_run: Finished, tmp_path_factory: pytest.TempPathFactory
) -> Finished:
    """The default run, gone on with to be recorded in ``scores.json`` beside its folder."""

    def made() -> Finished:
        folder = tmp_path_factory.mktemp("recorded")
        shutil.copytree(reference_run.run_dir, folder / "run")
        shutil.copyfile(ROOT / "reference-scores.json", folder / "scores.json")
        options = (f"--references={folder / 'scores.json'}", "--record-reference", f"--run-dir={folder / 'run'}")
        return replace(suite(*options), run_dir=folder / "run")

    return shared("recorded", made_by=made)


@pytest.fixture(scope="session")
def counted(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    return Counted(suite, tmp_path_factory.mktemp("counted"))


@pytest.fixture(scope="session")
def both_ways(shared: Callable[..., Finished], counted: Counted) -> Finished:
    """Two profiles, each asked in two ways; its server starts are counted."""
    return shared("both-ways", "-m", BOTH, f"--profile={','.join(TWO_PROFILES)}", made_by=counted)


@pytest.fixture(scope="session")
def project_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A project folder that is this one but for the reference scores, or the suites given by their files."""

    def made(*, scores: str | None = None, suites: Mapping[str, Mapping[str, str]] | None = None) -> Path:
        root = tmp_path_factory.mktemp("project")
        for name in ("conftest.py", "pyproject.toml"):
            (root / name).symlink_to(ROOT / name)
        # The package is made anew of links, since it finds the project's folder by its own place; with what is compiled
        # of it, since compiling it once more takes as long as a run.
        for path in (ROOT / "fixtures").rglob("*"):
            if path.is_file():
                link = root / path.relative_to(ROOT)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path)
        (root / ".package").mkdir()
        (root / ".package" / "servecheck").symlink_to("../fixtures")
        if scores is None:
            (root / "reference-scores.json").symlink_to(ROOT / "reference-scores.json")
        else:
            (root / "reference-scores.json").write_text(scores)
        (root / "suites").mkdir()
        (root / "suites" / "humaneval").symlink_to(ROOT / "suites" / "humaneval")
        for name, files in (suites or {}).items():
            (root / "suites" / name).mkdir()
            for file, text in files.items():
                (root / "suites" / name / file).write_text(text)
        return root

    return made


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a run opens its connections all at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a run that is interrupted leaves its connections."""


@pytest.fixture(scope="session")
def given_run(
    shared: Callable[..., Finished], written: Callable[[Sequence[Any]], str], canonical_rows: list[dict[str, Any]]
) -> Finished:
    """Replies that are given, of a model that nothing is known of: all right, and no reference."""
    return shared("given", written(canonical_rows), "--problems=starter")


@pytest.fixture(scope="session")
def http_server() -> Iterator[Callable[[type[BaseHTTPRequestHandler]], str]]:
    """Serve with this handler; returns the address."""
    with ExitStack() as stack:

        def serve(handler: type[BaseHTTPRequestHandler]) -> str:
            server = _Server(("127.0.0.1", 0), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_address[1]}"

        yield serve


@pytest.fixture(scope="session")
def slow_server(http_server: Callable[[type[BaseHTTPRequestHandler]], str], starter: ProblemSet) -> Callable[..., str]:
    """A model server that thinks that many seconds, and then says nothing useful; returns its base URL.

    It answers the first ``at_once`` problems without thinking.
    """

    def serve(seconds: float, models: Sequence[str] = ("slow",), at_once: int = 0) -> str:
        easy = [starter[f"Starter/{number}"].prompt.strip() for number in range(at_once)]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"object": "list", "data": [{"id": name} for name in models]}).encode()
                self._begin("application/json")
                self.wfile.write(body)

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][-1]["content"]
                if not any(prompt in asked for prompt in easy):
                    time.sleep(seconds)
                self._begin("text/event-stream")
                delta = {"role": "assistant", "content": "I do not know."}
                choice = {"index": 0, "delta": delta, "finish_reason": "stop"}
                usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
                for part in ({"choices": [choice]}, {"choices": [], "usage": usage}):
                    event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": models[0], **part}
                    self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def _begin(self, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Keep quiet."""

        return f"{http_server(Handler)}/v1"

    return serve
