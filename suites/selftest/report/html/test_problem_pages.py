"""A problem's page has the texts of flips, both sides of them, and of what is not solved, within the report's size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from servecheck.report.html.columns import columns_of
from servecheck.report.html.outcomes import suites_of
from servecheck.report.html.problem_pages import LONGEST_TEXT, Lengths, problem_pages
from servecheck.rundir.stored_run import stored_runs

from suites.selftest.report.html.stored import Case, Prose, write_run
from suites.selftest.report.html.test_islands import unpacked

ENOUGH = 10**7


def pages_of(folder: Path, most_bytes: int = ENOUGH) -> tuple[list[dict[str, Any]], Lengths]:
    rows = [row for suite in suites_of(columns_of(stored_runs(folder))) for row in suite.rows]
    pages, lengths = problem_pages(rows, folder / "report.html", most_bytes)
    return [unpacked(page) for page in pages], lengths


def texts(page: dict[str, Any], run: int, kind: str = "reply") -> str | None:
    sample = page["runs"][run]["samples"][0]
    return page["texts"][kind][sample["texts"][kind]]["begin"] if kind in sample["texts"] else None


def two(folder: Path, before: str, now: str, reply: str = "{name} says {task}") -> Path:
    """Two runs; a letter a problem, ``+`` for solved."""
    for name, outcomes in (("a", before), ("b", now)):
        cases = [
            Case(f"T/{n}", letter == "+", reply.format(name=name, task=n), "so", program=f"{name} = {n}")
            for n, letter in enumerate(outcomes)
        ]
        write_run(folder / name, cases, profile=name)
    return folder


def test_a_flip_has_both_replies_and_what_is_unsolved_its_own(tmp_path: Path):
    pages, lengths = pages_of(two(tmp_path, "++-", "+--"))

    assert [[texts(page, run) for run in (0, 1)] for page in pages] == [
        [None, None],
        ["a says 1", "b says 1"],
        ["a says 2", "b says 2"],
    ]
    assert (texts(pages[1], 1, "answer"), texts(pages[1], 1, "reasoning")) == ("b = 1", "so")
    assert lengths.words == ""


def test_what_is_not_inside_is_linked(tmp_path: Path):
    pages, _ = pages_of(two(tmp_path, "+", "+"))

    assert pages[0]["runs"][1]["samples"][0]["reply_link"] == "./b/generations/T_0-0.json"


def test_verdict_reason_tokens_and_time_are_there(tmp_path: Path):
    pages, _ = pages_of(two(tmp_path, "+", "-"))
    sample = pages[0]["runs"][1]["samples"][0]

    assert (sample["kind"], sample["reason"]) == (
        "wrong answer",
        "wrong answer at base input 0: f() gave 1, expected 2",
    )
    assert sample["facts"][:2] == [["tokens", "1,234"], ["time", "5.25 s"]]
    assert ["finish reason", "stop"] in sample["facts"]


def test_a_text_that_several_runs_share_is_inside_once(tmp_path: Path):
    pages, _ = pages_of(two(tmp_path, "-", "-", "the same"))

    assert pages[0]["texts"]["reply"] == [{"begin": "the same"}]


def test_a_long_text_has_its_beginning_and_its_end(tmp_path: Path):
    write_run(tmp_path / "a", [Case("T/0", False, "b" * 10_000 + "e" * 10_000)])

    ((page,), _) = pages_of(tmp_path)

    (kept,) = page["texts"]["reply"]
    assert (len(kept["begin"]) + len(kept["end"]), kept["left_out"]) == (LONGEST_TEXT, 20_000 - LONGEST_TEXT)
    assert (kept["begin"][0], kept["end"][-1]) == ("b", "e")


def test_what_cannot_be_seen_is_an_escape_in_a_long_text_too(tmp_path: Path):
    write_run(tmp_path / "a", [Case("T/0", False, "\x1b" + "x" * 20_000 + "\u202e", program="\x00")])

    ((page,), _) = pages_of(tmp_path)

    (kept,) = page["texts"]["reply"]
    assert (kept["begin"][:5], kept["end"][-7:]) == ("\\x1bx", "x\\u202e")
    assert page["texts"]["answer"] == [{"begin": "\\x00"}]


def test_texts_of_the_first_unsolved_samples_alone_are_inside(tmp_path: Path):
    write_run(tmp_path / "a", [Case("T/0", number == 0, f"reply {number}", sample=number) for number in range(9)])

    ((page,), _) = pages_of(tmp_path)

    inside = [sample["sample"] for sample in page["runs"][0]["samples"] if sample["texts"]]
    assert inside == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("most_bytes", "lengths"),
    [(60_000, Lengths(8192, 8192)), (28_000, Lengths(8192, 2048)), (12_000, Lengths(8192, 0)), (10, Lengths(0, 0))],
)
def test_within_a_size_texts_are_shorter_those_of_flips_last(tmp_path: Path, most_bytes: int, lengths: Lengths):
    prose = Prose(3)
    for name, flipped in (("a", True), ("b", False)):
        cases = [Case("T/0", flipped, prose.text(9_000))]
        cases += [Case(f"T/{n}", False, prose.text(9_000)) for n in range(1, 5)]
        write_run(tmp_path / name, cases, profile=name)

    pages, found = pages_of(tmp_path, most_bytes)

    assert found == lengths
    assert (len(texts(pages[0], 1) or ""), len(texts(pages[1], 1) or "")) == tuple(
        length - length // 4 for length in (lengths.flips, lengths.unsolved)
    )
    assert bool(found.words) == (lengths.unsolved < LONGEST_TEXT)


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        (Lengths(8192, 8192), ""),
        (Lengths(8192, 2048), "texts of what is unsolved are cut at 2,048 characters; the run's files"),
        (Lengths(2048, 0), "texts of what is unsolved are left out, those of flips cut at 2,048; the run's files"),
        (Lengths(0, 0), "texts of what is unsolved are left out, those of flips too; the run's files"),
    ],
)
def test_what_was_cut_for_the_size_is_said(lengths: Lengths, words: str):
    assert words in lengths.words


def test_runs_that_asked_the_same_share_a_prompt(tmp_path: Path):
    asked = [("a", "one"), ("b", "one"), ("c", "two")]
    for name, text in asked:
        prompts = {"T/0": [{"role": "user", "content": text}]}
        write_run(tmp_path / name, [Case("T/0", True)], profile=name, prompts=prompts)

    ((page,), _) = pages_of(tmp_path)

    assert [(prompt["labels"], prompt["messages"]) for prompt in page["prompts"]] == [
        (["a", "b"], [["user", {"begin": "one"}]]),
        (["c"], [["user", {"begin": "two"}]]),
    ]


def test_tools_that_were_offered_stand_with_what_is_not_solved(tmp_path: Path):
    asked = [{"role": "user", "content": "Do it."}, {"role": "tools", "content": '[{"function": {}}]'}]
    write_run(tmp_path, [Case("T/0", True), Case("T/1", False)], prompts={"T/0": asked, "T/1": asked})

    pages, _ = pages_of(tmp_path)

    shown = [[role for role, _ in page["prompts"][0]["messages"]] for page in pages]
    assert shown == [["user"], ["user", "tools"]]
