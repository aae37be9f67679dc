"""Collecting is quick and the same everywhere, and ``-m`` reads no suite that it cannot select."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from servecheck.plugin import collection
from servecheck.profiles.schema import Profile
from servecheck.runs import suites
from servecheck.runs.plan import Plan
from servecheck.runs.suites import SUITES


@pytest.fixture(scope="module")
def collected(suite):
    return suite("--collect-only", "-q")


def test_one_test_a_problem_in_the_sets_order(collected):
    names = [line for line in collected.lines if "::" in line]

    assert collected.code == 0
    assert names == [f"suites/humaneval/test_humaneval.py::test_humaneval[Starter/{n}]" for n in range(44)]


def test_collecting_writes_no_run_and_starts_nothing(collected):
    assert not collected.run_dir.exists()
    assert "sandbox" not in collected.output


def test_a_file_that_ends_python_as_it_is_read_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "test_own.py"
    path.write_text("import sys\n\nsys.exit(0)\n")
    collector = SimpleNamespace(nodeid="suites/own/test_own.py", path=path)
    hook = collection.pytest_make_collect_report(cast(Any, collector))
    next(hook)

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path))
    with pytest.raises(StopIteration) as returned:
        hook.throw(ended.value)

    report = returned.value.value
    assert (report.nodeid, report.outcome, report.result) == ("suites/own/test_own.py", "failed", [])
    assert report.longrepr == (
        f"{path}, line 3, ends Python while {path} is read (SystemExit: 0): take that out, or raise an Exception"
    )


@pytest.mark.slow
@pytest.mark.parametrize("file", ["test_own.py", "conftest.py"])
@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "workers"])
def test_so_it_is_in_a_command_whatever_exit_code_was_asked_for(suite, project_with, file, options):
    suite_py = (SUITES / "humaneval" / "suite.py").read_text().replace('name="humaneval"', 'name="own"')  # it grades
    root = project_with(suites={"own": {"suite.py": suite_py, file: "import sys\n\nsys.exit(0)\n"}})

    run = suite("suites/own", "-m", "own", *options, root=root)

    assert run.code in (1, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)  # 1 under xdist
    assert f"{root / 'suites' / 'own' / file}, line 3, ends Python while" in run.output
    assert "INTERNALERROR" not in run.output


def _ignored(expression: str, folder: Path, *arguments: str) -> bool:
    config = SimpleNamespace(option=SimpleNamespace(markexpr=expression), args=list(arguments))
    return bool(collection.pytest_ignore_collect(folder, config))


@pytest.mark.parametrize(
    ("expression", "folder", "ignored"),
    [
        ("humaneval", "selftest", True),
        ("humaneval", "humaneval", False),
        ("humaneval or selftest", "selftest", False),
        ("not slow", "selftest", False),
        ("humaneval and not slow", "selftest", False),
        ("slow", "humaneval", False),
        ("", "selftest", False),
    ],
)
def test_suites_that_m_cannot_select_are_not_read(expression, folder, ignored):
    assert _ignored(expression, SUITES / folder, "suites") is ignored


@pytest.fixture
def mbpp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a suite that is about a problem set of its own."""
    folder = tmp_path / "suites" / "mbpp"
    folder.mkdir(parents=True)
    monkeypatch.setattr(collection, "SUITES", folder.parent)
    monkeypatch.setattr(suites, "SUITES", folder.parent)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize(
    ("expression", "arguments", "ignored"),
    [
        ("not slow", ["suites"], True),
        ("", [], True),
        ("", ["suites/mbpp"], False),
        ("not slow", ["suites/mbpp/test_mbpp.py"], False),
        ("mbpp", ["suites"], False),
    ],
)
def test_a_suite_about_other_problems_is_read_where_it_is_named(mbpp, expression, arguments, ignored):
    assert _ignored(expression, mbpp, *arguments) is ignored


def _plan(profile: str, number: int, *suites: str) -> Plan:
    return Plan(Profile(name=profile, model="m"), "starter", "0", 1, {"S/0": (0,)}, Path(), Path(), number, suites)


PLANS = [
    _plan("a", 0, "humaneval"),
    _plan("a", 1, "mbpp"),
    _plan("b", 2, "humaneval"),
    _plan("b", 3, "mbpp"),
]


@pytest.mark.parametrize(
    ("path", "function", "numbers"),
    [
        (SUITES / "humaneval" / "test_humaneval.py", "test_humaneval", [0, 2]),
        (SUITES / "mbpp" / "test_mbpp.py", "test_mbpp", [1, 3]),
        (SUITES / "mbpp" / "test_more.py", "test_more_of_it", [1, 3]),
        (Path("/elsewhere/test_own.py"), "test_mbpp", [1, 3]),
        (Path("/elsewhere/test_own.py"), "test_own", [0, 2]),
    ],
    ids=["suite", "another", "beside a suite's own", "by name", "nobody's"],
)
def test_a_test_is_about_the_runs_of_its_suite(path, function, numbers):
    item = SimpleNamespace(path=path, name=function, originalname=function)

    assert [plan.number for plan in collection.plans_of(item, PLANS)] == numbers


@pytest.mark.slow
def test_docker_tests_are_skipped_with_the_reason_where_no_engine_answers(suite_environment, tmp_path):
    test = tmp_path / "test_marked.py"
    test.write_text("import pytest\n@pytest.mark.docker\ndef test_x(): raise AssertionError('ran')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        str(test),
        "suites/selftest/runs/test_plan.py",
    ]
    nobody = {**suite_environment, "DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"}
    nobody.pop("SERVECHECK_REQUIRE_DOCKER", None)

    skipped = subprocess.run(command, env=nobody, capture_output=True, text=True, check=False)
    required = subprocess.run(
        command, env={**nobody, "SERVECHECK_REQUIRE_DOCKER": "1"}, capture_output=True, text=True, check=False
    )

    assert (skipped.returncode, required.returncode) == (0, 1)
    assert "no Docker engine answers" in skipped.stdout
