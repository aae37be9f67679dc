"""The table of options: which of them take a value, what they were called before, and what ``--help`` says of each."""

from __future__ import annotations

import argparse

import pytest
from servecheck.command_line import Parser
from servecheck.plugin.option_table import OPTIONS, RENAMED, Renamed, joined


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["--replies", "a.jsonl", "-v"], ["--replies=a.jsonl", "-v"]),
        (["suites", "--run-dir", "a b"], ["suites", "--run-dir=a b"]),
        (["--replies=a.jsonl", "b"], ["--replies=a.jsonl", "b"]),
        (["--dry-run", "suites"], ["--dry-run", "suites"]),
        (["--goodput", "ttft:5", "tpot:5"], ["--goodput", "ttft:5", "tpot:5"]),
        (["--temperature", "-1"], ["--temperature", "-1"]),
        (["--replies", "--margin", "5"], ["--replies", "--margin", "5"]),
        (["--replies"], ["--replies"]),
        (["--profile", "a", "--profile", "b"], ["--profile=a", "--profile=b"]),
        (["-k", "a", "--junitxml", "b"], ["-k", "a", "--junitxml", "b"]),
        (["--", "--replies", "a.jsonl"], ["--", "--replies", "a.jsonl"]),
    ],
)
def test_a_value_after_a_space_is_joined_to_its_option(given, found):
    assert joined(given) == found
    assert joined(found) == found


@pytest.mark.parametrize("name", ["--profile", "--max-concurrency", "--request-rate"])
def test_what_takes_several_takes_more_where_it_is_given_again(name):
    parser = Parser().take({name: OPTIONS[name]})

    assert list(vars(parser.parse_args([f"{name}=1,2", name, "3"])).values()) == ["1,2,3"]


@pytest.mark.parametrize("name", RENAMED)
def test_an_old_name_is_refused_with_the_new_one(name):
    parser = argparse.ArgumentParser()
    parser.add_argument(name, action=Renamed)
    new = RENAMED[name].split()[0]

    with pytest.raises(pytest.UsageError, match=f"{name} has another name now: give it like {new} "):
        parser.parse_args([f"{name}=1"])

    assert name not in OPTIONS
    assert new in OPTIONS


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_has_a_plain_line(name):
    said = OPTIONS[name]["help"]

    assert 0 < len(said) <= 100
    assert "\n" not in said
