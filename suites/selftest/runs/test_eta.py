"""Before the first request a command says what it will take, by earlier runs below ``runs/`` where there are such."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(project_with):
    return project_with()


@pytest.fixture(scope="module")
def first(suite, root):
    return suite("--run-dir=runs/first", root=root)


def _told(run):
    return [line for line in run.lines if line.startswith("servecheck: to ask: ")]


def test_a_first_run_knows_how_much_and_not_how_long(first):
    [line] = _told(first)

    assert re.fullmatch(
        r"servecheck: to ask: 44 requests, about [\d,]+ tokens of prompts, at most 33,792 of replies; how long that "
        "takes is known once replies come: no earlier run has asked the same",
        line,
    )


def test_it_is_said_before_anything_is_asked_or_graded(first):
    place = first.lines.index(_told(first)[0])

    assert place < next(n for n, line in enumerate(first.lines) if "gate humaneval:" in line)


@pytest.mark.usefixtures("first")
def test_the_next_run_of_the_profile_goes_by_the_first(suite, root):
    run = suite("--run-dir=runs/second", "-k", "Starter/1", root=root)

    [line] = _told(run)
    assert re.search(r"of replies, about [\d,]+ as earlier$", line)
    assert any(re.match(r"servecheck: that took earlier runs about \d+ s \(20", line) for line in run.lines)


def test_where_replies_are_given_nothing_is_said(given_run):
    assert given_run.code == 0
    assert _told(given_run) == []


def test_where_every_reply_is_there_nothing_is_said(suite, root, first):
    resumed = suite("--run-dir=runs/first", root=root)

    assert first.code == resumed.code == 0
    assert _told(resumed) == []


def test_what_is_left_is_told_while_several_runs_go_on(suite, tmp_path):
    own = '[slow]\nextends = "reference"\nconcurrency = 1\nembedded.latency_s = 0.4\n'
    (tmp_path / "own.toml").write_text(own)
    options = ["-m", "humaneval or humaneval_instruct", f"--profiles-file={tmp_path / 'own.toml'}", "--profile=slow"]

    run = suite(*options)

    [told] = _told(run)
    assert told.startswith("servecheck: to ask: 88 requests in 2 runs, about ")
    said = [line for line in run.lines if re.match(r"servecheck: after [\d a-z]+: asked \d+/\d+, answered", line)]
    assert re.search(r", about \d+ s left \([\d,]+ tokens\), and 1 run of which nothing is known$", said[0])
