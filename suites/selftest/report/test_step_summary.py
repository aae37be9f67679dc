"""The page of a workflow run says what decides, and nothing that a program or server wrote acts in it."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from servecheck.evaluation.record import Record
from servecheck.report.markdown_gates import gate_details, verdict_line
from servecheck.report.scores import Score
from servecheck.report.step_summary import step_summary
from servecheck.stats.gates import GateResult, Verdict
from servecheck.stats.paired_gate import gate_paired

from suites.selftest.records import record as made

PASSED = GateResult(Verdict.PASS, "PASS: 40 of 44 solved", ("margin: 5 points", "n: 44 problems"))
PLUS = Score("pass@1 plus", 1, 40, 44, 44, 40 / 44)
# As GitHub renders: CommonMark with tables, raw HTML passed on. Independent of the escaping under test.
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OWN_TAGS = {"h3", "p", "code", "strong", "ul", "li", "pre", "details", "summary"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}

HOSTILE = {
    "pipes": "a | b || c \\| d",
    "backticks": "`a` ``b`` ```c``` `",
    "fence": "```\n\n# heading\n\n````",
    "html": "<script>alert(1)</script><img src=x onerror=y></code></details><!--",
    "newlines": "one\n\n# two\r\n- three\u2028four\u0085five",
    "mention": "@octocat @org/team octocat@example.com #1 GH-1 :tada:",
    "link": "[text](https://example.com) <https://example.com> https://example.com www.example.com [a]: /b",
    "image": "![pixel](https://example.com/pixel.png)",
    "emphasis": "**PASS** ~~FAIL~~ _x_ $$x$$",
    "entities": "&lt;b&gt; &#64;octocat &commat;octocat",
    "terminal": "\x1b[2J\x1b]8;;https://example.com\x07\u202egnp",
    "workflow_command": "::error::x",
    "surrogate": "\ud800",
    "backslashes": "\\` \\",
    "blank": "   ",
    "nothing": "",
    "endless": "`x|" * 100_000,
}


class _Tags(HTMLParser):
    """The tags of a page, and its text where no code is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.plain = ""
        self._code = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.plain += "" if self._code else data


def record(task_id: str, reason: str = "", sample: int = 0) -> Record:
    return made(task_id, sample, not reason, reason=reason)


def summary(**changes: Any) -> str:
    plain = {"scores": (PLUS,), "gates": (), "records": (), "run_dir": Path("runs/x")}
    return step_summary("humaneval", "glm47-fp8", **(plain | changes))


def codes(markdown: str) -> list[str]:
    return [unescape(found) for found in re.findall(r"<code[^>]*>(.*?)</code>", MARKDOWN.render(markdown), re.S)]


def test_a_run_is_told_whole() -> None:
    before = {f"T/{number}": True for number in range(44)}
    paired = gate_paired(before | {"T/3": False}, before, against="the run of May", margin=11)

    text = summary(
        gates=[("gate::humaneval", PASSED), ("gate::humaneval-paired", paired)],
        records=[record("T/0"), record("T/3", "wrong answer at plus input 17: f([]) gave None, expected 0")],
        faults="3 truncated at max_tokens 768",
        note="self-check, not HumanEval",
    )

    head, _, details = text.partition("<details>")
    assert head == (
        "### servecheck: `humaneval`, profile `glm47-fp8`\n"
        "\n"
        "`self-check, not HumanEval`\n"
        "\n"
        "| metric | solved | score | 95 % |\n"
        "|---|---:|---:|---:|\n"
        "| `pass@1 plus` | 40 of 44 | 90.9 % | 78.3 to 97.5 |\n"
        "\n"
        "| profile | n | score | 95 % | reference | difference | flips | p | verdict |\n"
        "|---|---:|---:|---:|---|---:|---:|---:|---|\n"
        "| `glm47-fp8` | 44 | 90.9 % | 78.3-97.5 | - | - | - | - | PASS |\n"
        "|  |  |  |  | `the run of May` | -2.3 | -1 +0 | .2500 | PASS |\n"
        "\n"
        "**PASS** `gate::humaneval` `40 of 44 solved`\n"
        "\n"
        "**PASS** `gate::humaneval-paired` `1 newly failing, 0 newly solved of 44 (-2.3 points) "
        "against the run of May, mid-p .2500, margin 11 points`\n"
        "\n"
    )
    assert details.startswith(
        "<summary>what PASS rests on</summary>\n\n```text\nmargin: 5 points\nn: 44 problems\n```\n\n</details>\n\n"
        "1 newly failing: `T/3`\n\n<details>"
    )
    assert text.endswith(
        "</details>\n"
        "\n"
        "Faults: `3 truncated at max_tokens 768`\n"
        "\n"
        "1 unsolved:\n"
        "\n"
        "- `T/3` `wrong answer at plus input 17: f([]) gave None, expected 0`\n"
        "\n"
        "Run: `runs/x`\n"
    )


def test_it_renders_as_it_is_meant() -> None:
    page = _Tags(MARKDOWN.render(summary(gates=[("g", PASSED)], records=[record("a", "wrong")], faults="1 empty")))

    assert set(page.tags) == OWN_TAGS | TABLE_TAGS


def everywhere(text: str) -> str:
    """A summary with ``text`` in every place that has a text."""
    flips = {"newly_failing": [text, text], "newly_solved": [text]}
    return step_summary(
        text,
        text,
        scores=(Score(text, 1, 1, 2, 2, 0.5),),
        gates=[(text, GateResult(Verdict.FAIL, f"FAIL: {text}", (text, f"x {text}"), flips))],
        records=[record(text, f"gave {text}"), record("last", text or "x")],
        run_dir=Path(text),
        faults=text or "x",
        note=text or "x",
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_inert_wherever_it_stands(text: str) -> None:
    written = everywhere(text)

    page, honest = _Tags(MARKDOWN.render(written)), _Tags(MARKDOWN.render(everywhere("honest")))
    assert (page.tags, page.attributes, page.plain) == (honest.tags, honest.attributes, honest.plain)
    assert page.attributes <= {"class", "style"}  # of the code block and of the table's columns
    assert all(line.isprintable() for line in written.split("\n"))
    assert len(written.encode()) < 50_000


def test_what_can_be_printed_is_shown_to_the_letter() -> None:
    for text in (
        HOSTILE[name] for name in ("pipes", "backticks", "html", "mention", "link", "entities", "backslashes")
    ):
        shown = codes(summary(scores=(), records=[record("a", text)]))

        assert shown[3] == text.strip()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_stands_in_bold_and_once(verdict: Verdict) -> None:
    headline = f"{'not gated' if verdict is Verdict.NOT_GATED else verdict}: because"

    assert f"**{verdict}** `g` `because`\n" in summary(gates=[("g", GateResult(verdict, headline))])


def test_several_samples_a_problem_have_no_binomial_interval_and_are_told_apart() -> None:
    text = summary(
        scores=(Score("pass@1 plus", 1, 1, 2, 1, 0.5),), records=[record("a"), record("a", "wrong", sample=1)]
    )

    assert "| `pass@1 plus` | 1 of 2 | 50.0 % | several samples a problem |" in text
    assert "- `a sample 1` `wrong`" in text


def test_pass_at_10_has_no_count_of_solved_samples() -> None:
    text = summary(scores=(Score("pass@10 plus", 10, 7, 20, 2, 0.875),))

    assert "| `pass@10 plus` |  | 87.5 % | several samples a problem |" in text


def test_more_than_forty_are_counted_and_not_listed() -> None:
    flips = GateResult(Verdict.FAIL, "FAIL: x", (), {"newly_failing": [f"T/{n}" for n in range(42)]})

    text = summary(gates=[("g", flips)], records=[record(f"T/{n}", "wrong") for n in range(43)])

    assert "42 newly failing: `T/0`, " in text
    assert "`T/39` and 2 more\n" in text
    assert sum(line.startswith("- `T/") for line in text.splitlines()) == 40
    assert "- and 3 more: all are in verdicts.jsonl" in text


def test_a_run_without_a_verdict_has_its_gate_alone() -> None:
    text = summary(scores=(), gates=[("g", GateResult(Verdict.INVALID, "INVALID: 2 of 2 missing"))])

    assert text == (
        "### servecheck: `humaneval`, profile `glm47-fp8`\n\n**INVALID** `g` `2 of 2 missing`\n\nRun: `runs/x`\n"
    )


def test_however_much_there_is_the_page_is_a_quarter_of_githubs_limit_at_most_and_keeps_the_verdicts() -> None:
    long = GateResult(Verdict.FAIL, "FAIL: because", ("\U0001f680" * 5_000,) * 200)

    text = summary(gates=[(f"g{n}", long) for n in range(5)], records=[record("T/0", "wrong")])

    assert len(text.encode()) <= 256 * 1024
    assert all(f"**FAIL** `g{n}` `because`" in text for n in range(5))
    assert text.count("too long for this page") == 1
    assert "- `T/0` `wrong`" in text
    assert text.endswith("Run: `runs/x`\n")


def test_a_proven_loss_stands_wherever_the_verdict_does() -> None:
    before = {f"T/{number}": True for number in range(44)}
    lost = gate_paired({task_id: task_id > "T/12" for task_id in before}, before, against="the run of May", margin=90)
    told = lost.told

    lines = [verdict_line("humaneval-paired[p]", lost), *gate_details(lost)]

    assert told.startswith("PASS, loss proven (")
    assert lines[0].startswith(f"**{told}** `humaneval-paired[p]` `")
    assert lines[0].count("loss proven") == 1
    assert any(f"<summary>what {told} rests on</summary>" in line for line in lines)
