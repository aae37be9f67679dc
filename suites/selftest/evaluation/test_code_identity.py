"""Code is the same where it does the same for the same reason, and another where a line of it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.code_identity import code_sha256

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

    def digest(code: str = CODE, rules: str = RULES) -> str:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        (folder / "rules.py").write_text(rules)
        (folder / "suite.py").write_text(code)
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
    ],
    ids=["comment", "docstring", "module's docstring", "layout", "another class", "what it does not name", "the suite"],
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
    ],
    ids=["itself", "a function that it calls", "what that one names", "an attribute", "what is done to others"],
)
def test_what_it_does_and_names_is_part_of_it(digest_of, old, new):
    assert old in CODE
    assert digest_of(CODE.replace(old, new)) != digest_of()


def test_a_file_beside_that_it_imports_is_part_of_it(digest_of):
    assert digest_of(rules="AT_MOST = 8\n") != digest_of()
    assert digest_of(rules="# many\nAT_MOST = 9\n") == digest_of()


def test_the_digest_is_that_of_every_version_of_python(digest_of):
    assert digest_of() == "19734903320a1619e9ab4c7df127ec18dd1333ada9701af269d5a92c0ad7fc69"


def test_code_without_a_file_has_none():
    found: dict[str, Any] = {"__name__": "nowhere"}
    exec("class Made: pass", found)

    with pytest.raises(UsageError, match=r"the code of Made cannot be read .*: keep it in a file of Python"):
        code_sha256(found["Made"])
