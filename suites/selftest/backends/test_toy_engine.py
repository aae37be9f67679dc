"""An engine that nobody knew before is one file of ``backends/``: no other line of the package is about it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import servecheck.backends
from servecheck.engines.machine import EngineSettings, Machine
from servecheck.engines.started_engine import planned_launch
from servecheck.errors import UsageError
from servecheck.problems import load_problem_set
from servecheck.profiles.engine_spec import engine_names
from servecheck.profiles.load import load_profile
from servecheck.report.dry_run import dry_run

from suites.selftest.plugin.conftest import Suite, command, session_folder, suite, suite_environment, warm_python

__all__ = ["command", "session_folder", "suite", "suite_environment", "warm_python"]

TOY = """
from servecheck.engines.started_engine import StartedEngine
from servecheck.profiles.flag_grammar import FlagGrammar


class Toy(StartedEngine):
    name, title, program, variables_prefix = "toy", "Toy", "toy-engine", "TOY_"
    install = "from the shop, in the profile or in"
    length_flag = "window"
    grammar = FlagGrammar(short={"w": "window"}, suites=("port",), speculation=("guess",))

    def speculating(self, speculation):
        return {"guess": speculation.tokens}

    def begins(self, profile, kind, weights):
        return ["--weights", weights]

    def server(self, wanted):
        from servecheck.engines.engine import EngineServer

        return EngineServer(self, wanted.profile, wanted.log_path, say=wanted.say, on_exit=wanted.on_exit)


SPEC = Toy()
"""
# It poses as an engine, and is the embedded server: so the answers are right.
PROGRAM = """#!{python}
import os, sys
port = sys.argv[sys.argv.index("--port") + 1]
serve = ["-m", "servecheck", "serve", "--profile", "reference", "--problems", "starter", "--port", port]
os.execv(sys.executable, [sys.executable, *serve])
"""
PROFILE = """
[toy]
model = "{model}"
backend = "toy"
executable = "{program}"
weights = "w"
quantisation = "none"
problems = "starter"
margin = 10
flags = {{ -w = 4096 }}

[toy-drafts]
extends = "toy"
speculation = {{ method = "mtp", tokens = 2 }}

[toy-by-hand]
extends = "toy"
flags = {{ guess = 1 }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the engine's file, its program, and a profile that is served by it."""
    (tmp_path / "backends").mkdir()
    (tmp_path / "backends" / "toy.py").write_text(TOY)
    program = tmp_path / "toy-engine"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    model = load_profile("reference").model
    (tmp_path / "profiles.toml").write_text(PROFILE.format(model=model, program=program))
    (tmp_path / "with_toy.py").write_text(
        f"import servecheck.backends\nservecheck.backends.__path__.append({str(tmp_path / 'backends')!r})\n"
    )
    return tmp_path


@pytest.fixture
def among_backends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servecheck.backends, "__path__", [*servecheck.backends.__path__, str(folder / "backends")])
    monkeypatch.delitem(sys.modules, "servecheck.backends.toy", raising=False)


@pytest.mark.usefixtures("among_backends")
def test_its_profiles_are_checked_by_its_own_flags_and_shown_with_its_own_command(folder: Path) -> None:
    profile = load_profile("toy-drafts", extra=folder / "profiles.toml")
    problems = load_problem_set("starter")

    text = dry_run(profile, problems, {problems.task_ids[0]: (0,)})

    assert f"    {folder}/toy-engine --weights w --host 127.0.0.1 --port PORT -w 4096 --guess 2\n" in text
    assert "toy" in engine_names()
    with pytest.raises(UsageError, match=r"flags\.guess: say it by the table speculation"):
        load_profile("toy-by-hand", extra=folder / "profiles.toml")


@pytest.mark.usefixtures("among_backends")
def test_a_machine_can_have_it_in_an_image(folder: Path) -> None:
    profile = load_profile("toy-drafts", extra=folder / "profiles.toml").model_copy(update={"executable": None})

    launch = planned_launch(profile, Machine({"toy": EngineSettings(image="toy:1")}))

    assert launch is not None
    assert launch.shown.endswith("8000 toy:1 --weights w --host 0.0.0.0 --port 8000 -w 4096 --guess 2")


@pytest.mark.slow
def test_it_is_started_asked_and_gated(folder: Path, suite: Suite) -> None:
    (folder / "machine.toml").write_text('[toy]\nenvironment = { TOY_COLOUR = "red" }\n')

    run = suite(
        "-p",
        "with_toy",
        "--profile=toy",
        f"--profiles-file={folder / 'profiles.toml'}",
        environment={"PYTHONPATH": str(folder), "SERVECHECK_MACHINE": str(folder / "machine.toml")},
    )

    assert run.code == 0, run.output
    assert run.gate["verdict"] == "PASS"
    server = run.json("run.json")["segments"][-1]["server"]
    assert server["engine"] == "Toy"
    assert server["command"][0] == str(folder / "toy-engine")
    assert server["environment"] == {"TOY_COLOUR": "red"}
