"""Code is the same where it does the same for the same reason, and another where a line of it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.code_identity import code_sha256, is_installed

CODE = '''"""A module."""

import re

import rules

NUMBER = re.compile("[0-9]+")
MARGIN = 3


def first(text):
    return NUMBER.search(text)


class Mention:
    """Finds."""

    name = "mention"

    def grade(self, text: "str", most: float = 1e3) -> bool:
        # the first counts
        return first(text) and rules.AT_MOST and f"{text!r:>{most}}" "x" != b"" and -1 < 0 and most is not None


class Other:
    asks = "what?"


SUITE = [Mention(), Other(), MARGIN]
'''
RULES = "AT_MOST = 9\n"


@pytest.fixture
def digest_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Of ``Mention`` in such a file, beside such rules."""
    numbers = count()

    def loaded(name: str, file: Path) -> Any:
        spec = spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    def digest(code: str = CODE, rules: str = RULES, **others: str) -> str:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        for name, text in {"rules.py": rules, "suite.py": code, **others}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        loaded("rules", folder / "rules.py")
        return code_sha256(loaded(f"suite_{folder.name}", folder / "suite.py").Mention)

    return digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# the first counts", "# only the first"),
        ('    """Finds."""\n\n', ""),
        ('"""A module."""', '"""Another."""'),
        ('re.compile("[0-9]+")', "re.compile(\n    '[0-9]+'\n)"),
        ('asks = "what?"', 'asks = "which?"'),
        ("MARGIN = 3", "MARGIN = 5"),
        ("SUITE = [", "SUITE = [1, "),
        ("class Other:", "import dataclasses\n\n\n@dataclasses.dataclass\nclass Other:"),
    ],
    ids=[
        "comment",
        "docstring",
        "module's docstring",
        "layout",
        "another class",
        "what it does not name",
        "the suite",
        "another class's decorator from elsewhere",
    ],
)
def test_what_changes_nothing_that_it_does_is_no_change(digest_of, old, new):
    assert old in CODE
    assert digest_of(CODE.replace(old, new)) == digest_of()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("first(text) and", "first(text) or"),
        ("NUMBER.search", "NUMBER.match"),
        ("[0-9]+", "[0-9]*"),
        ('name = "mention"', 'name = "name"'),
        ("import rules\n", "import rules\n\nrules.AT_MOST = 7\n"),
        ("\n\nSUITE", "\n\nfor NUMBER in [re.compile('x')]:\n    pass\n\n\nSUITE"),
        ("\n\nSUITE", "\n\n_ = NUMBER.search('x')\n\n\nSUITE"),
        ("\n\nSUITE", "\n\n_ = setattr(rules, 'AT_MOST', 7)\n\n\nSUITE"),
        ("\n\nSUITE", "\n\nUNUSED = first('x')\n\n\nSUITE"),
        ("\n\nSUITE", "\n\nif MARGIN:\n    first.most = 3\n\n\nSUITE"),
        ("class Other:", "def kept(one):\n    first.other = one\n    return one\n\n\n@kept\nclass Other:"),
        ("import rules\n", "import rules\nfrom rules import *\n"),
    ],
    ids=[
        "itself",
        "a function that it calls",
        "what that one names",
        "an attribute",
        "what is done to others",
        "a loop that binds what it names",
        "a method of what it names that is called for a value",
        "a call that takes hold of what it names",
        "a function of its own that is called for a value",
        "a branch that changes what it names",
        "a decorator of its own",
        "everything from a file",
    ],
)
def test_what_it_does_and_names_is_part_of_it(digest_of, old, new):
    assert old in CODE
    assert digest_of(CODE.replace(old, new)) != digest_of()


def test_a_file_beside_that_it_imports_is_part_of_it(digest_of):
    assert digest_of(rules="AT_MOST = 8\n") != digest_of()
    assert digest_of(rules="# many\nAT_MOST = 9\n") == digest_of()


def test_of_a_star_import_the_file_is_part(digest_of):
    code = CODE.replace("import rules\n", "from rules import *\n").replace("rules.AT_MOST", "AT_MOST")

    assert digest_of(code, rules="AT_MOST = 8\n") != digest_of(code)


@pytest.mark.parametrize(
    ("imports", "file"),
    [("import late", "late.py"), ("from kept import late", "kept/late.py"), ("import kept.late", "kept/late.py")],
)
def test_a_file_that_it_imports_while_it_works_is_part_of_it_loaded_or_not(digest_of, monkeypatch, imports, file):
    code = CODE.replace("        # the first counts", f"        {imports}")
    before = digest_of(code, **{file: "A = 1\n"})

    assert digest_of(code, **{file: "A = 2\n"}) != before
    monkeypatch.setitem(sys.modules, "late", sys)
    assert digest_of(code, **{file: "A = 1\n"}) == before


@pytest.mark.parametrize(
    ("opens", "file"), [('"key.json"', "key.json"), ('HERE / "keys" / "one.json"', "keys/one.json")]
)
def test_a_file_that_it_names_in_a_text_is_part_of_it(digest_of, opens, file):
    code = CODE.replace("        # the first counts", f"        key = {opens}").replace(
        "MARGIN = 3", "MARGIN, HERE = 3, re"
    )

    assert digest_of(code, **{file: "{}"}) != digest_of(code, **{file: "[]"}) != digest_of(code)


VERSIONED = """
class Mention:
    def told(self, text, width):
        return f"{text!r:>{width}}" f"{width:{width}.{width}}" "\U0001fae8\U0001fabf" "x"
"""
DIGEST = """
import importlib, sys
sys.path[:0] = sys.argv[1:]
from servecheck.evaluation.code_identity import code_sha256, is_installed
print(code_sha256(importlib.import_module("versioned").Mention))
"""
OTHERS = sorted(Path.home().glob(".pyenv/versions/3.1[1-9]*/bin/python"))


def test_the_digest_is_that_of_every_version_of_python_that_is_here(tmp_path):
    (tmp_path / "versioned.py").write_text(VERSIONED)
    package = Path(__file__).parents[3] / ".package"

    told = {
        subprocess.run([python, "-c", DIGEST, package, tmp_path], check=True, capture_output=True, text=True).stdout
        for python in (sys.executable, *OTHERS)
    }

    assert told == {"ae4d81d257bdcd75642add0d144d8a44923642bb385fac8f1de0bec22717ac39\n"}


def test_installed_is_what_has_a_version_of_its_own_wherever_this_package_lies(digest_of, monkeypatch, tmp_path):
    assert [is_installed(name) for name in ("builtins", "json", "decimal", "pytest")] == [True] * 4
    digest_of()
    monkeypatch.setitem(sys.modules, "statistics", sys.modules["rules"])
    assert not is_installed("statistics")
    monkeypatch.setattr(sys.modules["servecheck"], "__file__", f"{tmp_path}/site-packages/servecheck/__init__.py")
    assert not is_installed("servecheck")


def test_code_without_a_file_has_none():
    found: dict[str, Any] = {"__name__": "nowhere"}
    exec("class Made: pass", found)

    with pytest.raises(UsageError, match=r"the code of Made cannot be read .*: keep it in a file of Python"):
        code_sha256(found["Made"])
