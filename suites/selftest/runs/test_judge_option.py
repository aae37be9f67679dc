"""A judge is a model at an address, named for suites that have one read answers."""

from __future__ import annotations

import argparse

import pytest
from servecheck.errors import UsageError
from servecheck.runs.judge_option import check_judge, judge_of
from servecheck.servers.judge import Judge

URL = "http://host:8000/v1"


def option(url: str | None = None, model: str | None = None) -> argparse.Namespace:
    return argparse.Namespace(judge_url=url, judge_model=model)


def test_both_make_one_and_none_makes_none():
    assert judge_of(option(f"{URL}/", "llama")) == Judge(URL, "llama")
    assert judge_of(option()) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (option(URL), "--judge-url came without --judge-model"),
        (option(model="llama"), "--judge-model came without --judge-url"),
        (option("host", "llama"), "is not one that can be asked"),
        (option("http://user:secret@host/v1", "llama"), "carries credentials.*set SERVECHECK_JUDGE_API_KEY"),
    ],
    ids=["no model", "no address", "no URL", "a secret"],
)
def test_half_of_one_and_a_wrong_address_are_refused(given, told):
    with pytest.raises(UsageError, match=told):
        judge_of(given)


def test_a_key_that_cannot_be_sent_is_told_before_anything_is_asked(monkeypatch):
    monkeypatch.setenv("SERVECHECK_JUDGE_API_KEY", "two\nlines")

    with pytest.raises(UsageError, match="SERVECHECK_JUDGE_API_KEY holds a character"):
        check_judge(option(URL, "llama"), ["gpqa"])


def test_it_is_refused_where_no_suite_has_use_for_it():
    check_judge(option(URL, "llama"), ["gpqa", "humaneval"])
    check_judge(option(), ["humaneval"])

    with pytest.raises(
        UsageError, match="--judge-url is about suites that can have a judge read answers, such as -m gpqa"
    ):
        check_judge(option(URL, "llama"), ["humaneval", "gpqa_aa"])
