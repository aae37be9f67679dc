"""Which suites a command names, and so which problems it is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.errors import UnknownName, UsageError
from servecheck.runs import suites
from servecheck.runs.suites import (
    check_asked,
    check_asks,
    check_markers,
    check_misspelt,
    is_measured,
    named_suites,
    stands_alone,
    suite_names,
    suites_in,
)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of suites; commands are given beside it."""
    here = tmp_path / "suites"
    for name in ("humaneval", "mbpp", "mention", "selftest", "not-a-name", "__pycache__"):
        (here / name).mkdir(parents=True)
    (here / "readme").touch()
    monkeypatch.setattr(suites, "SUITES", here)
    monkeypatch.chdir(tmp_path)
    return here


def test_a_suite_is_a_folder_whose_name_can_be_a_marker():
    assert suite_names() == ["humaneval", "mbpp", "mention", "selftest"]


def test_suites_that_ask_in_a_way_of_their_own_are_collected_where_they_are_named():
    alone = {name: stands_alone(name) for name in ("humaneval", "mention", "mbpp", "humaneval_instruct")}

    assert alone == {"humaneval": False, "mention": False, "mbpp": True, "humaneval_instruct": True}


@pytest.mark.parametrize("asked", [[], ["humaneval"], ["mention", "mbpp"]])
def test_a_suite_that_asks_in_its_own_way_has_to_be_named(asked):
    with pytest.raises(UsageError, match=r"humaneval_instruct asks in a way of its own.*: -m humaneval_instruct"):
        check_asked("humaneval_instruct", asked)

    check_asked("humaneval_instruct", [*asked, "humaneval_instruct"])


def test_a_suite_that_asks_in_the_profiles_way_judges_whatever_was_asked_beside_it():
    check_asked("humaneval", ["mbpp"])


def test_a_folder_without_a_declaration_is_no_suite_that_could_be_asked_for():
    with pytest.raises(UsageError, match=r"mention is no suite: it has no suite\.py"):
        check_asked("mention", [])


def test_what_has_no_grader_is_measured():
    assert [is_measured([name]) for name in ("throughput", "humaneval", "mention")] == [True, False, False]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("humaneval", {"humaneval"}),
        (" humaneval  or mbpp ", {"humaneval", "mbpp"}),
        ("humaneval or nothing", set()),
        ("humaneval and not slow", set()),
        ("not humaneval", set()),
        ("(humaneval)", set()),
        ("humaneval or", set()),
        ("readme", set()),
        ("__pycache__", set()),
        ("", set()),
    ],
)
def test_a_marker_expression_names_suites_where_it_says_nothing_else(expression, found):
    assert suites_in(expression) == found


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("mbpb", "unknown marker 'mbpb': did you mean mbpp?"),
        ("humaneval or mbpb", "unknown marker 'mbpb'"),
        ("humaneval and not fast", "unknown marker 'fast'"),
        ("__pycache__", "unknown marker '__pycache__'"),
    ],
)
def test_a_marker_that_nothing_carries_would_leave_a_gate_out_and_is_refused(expression, told):
    with pytest.raises(UnknownName) as refused:
        check_markers(expression, ["slow", "docker"])

    assert told in str(refused.value)


def test_what_is_near_nothing_is_told_the_suites_alone():
    with pytest.raises(UnknownName) as refused:
        check_markers("qqqqqq", ["slow", "docker"])

    assert refused.value.known == sorted(suite_names())


@pytest.mark.parametrize("expression", ["humaneval and mbpp", "not slow and (humaneval  and mbpp)"])
def test_no_test_is_of_two_suites(expression):
    with pytest.raises(UsageError, match=r"no test is of two suites: for both, write humaneval or mbpp"):
        check_markers(expression, ["slow", "docker"])


@pytest.mark.parametrize(
    "expression",
    [
        "humaneval and (mbpp)",
        "humaneval and slow and mbpp",
        "humaneval and not humaneval",
        "(mbpp or mention) and humaneval",
    ],
)
def test_no_test_has_marks_that_exclude_one_another(expression):
    with pytest.raises(UsageError, match="no test has such marks, since each is of one suite alone"):
        check_markers(expression, ["slow", "docker"])


@pytest.mark.parametrize(
    "expression", ["", "not slow", "humaneval and not mbpp", "humaneval or (mbpp and not docker)", 'device(serial="a")']
)
def test_reasoning_marks_of_suites_and_of_plugins_are_known(expression):
    check_markers(expression, ["slow", "docker"])


def test_a_suite_that_is_misspelt_is_told_before_anything_is_looked_up():
    with pytest.raises(UnknownName, match=r"unknown suite 'humanevl': did you mean humaneval\?"):
        check_misspelt("humanevl", ["slow"])

    check_misspelt("humaneval or not hypothesis", ["slow"])
    check_misspelt("humanevl", ["humanevl"])


ALL = {"humaneval", "mention"}
"""Those that are collected where none is named."""


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["suites/mbpp"], {"mbpp"}),
        (["suites/mbpp/test_mbpp.py::test_mbpp[Mbpp/2]"], {"mbpp"}),
        (["./suites/mbpp", "suites/humaneval/test_humaneval.py"], {"mbpp", "humaneval"}),
        (["suites/mbpp", "suites/selftest/plugin"], {"mbpp"}),
        (["suites/selftest"], set()),
        (["suites/mbpp", "suites"], {"mbpp", *ALL}),
        (["suites/mbpp", "elsewhere/mbpp"], {"mbpp", *ALL}),
        (["suites"], ALL),
        (["elsewhere"], ALL),
        ([], set()),
    ],
)
def test_paths_name_suites_and_one_outside_them_all_that_need_no_naming(arguments, found):
    assert named_suites("", arguments) == found
    assert named_suites("not slow", arguments) == found


def test_an_absolute_path_names_its_suite_too(folders):
    assert named_suites("", [str(folders / "mention")]) == {"mention"}


def test_a_marker_expression_comes_before_paths():
    assert named_suites("mbpp", ["suites"]) == {"mbpp"}


def test_the_selftests_ask_no_problems_however_they_are_named():
    assert named_suites("mbpp or selftest", []) == {"mbpp"}
    assert named_suites("selftest", []) == frozenset()


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("humaneval and not slow", {"humaneval"}),
        ("not humaneval", {"mention"}),
        ("not (humaneval or slow)", {"mention"}),
        ("humaneval and not humaneval", set()),
        ("slow or mbpp", ALL),
        ('device(serial="a")', ALL),
        ("not", ALL),  # which pytest refuses
        (" or ".join(f"m{number}" for number in range(40)), ALL),
    ],
)
def test_an_expression_leaves_the_suites_of_which_it_may_select_a_test(expression, found):
    assert named_suites(expression, ["suites"]) == found


@pytest.mark.parametrize(
    ("expression", "paths", "told"),
    [
        ("humaneval and mbpp", [], "no test is of two suites: for both, write humaneval or mbpp"),
        ("humaneval and (mbpp)", [], "no test has such marks"),
        ("selftest", [], "-m 'selftest': no test of a suite is selected, so nothing would be asked"),
        ("not humaneval", ["suites/humaneval"], "-m 'not humaneval': no test of a suite is selected"),
        ("", ["suites/selftest"], "suites/selftest: no test of a suite is selected"),
        ("qqqqqq", [], "unknown marker 'qqqqqq'"),
        ("humaneval and qqqqqq", [], "unknown marker 'qqqqqq'"),
    ],
)
def test_what_would_be_asked_is_not_told_of_tests_that_ask_nothing(expression, paths, told):
    suites = named_suites(expression, paths or ["suites"])

    with pytest.raises(UsageError) as refused:
        check_asks(expression, paths, suites, ["slow"])

    assert told in str(refused.value)


def test_what_would_be_asked_is_told_where_a_test_may_be_selected():
    for expression in ("", "humaneval", "humaneval and not slow", "not mbpp", "humaneval or not hypothesis"):
        check_asks(expression, [], named_suites(expression, ["suites"]), ["slow"])
