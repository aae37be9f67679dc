"""A suite is what its folder's ``suite.py`` declares, or an error that says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.conditions import grader_identity
from servecheck.runs import declared as module
from servecheck.runs.declared import declared, declared_or_plain, graded_by, is_declared, suite_of_path

IMPORTS = "from servecheck.evaluation.suite import Suite\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "SUITES", tmp_path)
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def test_every_suite_of_the_project_is_declared():
    names = [name for name in ("humaneval", "humaneval_instruct", "mbpp", "throughput") if is_declared(name)]

    assert [declared(name).name for name in names] == ["humaneval", "humaneval_instruct", "mbpp", "throughput"]
    assert not is_declared("selftest")


def test_the_suites_of_evalpluss_problems_are_held_to_the_plus_tests_and_lm_evals_to_the_original_ones():
    metrics = {name: declared(name).metric for name in ("humaneval", "mbpp", "humaneval_instruct", "throughput")}

    assert metrics == {
        "humaneval": "pass@1 plus", "mbpp": "pass@1 plus", "humaneval_instruct": "pass@1 base", "throughput": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"{IMPORTS}S = Suite(name='other')\n",
            "a suite has its folder's name, here 'own'",
        ),
        (f"{IMPORTS}A = Suite(name='own')\nB = Suite(name='own', samples=2)\n", "holds 2 values of Suite: declare one"),
        ("", "holds 0 values of Suite: declare one"),
        ("import nothing_of_the_kind\n", "cannot be read (ModuleNotFoundError: No module named 'nothing_of_the_kind')"),
        ("Suite(\n", "cannot be read (SyntaxError:"),
        ("raise SystemExit(0)\n", "cannot be read (SystemExit: 0): mend it"),
        ("import pytest\npytest.exit('enough', returncode=0)\n", "cannot be read (Exit: enough): mend it"),
    ],
    ids=["another name", "two", "none", "does not import", "no Python", "ends Python", "ends pytest"],
)
def test_a_declaration_that_is_none_says_why(folder, text, told):
    (folder / "suite.py").write_text(text)

    with pytest.raises(UsageError) as raised:
        declared("own")

    assert told in str(raised.value)
    assert str(folder / "suite.py") in str(raised.value)


GRADER = """
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.protocols import Grader

class Own(Grader[object]):
    name, takes, metrics = "own", object, (Metric("accuracy"),)

    def __init__(self):
        self.seen = SEEN

    def grade(self, problem, transcript, bench):
        self.seen[problem] = True

S = Suite(name="own", grader=Own())
"""


def test_who_grades_is_told_of_the_grader_as_it_was_declared(folder):
    (folder / "suite.py").write_text(IMPORTS + GRADER.replace("SEEN", "{}"))
    suite, before = declared("own"), graded_by("own")

    suite.grader.grade("a", None, None)

    assert graded_by("own") == before
    assert grader_identity(suite.grader, folder) != before


def test_a_grader_that_nobody_could_compare_later_is_an_error_of_the_declaration(folder):
    (folder / "suite.py").write_text(IMPORTS + GRADER.replace("SEEN", "(one for one in range(3))"))

    with pytest.raises(UsageError, match=r"the grader own has a value .* \(seen: .*\): state a version in Own"):
        declared("own")


def test_a_ctrl_c_while_it_is_read_interrupts(folder):
    (folder / "suite.py").write_text("raise KeyboardInterrupt\n")

    with pytest.raises(KeyboardInterrupt):
        declared("own")


def test_a_folder_without_one_is_no_suite(folder):
    with pytest.raises(UsageError, match=r"own is no suite: it has no suite\.py"):
        declared("own")

    assert declared_or_plain("own").metric == ""


def test_a_protocol_of_its_own_may_not_have_anothers_name(folder):
    (folder / "suite.py").write_text(
        "from servecheck.evaluation.protocols import PromptProtocol\n"
        f"{IMPORTS}"
        "class Mine(PromptProtocol):\n"
        "    name = 'evalplus_chat'\n"
        "    def messages(self, problem):\n"
        "        return []\n"
        "SUITE = Suite(name='own', protocol=Mine())\n"
    )

    with pytest.raises(UsageError, match="two prompt protocols 'evalplus_chat'"):
        declared("own")


def test_a_file_belongs_to_the_suite_in_whose_folder_it_lies(folder):
    assert suite_of_path(folder / "test_own.py") == "own"
    assert suite_of_path(folder.parents[1] / "test_own.py") == ""
