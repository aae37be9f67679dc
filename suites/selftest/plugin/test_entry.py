"""The installed plugin: options work with a space and from anywhere, and other projects do not notice it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from servecheck.plugin.entry import PLUGINS

from suites.selftest.plugin.conftest import ROOT

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")


def ran(
    *arguments: str | Path, cwd: Path, environment: Mapping[str, str], command: Sequence[str] = PYTEST
) -> subprocess.CompletedProcess[str]:
    line = [*command, *map(str, arguments)]
    return subprocess.run(line, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def given(canonical_rows: list[dict[str, Any]], tmp_path: Path) -> Path:
    """Replies in a folder that has a configuration of pytest too, which is not that of the suites."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\ntestpaths = none\n")
    path = tmp_path / "given replies.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in canonical_rows))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "paths"),
    [
        pytest.param(ROOT, (), id="clone", marks=pytest.mark.slow),  # where whole runs begin in the quick tests
        pytest.param(ROOT / "suites" / "humaneval", (), id="subfolder"),
        pytest.param(None, (ROOT / "suites",), id="elsewhere"),
    ],
)
def test_a_value_after_a_space_may_be_a_path_that_exists(folder, paths, given, tmp_path, suite_environment):
    cwd = folder or tmp_path
    (tmp_path / "run").mkdir()
    options = ["--problems", "starter", "--sandbox", "process", "--run-dir", os.path.relpath(tmp_path / "run", cwd)]
    options += ["--references", os.path.relpath(ROOT / "reference-scores.json", cwd)]

    done = ran("--replies", given, *paths, "-m", "humaneval", *options, "--co", cwd=cwd, environment=suite_environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"rootdir: {ROOT}\nconfigfile: pyproject.toml" in done.stdout
    assert "collected 44 items" in done.stdout or "/ 44 selected" in done.stdout


@pytest.mark.slow
def test_it_may_be_a_file_of_another_clone(given, project_with, tmp_path, suite_environment):
    other = project_with()
    replies = other / "given.jsonl"
    replies.write_bytes(given.read_bytes())
    options = ("--problems", "starter", "--sandbox", "process", "--co")

    done = ran("-m", "humaneval", "--replies", replies, *options, cwd=ROOT, environment=suite_environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"rootdir: {ROOT}\nconfigfile: pyproject.toml" in done.stdout
    assert "collected 44 items" in done.stdout


@pytest.fixture(scope="module")
def python_with_fixtures(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment that has all of this one's, and the distribution that is called fixtures."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=300)
    python = folder / "bin" / "python"
    pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "fixtures"]
    subprocess.run([python, *pip], check=True, timeout=300)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "of_this_one.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return str(python)


@pytest.mark.slow
@pytest.mark.parametrize("folder", [ROOT, ROOT / "suites", None], ids=["clone", "subfolder", "elsewhere"])
def test_a_run_has_its_files_anywhere_beside_a_distribution_called_fixtures(
    folder, python_with_fixtures, given, tmp_path, suite_environment
):
    cwd, run_dir = folder or tmp_path, tmp_path / "a run"
    run_dir.mkdir()
    command = (python_with_fixtures, "-P", "-m", "pytest", "-p", "no:cacheprovider")
    paths = () if folder else (ROOT / "suites",)
    options = ("--problems", "starter", "--sandbox", "process", "--replies", given, "--run-dir", run_dir)

    theirs = subprocess.run(
        [python_with_fixtures, "-P", "-c", "import fixtures; print(fixtures.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    done = ran(*paths, "-m", "humaneval", *options, cwd=cwd, environment=suite_environment, command=command)

    assert "site-packages" in theirs.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert "44 passed" in done.stdout
    assert (run_dir / "scores.json").is_file()


def test_another_project_does_not_notice_the_plugin(tmp_path, suite_environment):
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--replies')\n    parser.addoption('--model')\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it(request):\n"
        "    plugins = request.config.pluginmanager\n"
        "    ours = {name for name, _ in plugins.list_name_plugin() if 'servecheck' in name}\n"
        "    assert ours == {'servecheck'}\n"
        "    loaded = {name for name in sys.modules if name.split('.')[0] == 'servecheck'}\n"
        "    assert loaded == {'servecheck', 'servecheck.plugin', 'servecheck.plugin.entry'}\n"
        "    assert request.config.option.replies == 'test_it.py'\n"
    )

    done = ran("--replies", "test_it.py", cwd=tmp_path, environment=suite_environment)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_options_of_the_environment_may_have_a_space_too(given, tmp_path, suite_environment):
    environment = {**suite_environment, "PYTEST_ADDOPTS": f"--replies '{given}' --problems starter"}

    done = ran(ROOT / "suites", "-m", "humaneval", "--co", "-q", cwd=tmp_path, environment=environment)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_is_wrong_is_told_in_the_name_of_the_program(given, suite_environment):
    done = ran("--replies", given, "--no-such", cwd=ROOT, environment=suite_environment)

    assert done.returncode == 4
    assert "usage: python -m pytest" in done.stderr


def test_each_plugin_is_there_once(pytestconfig):
    plugins = pytestconfig.pluginmanager

    for name in PLUGINS:
        names = [found for found, plugin in plugins.list_name_plugin() if plugin is sys.modules[name]]
        assert names == [name]


def test_the_plugin_switched_off_is_an_error_in_one_line(suite_environment):
    done = ran("-p", "no:servecheck", "-m", "humaneval", cwd=ROOT, environment=suite_environment)

    assert done.returncode == 4
    assert done.stderr.strip() == (
        "ERROR: -p no:servecheck switches off the plugin that these suites are made of: leave it out"
    )


def _conftest() -> ModuleType:
    spec = importlib.util.spec_from_file_location("top_level_conftest", ROOT / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_the_plugin_the_conftest_says_what_to_do(monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)

    with pytest.raises(pytest.UsageError, match=r"this clone is not installed for .*: use `uv run pytest`, or `pip"):
        _conftest().pytest_addoption(pytest.PytestPluginManager())

    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    with pytest.raises(pytest.UsageError, match=r"PYTEST_DISABLE_PLUGIN_AUTOLOAD keeps out the plugins .*: unset it"):
        _conftest().pytest_addoption(pytest.PytestPluginManager())
