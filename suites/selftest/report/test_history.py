"""Scores make one line where the same was asked, and what has no score of the whole set has no point on it."""

from __future__ import annotations

import json

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.profiles.schema import Sampling
from servecheck.report.history import histories, history_json, history_lines
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.records import Yes
from suites.selftest.report.runs_on_disk import PASSED, PROFILE, outcomes, sampled, written_run

INVALID = {"published": Decision(GateVerdict.INVALID, "INVALID: 6 % are empty \x1b[2J")}


def on(day: int) -> str:
    return f"2026-11-{day:02}T10:00:00.000+00:00"


def lines_of(*folders) -> list[str]:
    return list(history_lines(histories([read_stored_run(folder) for folder in folders])))


def test_a_line_has_a_row_a_run_the_oldest_first(tmp_path):
    newer = written_run(tmp_path / "a", outcomes(40, 0, 1), began_at=on(21), environment={"git revision": "c" * 40})
    older = written_run(tmp_path / "b", began_at=on(20), environment={"git revision": "ab" * 20 + "+changes"})

    assert lines_of(newer, older) == [
        "glm47-fp8, humaneval",
        "began (UTC)       revision      score           83 % to 100 %           verdict",
        f"2026-11-20 10:00  ababababa+  100.0 %  {'─' * 16 + '●':>31}  PASS",
        f"2026-11-21 10:00  ccccccccc    95.0 %  {'─' * 21 + '●' + '─' * 8:31}  PASS",
        f'{"":18}changed: git revision "{"ab" * 20}+changes" then, "{"c" * 40}" now',
    ]


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"digest": "ab" * 32}, "problems_sha256"),
        ({"problems": "mbpp-plus"}, "problems"),
        ({"solved": sampled(2)}, "samples 1 there, 2 here"),
        ({"profile": PROFILE.model_copy(update={"protocol": "lm_eval_instruct"})}, "protocol"),
        ({"profile": PROFILE.model_copy(update={"sampling": Sampling(temperature=0.8)})}, "sampling.temperature 0.0"),
        ({"profile": PROFILE.model_copy(update={"transforms": ["strip_code_fences"]})}, "transforms"),
    ],
)
def test_what_was_asked_otherwise_begins_a_line_of_its_own(tmp_path, changes, phrase):
    first = written_run(tmp_path / "a", began_at=on(20))
    other = written_run(tmp_path / "b", began_at=on(21), **changes)
    third = written_run(tmp_path / "c", began_at=on(22))

    (history,) = histories([read_stored_run(folder) for folder in (first, other, third)])

    assert [[point.date[:10] for point in line.points] for line in history.lines] == [
        ["2026-11-20", "2026-11-22"],
        ["2026-11-21"],
    ]
    assert history.lines[1].unlike[0].startswith(phrase)


class Even(Yes):
    """Of the same name."""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"asked_sha256": "0b" * 32}, "what the protocol evalplus_chat asks is not what it asked for the runs above"),
        ({"asked_sha256": "0a" * 32, "grader": Even()}, "the grader "),
    ],
    ids=["prompts", "grader"],
)
def test_a_suite_that_was_edited_begins_a_line_of_its_own_whatever_older_runs_do_not_say(tmp_path, changes, why):
    older = written_run(tmp_path / "a", began_at=on(20))
    first = written_run(tmp_path / "b", began_at=on(21), asked_sha256="0a" * 32)
    edited = written_run(tmp_path / "c", began_at=on(22), **changes)
    again = written_run(tmp_path / "d", began_at=on(23), asked_sha256="0a" * 32)

    (history,) = histories([read_stored_run(folder) for folder in (older, first, edited, again)])

    assert [[point.date[8:10] for point in line.points] for line in history.lines] == [["20", "21", "23"], ["22"]]
    ((told,),) = (line.unlike for line in history.lines[1:])
    assert told.startswith(why)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"is_scored": False}, "broken off before it was scored"),
        ({"gates": INVALID}, "INVALID: 6 % are empty \\x1b[2J"),
        ({"chosen": True}, "some chosen problems alone"),
    ],
)
def test_a_run_without_a_score_of_the_whole_set_has_a_reason_and_no_point(tmp_path, changes, why):
    first, other = written_run(tmp_path / "a"), written_run(tmp_path / "b", began_at=on(21), **changes)

    lines = lines_of(first, other)

    assert lines[3] == f"2026-11-21 10:00  -           no score: {why}"


def test_a_proven_loss_stands_with_the_verdict(tmp_path):
    lost = Decision(GateVerdict.PASS, "PASS, loss proven (3.1 points): x", (), {"proven_loss_points": 3.125})

    assert lines_of(written_run(tmp_path, gates={"paired": lost}))[-1].endswith("  PASS, loss proven (3.1 points)")


def test_several_gates_are_told_with_their_names(tmp_path):
    gates = {**PASSED, "baseline": Decision(GateVerdict.FAIL, "FAIL: said")}

    assert lines_of(written_run(tmp_path / "a", gates=gates))[-1].endswith("  published PASS, baseline FAIL")


def test_every_profile_and_suite_has_a_history_of_its_own_and_a_run_counts_once(tmp_path):
    one, other = written_run(tmp_path / "a"), written_run(tmp_path / "b", suite="mention")

    found = histories([read_stored_run(folder) for folder in (one, other, one)])

    assert [(history.suite, len(history.lines[0].points)) for history in found] == [("humaneval", 1), ("mention", 1)]


def test_hostile_words_are_inert(tmp_path):
    hostile = PROFILE.model_copy(update={"name": "\x1b[2J", "model": "\u202e"})
    runs = [
        written_run(tmp_path / "a", began_at="\x1b]8;;x\x07"),
        written_run(tmp_path / "b", profile=hostile, environment={"git revision": "\x1b[2J"}),
        written_run(tmp_path / "c", profile=hostile, began_at=on(22), environment={"gpu\x1b": "\x1b"}),
    ]

    assert all(line.isprintable() for line in lines_of(*runs))


def test_programs_read_the_same_as_json(tmp_path):
    runs = [read_stored_run(written_run(tmp_path / "a", outcomes(40, 1)))]

    (found,) = json.loads(json.dumps(history_json(histories(runs))))

    point = found["lines"][0]["points"][0]
    assert (point["percent"], point["metric"], point["gates"]["published"]["verdict"]) == (97.5, "pass@1", "PASS")


def test_runs_without_a_verdict_are_said_to_be_none():
    assert list(history_lines([])) == ["none of these runs has a verdict"]
