"""The leaderboard's formulas over what was run, by name."""

from __future__ import annotations

from servecheck.evaluation.figure import Figure
from servecheck.evaluation.record import Record
from servecheck.grading.tool_calls.bfcl_scores import bfcl_figures

from suites.selftest.records import record

# category: cases, and how many of them are solved
RUN = {
    "simple_python": (4, 4),
    "simple_java": (2, 1),
    "simple_javascript": (1, 0),
    "multiple": (2, 1),
    "parallel": (2, 2),
    "parallel_multiple": (2, 0),
    "irrelevance": (4, 1),
    "live_simple": (2, 1),
    "live_multiple": (6, 6),
    "live_parallel": (1, 0),
    "live_parallel_multiple": (1, 1),
    "live_irrelevance": (8, 6),
    "live_relevance": (2, 2),
}


def _records(run: dict[str, tuple[int, int]]) -> list[Record]:
    return [record(f"{name}_{place}", solved=place < right) for name, (n, right) in run.items() for place in range(n)]


def _percent(figures: tuple[Figure, ...]) -> dict[str, float | None]:
    return {one.name: None if one.percent is None else round(one.percent, 6) for one in figures}


def test_every_category_has_its_share():
    found = bfcl_figures(_records(RUN))

    assert [(one.name, one.words) for one in found[:13]] == [
        (name, f"{right} of {n}") for name, (n, right) in RUN.items()
    ]
    assert _percent(found)["irrelevance"] == 25.0


def test_the_formulas_are_those_of_the_leaderboard():
    found = _percent(bfcl_figures(_records(RUN)))

    simple = (1 + 0.5 + 0) / 3
    v4_non_live, v4_live, v4_irrelevance = (simple + 0.5 + 1 + 0) / 4, 8 / 10, (0.25 + 0.75) / 2
    v3_non_live, v3_live = (simple + 0.5 + 1 + 0 + 0.25) / 5, 16 / 20
    assert {name: share for name, share in found.items() if name[:3] in ("v4 ", "v3 ")} == {
        "v4 non-live": round(100 * v4_non_live, 6),
        "v4 live": round(100 * v4_live, 6),
        "v4 irrelevance": round(100 * v4_irrelevance, 6),
        "v4 single turn": round(100 * (v4_non_live + v4_live + v4_irrelevance) / 3, 6),
        "v3 non-live": round(100 * v3_non_live, 6),
        "v3 live": round(100 * v3_live, 6),
        "v3 single turn": round(100 * (v3_non_live + v3_live) / 2, 6),
    }


def test_a_formula_says_over_how_few_cases_it_is():
    found = {one.name: one.words for one in bfcl_figures(_records(RUN))}

    assert found["v4 irrelevance"] == "mean of both; over 12 cases, 4 of them of irrelevance"
    assert found["v4 live"].endswith("; over 10 cases, 1 of them of live_parallel")


def test_a_formula_that_lacks_a_category_has_no_value_and_says_which():
    found = {one.name: one for one in bfcl_figures(_records({**RUN, "simple_java": (0, 0), "live_relevance": (0, 0)}))}

    assert found["v4 non-live"] == Figure("v4 non-live", None, "no case was asked of simple_java")
    assert found["v3 live"].words == "no case was asked of live_relevance"
    assert found["v4 live"].percent == 80.0
    assert "simple_java" not in found


def test_what_is_reported_wrong_is_told_apart():
    records = [record("parallel_84", solved=False), record("parallel_155"), record("parallel_1"), record("parallel_2")]

    assert bfcl_figures(records)[-1] == Figure(
        "less those reported wrong", 100.0, "2 of 2; left out 2 whose answer is reported wrong, of which 1 are solved"
    )
