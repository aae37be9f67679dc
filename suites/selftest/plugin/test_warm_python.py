"""A command that is a fork is as one that was started: nothing of it is shared but what others wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from suites.selftest.plugin.warm_python import WarmPython
from suites.selftest.time_limits import NEVER_S

SAID = """
import json, os, sys
loaded = sorted(name for name in sys.modules if name.partition(".")[0] in ("servecheck", "suites"))
print(json.dumps({"name": __name__, "arguments": sys.argv[1:], "file": sys.argv[0], "path": sys.path[0],
    "folder": os.getcwd(), "variables": dict(os.environ), "loaded": loaded, "pid": os.getpid(),
    "main": sys.modules["__main__"].__file__, "input": sys.stdin.read(), "warm": "openai" in sys.modules}))
"""


@pytest.fixture
def run(warm_python: WarmPython, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run a module of this text; returns its exit code and what it wrote."""

    def run(text: str, *arguments: str, **variables: str) -> tuple[int, str]:
        (tmp_path / "said.py").write_text(text)
        return warm_python.run("said", arguments, cwd=tmp_path, environment=variables, timeout_s=NEVER_S)

    return run


def test_it_has_its_arguments_folder_and_environment_and_nothing_of_what_is_tested(run, tmp_path):
    code, output = run(SAID, "--an=option", "a path", OWN="value")
    said: dict[str, Any] = json.loads(output)

    assert code == 0
    assert said.pop("pid") != os.getpid()
    assert said == {
        "name": "__main__",
        "arguments": ["--an=option", "a path"],
        "file": str(tmp_path / "said.py"),
        "path": str(tmp_path),
        "folder": str(tmp_path),
        "variables": {"OWN": "value"},
        "loaded": [],
        "main": str(tmp_path / "said.py"),
        "input": "",
        "warm": True,
    }


def test_it_imports_from_where_its_environment_says(run, tmp_path):
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "told.py").write_text("print('told')")

    assert run("import told", PYTHONPATH=str(tmp_path / "beside")) == (0, "told\n")


def test_nothing_of_one_is_there_in_the_next(run):
    run("import os, sys, json\njson.left = sys.left = 1\nos.chdir('/')\nos.environ['LEFT'] = '1'")

    found = run("import os, sys, json\nprint(hasattr(json, 'left'), hasattr(sys, 'left'), os.environ.get('LEFT'))")

    assert found == (0, "False False None\n")


@pytest.mark.parametrize(
    ("text", "code", "ending"),
    [
        ("import sys\nsys.exit(4)", 4, ""),
        ("import sys\nsys.exit('no')", 1, "no\n"),
        ("raise KeyError('x')", 1, "KeyError: 'x'\n"),
        ("import os\nos.kill(os.getpid(), 9)", -9, ""),
        ("import atexit\natexit.register(print, 'at the end')", 0, "at the end\n"),
    ],
    ids=["code", "words", "exception", "signal", "at exit"],
)
def test_it_ends_as_it_does_by_itself(run, text, code, ending):
    ended, output = run(text)

    assert ended == code
    assert output.endswith(ending)


def test_its_output_and_errors_come_in_order_with_what_it_has_started_however_long(run):
    text = "import os, sys\nprint('x' * 200_000, flush=True)\nsys.stderr.write('error\\n')\nos.system('echo child')"

    assert run(text, PATH=os.environ["PATH"]) == (0, "x" * 200_000 + "\nerror\nchild\n")


@pytest.mark.slow
def test_what_never_ends_is_ended(suite_environment, tmp_path):
    (tmp_path / "said.py").write_text("import os\nos.read(os.pipe()[0], 1)")

    with closing(WarmPython(suite_environment)) as python:
        with pytest.raises(TimeoutError):
            python.run("said", [], cwd=tmp_path, environment={}, timeout_s=0.1)
        with pytest.raises(ConnectionError):
            python.run("said", [], cwd=tmp_path, environment={}, timeout_s=NEVER_S)
