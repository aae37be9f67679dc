"""``servecheck compare`` and ``servecheck history``: what a user types, sees, and gets as an exit code."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console
from servecheck.report.command import main
from servecheck.report.compared_text import compared_text
from servecheck.rundir.comparison import compare_runs
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.report.runs_on_disk import PROFILE, outcomes, sampled, written_run

OTHER = PROFILE.model_copy(update={"name": "glm47-awq"})


@pytest.fixture
def baseline(tmp_path):
    return written_run(tmp_path / "a")


@pytest.fixture
def worse(tmp_path):
    return written_run(tmp_path / "b", outcomes(40, 0, 1, 2, 3), profile=OTHER)


def test_compare_shows_table_flips_statistics_and_warnings(baseline, worse, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    code = main(["compare", "a", "b"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[2].split()[:4] == ["glm47-fp8", "40", "100.0", "%"]
    assert lines[3].split()[-1] == "FAIL"
    at = lines.index("4 newly failing:")
    assert lines[at + 1 : at + 4] == [
        "  T/0  wrong answer at base input 0: f() gave 1, expected 2",
        "    before: a/generations/T_0-0.json",
        "    now:    b/generations/T_0-0.json",
    ]
    assert any(line.startswith("  interval: above -") and "Tango" in line for line in lines)


def test_of_several_samples_it_shows_how_many_were_solved_and_one_reply_of_each_that_tells(
    capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    written_run(tmp_path / "a", sampled(3, T5=1))
    written_run(tmp_path / "b", sampled(2, T1=0, T2=1), profile=OTHER)

    code = main(["compare", "a", "b", "--margin=20"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert [line.split()[1:4] for line in lines[2:4]] == [["40", "x", "3"], ["40", "x", "2"]]
    at = lines.index("2 worse:")
    assert lines[at + 1 : at + 7] == [
        "  T/1  3 of 3 and now 0 of 2  wrong answer at base input 0: f() gave 1, expected 2",
        "    before: a/generations/T_1-0.json",
        "    now:    b/generations/T_1-0.json",
        "  T/2  3 of 3 and now 1 of 2  wrong answer at base input 0: f() gave 1, expected 2",
        "    before: a/generations/T_2-0.json",
        "    now:    b/generations/T_2-1.json",
    ]
    at = lines.index("1 better:")
    assert lines[at + 2 : at + 4] == ["    before: a/generations/T_5-1.json", "    now:    b/generations/T_5-0.json"]
    assert not any("in points: T/1" in line for line in lines)
    assert "warning: glm47-awq: samples 3 in the baseline, 2 here" in lines


def test_in_a_terminal_both_replies_are_a_click_away(baseline, worse):
    compared = compare_runs([read_stored_run(baseline), read_stored_run(worse)])
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="truecolor", width=100, soft_wrap=True)

    for line in compared_text(compared, width=100, links=True):
        console.print(line)

    links = re.findall(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\before", out.getvalue())
    assert links[0] == (baseline / "generations" / "T_0-0.json").as_uri()
    assert "before:" not in out.getvalue()


def test_a_reply_that_is_not_kept_is_said_to_be_none(baseline, worse, capsys):
    (worse / "generations" / "T_0-0.json").unlink()

    main(["compare", str(baseline), str(worse)])

    assert "    now:    its reply is not kept" in capsys.readouterr().out.splitlines()


def test_no_loss_is_0_and_a_refusal_is_4(baseline, tmp_path, capsys):
    same, unfinished = written_run(tmp_path / "c"), written_run(tmp_path / "d", is_scored=False)

    assert main(["compare", str(baseline), str(same), "--margin=10"]) == 0
    capsys.readouterr()
    assert main(["compare", str(baseline), str(same), str(unfinished), "--margin=10"]) == 4
    assert capsys.readouterr().out.count("not compared: ") == 1


def test_a_proven_loss_within_the_margin_is_0_and_said_and_1_where_none_is_allowed(baseline, worse, capsys):
    assert main(["compare", str(baseline), str(worse), "--margin=90"]) == 0
    assert "PASS, loss proven (" in capsys.readouterr().out
    assert main(["compare", str(baseline), str(worse), "--margin=90", "--no-proven-loss"]) == 1
    assert "--no-proven-loss allows none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "nowhere", "nowhere"], "there is no run in nowhere"),
        (["compare", "."], "two runs at least"),
        (["compare", ".", "--margin=wide"], "invalid float value"),
        ([], "required: command"),
        (["history", "nowhere"], "there is no run in nowhere"),
    ],
)
def test_a_command_that_cannot_be_done_is_4_and_says_why(baseline, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(baseline)
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = ended.code

    assert code == 4
    assert words in capsys.readouterr().err


def test_a_folder_of_runs_stands_for_them_in_the_order_of_their_beginnings(baseline, worse, tmp_path, capsys):
    assert main(["compare", str(tmp_path), "--json"]) == 1

    found = json.loads(capsys.readouterr().out)
    (run,) = found["suites"][0]["runs"]
    assert (found["baseline"]["label"], run["label"], run["gate"]["verdict"]) == ("glm47-fp8", "glm47-awq", "FAIL")
    assert found["warnings"] == {}


def test_nothing_that_a_run_says_moves_the_cursor(tmp_path, capsys):
    hostile = PROFILE.model_copy(update={"name": "\x1b[2J[red]x"})
    runs = [
        written_run(tmp_path / "a", profile=hostile),
        written_run(tmp_path / "\x1b[2J", {**outcomes(), "T/\x1b[2J": False}, profile=hostile),
        written_run(tmp_path / "c", outcomes(40, 0, 1, 2, 3), profile=hostile, environment={"\x1b": "\x1b"}),
    ]
    with (runs[2] / "verdicts.jsonl").open("a") as file:
        row = {"suite": "humaneval", "task_id": "T/0", "sample": 0, "solved": False, "reason": "\x1b[2J\u202e"}
        file.write(json.dumps(row) + "\n")

    main(["compare", *map(str, runs)])
    main(["history", *map(str, runs)])

    told = capsys.readouterr()
    assert all(line.isprintable() for line in (told.out + told.err).split("\n"))
    assert "[red]x" in told.out


def test_history_shows_a_line_a_profile(baseline, worse, tmp_path, capsys):
    assert main(["history", str(tmp_path)]) == 0

    assert [line for line in capsys.readouterr().out.splitlines() if line.endswith("humaneval")] == [
        "glm47-awq, humaneval",
        "glm47-fp8, humaneval",
    ]
    assert main(["history", str(tmp_path), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_what_stands_below_the_table_is_not_said_twice_and_a_long_name_hangs(baseline, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    written_run(tmp_path / "b", outcomes(40, 1), began_at="2026-11-21T10:00:00.000+00:00")

    main(["compare", str(baseline), str(tmp_path / "b")])

    out = capsys.readouterr().out
    lines = out.splitlines()
    assert out.count("1 newly failing, 0 newly solved of 40") == 1
    assert "glm47-fp8 of 2026-11-21 10:00: INCONCLUSIVE" in lines
    at = next(n for n, line in enumerate(lines) if line.split()[-1:] == ["baseline"])
    assert lines[at].startswith("glm47-fp8 of ")
    assert lines[at + 1].startswith("  2026-11-20")
