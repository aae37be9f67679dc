"""A gate is a row, and a figure that is not there is a dash and never a guess."""

from __future__ import annotations

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.report.result_rows import Result, columns_of, heading, interval, legend, lines_of, notes
from servecheck.rundir.scores import Score
from servecheck.stats.intervals import Interval

PLUS = Score("pass@1 plus", 1, 40, 44, 44, 40 / 44)


def cells(gate: Decision, name: str = "published") -> list[str]:
    (row,) = lines_of(Result("a", PLUS, {name: gate}))
    return [row[column] for column in ("reference", "difference", "flips", "p", "Holm", "verdict")]


@pytest.mark.parametrize(
    ("name", "figures", "wanted"),
    [
        ("published", {}, ["-", "-", "-", "-", "-"]),
        ("published", {"published_percent": 45.0}, ["45.0 % published", "-", "-", "-", "-"]),
        (
            "published",
            {"published_percent": 45.0, "estimate_percent": 44.96},
            ["45.0 % published", "0.0", "-", "-", "-"],
        ),
        ("paired", {"against": "May\x1b", "estimate_points": 2.3}, ["May\\x1b", "+2.3", "-", "-", "-"]),
        (
            "baseline",
            {"against": "May", "mid_p": 0.00001, "adjusted_p": 1.0},
            ["baseline", "-", "-", "<.0001", "1.0000"],
        ),
        ("baseline", {"newly_failing": ["T/0"]}, ["baseline", "-", "-1 +0", "-", "-"]),
        ("acceptance", {"acceptance_length": 1.7}, ["MTP 1.70", "-", "-", "-", "-"]),
        ("acceptance", {}, ["MTP", "-", "-", "-", "-"]),
    ],
)
def test_what_a_gate_has_stands_in_its_row(name, figures, wanted):
    assert cells(Decision(GateVerdict.FAIL, "FAIL: said", (), figures), name) == [*wanted, "FAIL"]


def test_a_further_gate_has_nothing_of_the_profiles_own():
    gates = {"published": Decision(GateVerdict.PASS, "x"), "baseline": Decision(GateVerdict.FAIL, "x")}

    first, second = lines_of(Result("a", PLUS, gates))

    assert (first["profile"], first["n"], first["score"], first["95 %"]) == ("a", "44", "90.9 %", "78.3-97.5")
    assert (second["profile"], second["n"], second["verdict"]) == ("", "", "FAIL")


def test_a_further_gate_that_holds_to_nothing_is_known_by_its_name():
    gates = {"published": Decision(GateVerdict.NO_REFERENCE, "x"), "of_my_own": Decision(GateVerdict.FAIL, "x")}

    assert [line["reference"] for line in lines_of(Result("a", PLUS, gates))] == ["-", "of_my_own"]


def test_columns_are_those_that_some_row_needs():
    bare = lines_of(Result("a", PLUS, is_baseline=True))

    assert columns_of(bare) == ["profile", "n", "score", "95 %", "reference", "difference", "verdict"]


def test_an_interval_by_problem_or_over_doubted_verdicts_is_that_of_every_report():
    assert interval(Score("pass@1", 1, 80, 88, 44, 0.9, Interval(0.8, 0.96))) == "80.0-96.0"
    assert interval(Score("correct", 1, 28, 30, 30, 28 / 30, Interval(0.693, 1.0))) == "69.3-100.0"


def test_samples_of_which_nobody_says_whose_they_are_have_no_interval():
    assert interval(Score("pass@1", 1, 80, 88, 44, 0.9)) == "-"


def test_the_heading_names_suite_and_metric_where_a_score_has_one():
    assert heading("humaneval", [Result("a"), Result("b", PLUS)]) == "humaneval, pass@1 plus"
    assert heading("humaneval\x1b", [Result("a")]) == "humaneval\\x1b"


def test_every_margin_is_told():
    gates = [Decision(GateVerdict.PASS, "x", (), {"margin_points": margin}) for margin in (10.0, 5.0)]
    results = [Result("a", PLUS, {"published": gate}) for gate in gates]

    assert [*legend([], results)] == [
        "difference: points more or fewer than the reference, held against a margin of 5 or 10"
    ]


def test_a_gate_that_decides_says_nothing_below_and_any_other_does():
    gates = {str(verdict): Decision(verdict, f"{verdict}: said") for verdict in GateVerdict}

    assert [*notes([Result("a", PLUS, gates)])] == [
        f"a: {verdict}: said" for verdict in GateVerdict if verdict not in (GateVerdict.PASS, GateVerdict.FAIL)
    ]


def test_beside_every_pass_stands_the_least_loss_that_it_would_have_shown():
    gates = {
        "published": Decision(GateVerdict.PASS, "PASS: x", (), {"detectable_points": 9.96}),
        "paired": Decision(GateVerdict.PASS, "PASS: x", (), {"detectable_points": None}),
        "baseline": Decision(GateVerdict.FAIL, "FAIL: x", (), {"detectable_points": 3.1}),
    }

    assert [*notes([Result("a", PLUS, gates)])] == [
        "least loss that would be proven in 80 % of such runs: 10.0 points of a (published), no loss of a (paired)"
    ]
