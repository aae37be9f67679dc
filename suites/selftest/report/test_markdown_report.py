"""The page has what was measured, what is published of it, what decides and why, and what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.paired import gate_paired
from servecheck.gates.pairs import gate_pairs
from servecheck.gates.references import Reference
from servecheck.report.markdown_report import markdown_report
from servecheck.rundir.stored_run import StoredRun, read_stored_run
from servecheck.rundir.stored_schema import StoredScore
from servecheck.rundir.stored_suite import StoredSuite

from suites.selftest.records import record
from suites.selftest.report.runs_on_disk import PASSED, PROFILE, outcomes, section, written_run
from suites.selftest.report.test_markdown_scores import reference

# As GitHub renders: CommonMark with tables, raw HTML passed on. Independent of the escaping under test.
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TEXTS = {
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


HOSTILE = "a|b `c`\n# d \x1b[2J<script>alert(1)</script> [l](http://x) ![i](http://x) @octocat \ud800"


def report(*folders: Path, references: tuple[Reference, ...] = ()) -> str:
    return markdown_report([read_stored_run(folder) for folder in folders], references)


def test_gates_flips_causes_and_unsolved_problems(tmp_path):
    before, now = outcomes(40, 3), outcomes(40, 1, 2)
    gates = {**PASSED, "baseline": gate_paired(now, before, against="yesterday", margin=10)}
    run = written_run(tmp_path / "a", now, gates=gates)

    page = report(run)

    assert "**PASS** `humaneval published: glm47-fp8` `said`" in page
    assert "**INCONCLUSIVE** `humaneval baseline: glm47-fp8` `2 newly failing, 1 newly solved" in page
    assert section(page, "Flips: `glm47-fp8`, `baseline` of `humaneval`") == [
        "| `T/1` | newly failing | `wrong answer at base input 0: f() gave 1, expected 2` |",
        "| `T/2` | newly failing | `wrong answer at base input 0: f() gave 1, expected 2` |",
        "| `T/3` | newly solved |  |",
    ]
    assert section(page, "Unsolved, by cause") == ["| `glm47-fp8, humaneval` | 2 |"]
    assert len(section(page, "Unsolved: `glm47-fp8, humaneval`")) == 2


def test_flips_against_a_run_of_the_same_page_have_both_replies(tmp_path):
    before, now = outcomes(40, 3), outcomes(40, 1)
    gate = gate_paired(now, before, against="glm47-fp8", margin=10)
    first = written_run(tmp_path / "a", before)
    second = written_run(
        tmp_path / "b", now, profile=PROFILE.model_copy(update={"name": "lossy"}), gates={"baseline": gate}
    )

    page = report(first, second)

    replies = [[f"`{run}/generations/T_{task}-0.json`" for run in "ab"] for task in (1, 3)]
    wrong = "`wrong answer at base input 0: f() gave 1, expected 2`"
    assert section(page, "Flips: `lossy`, `baseline` of `humaneval`") == [
        f"| `T/1` | newly failing | {wrong} | {replies[0][0]} | {replies[0][1]} |",
        f"| `T/3` | newly solved |  | {replies[1][0]} | {replies[1][1]} |",
    ]


def test_of_several_samples_flips_and_unsolved_problems_say_how_many_and_which(tmp_path):
    before, now = ({f"T/{n}": (2, solved) for n, solved in enumerate(run)} for run in ((2, 2, 0), (0, 2, 1)))
    gate = gate_pairs(now, before, against="yesterday", margin=10)
    run = written_run(
        tmp_path / "a", {"T/0": [False, False], "T/1": [True, True], "T/2": [True, False]}, gates={"baseline": gate}
    )

    page = report(run)

    wrong = "`wrong answer at base input 0: f() gave 1, expected 2`"
    assert section(page, "Flips: `glm47-fp8`, `baseline` of `humaneval`") == [
        f"| `T/0` | worse | 0 of 2 {wrong} |",
        f"| `T/2` | better | 1 of 2 {wrong} |",
    ]
    assert section(page, "Unsolved: `glm47-fp8, humaneval`") == [
        f"| `T/0 sample 0` | {wrong} |",
        f"| `T/0 sample 1` | {wrong} |",
        f"| `T/2 sample 1` | {wrong} |",
    ]


def test_more_than_forty_are_counted_and_not_listed(tmp_path):
    before = {f"T/{number}": True for number in range(43)}
    gates = {"baseline": gate_paired(dict.fromkeys(before, False), before, against="b", margin=10)}

    page = report(written_run(tmp_path / "a", dict.fromkeys(before, False), gates=gates))

    for title in ("Flips: ", "Unsolved: "):
        assert len(section(page, title)) == 40
    assert page.count("\nand 3 more, which the run's folder has\n") == 2


def test_how_replies_were_read_stands_beside_the_score(tmp_path):
    run = read_stored_run(written_run(tmp_path / "a", outcomes(3)))
    (suite,) = run.suites.values()
    records = tuple(replace(one, applied=(("strip_code_fences", "stripped", 2),)) for one in suite.records)

    page = markdown_report([replace(run, suites={"humaneval": replace(suite, records=records)})], [])

    assert (
        "## How replies were read: `glm47-fp8, humaneval`\n\n"
        "- `transforms   strip_code_fences: stripped, 6 in 3 of the replies`\n"
    ) in page


def test_what_served_a_run_is_told_as_far_as_it_can_be_read(tmp_path):
    folder = written_run(tmp_path / "a")
    facts = json.loads((folder / "run.json").read_text())
    for server, told in (
        ({"engine": "vllm", "version": "0.32.0", "start_s": 48.21}, True),
        ({"engine": "vllm", "start_s": "soon"}, False),
        ({"engine": "vllm", "start_s": 10**400}, False),
        ([], False),
    ):
        facts["segments"][-1]["server"] = server
        (folder / "run.json").write_text(json.dumps(facts))

        assert ("- `server of glm47-fp8: vllm 0.32.0, up in 48.2 s`" in report(folder)) is told


def test_what_was_accepted_and_why_stands_below_the_results(tmp_path):
    accepted = {"accepted": "new tokenizer", "against": "the run of May"}
    gate = Decision(GateVerdict.PASS, "PASS: said", (), accepted)
    run = written_run(tmp_path / "a", outcomes(40, 1), gates={"paired": gate})

    assert "- `glm47-fp8: its reference, the run of May, was accepted: new tokenizer`" in report(run)


def test_a_run_that_was_broken_off_has_no_result_and_its_gap_is_named(tmp_path):
    run = written_run(tmp_path / "a", is_scored=False)
    (run / "prompts.json").write_text("{")

    page = report(run)

    assert section(page, "Results")[0].endswith("| no result |")
    assert "- `no result of glm47-fp8: broken off before it was scored`" in page
    assert section(page, "Missing or damaged") == ["| `glm47-fp8` | `humaneval was broken off before it was scored` |"]


def hostile_run(folder: Path) -> StoredRun:
    gates = {HOSTILE: Decision(GateVerdict.FAIL, HOSTILE, (HOSTILE,), {"against": HOSTILE, "newly_failing": [HOSTILE]})}
    profile = PROFILE.model_copy(update={"name": HOSTILE, "model": HOSTILE, "quantisation": HOSTILE})
    run = written_run(folder, {HOSTILE: False}, profile=profile, gates=gates, problems=HOSTILE, began_at=HOSTILE)
    row = {"suite": HOSTILE, "task_id": HOSTILE, "sample": 0, "solved": False, "kind": HOSTILE, "reason": HOSTILE}
    with (run / "verdicts.jsonl").open("a") as file:
        file.write(json.dumps({**row, "faults": [HOSTILE]}) + "\n")
    (run / "x-scores.json").write_text("{" + HOSTILE.encode("utf-8", "replace").decode())
    return read_stored_run(run)


def test_nothing_that_a_run_says_acts(tmp_path):
    published = reference(model=HOSTILE[:-1], source=HOSTILE[:-1])

    page = markdown_report([hostile_run(tmp_path / "a")], [published])

    page.encode("utf-8")
    tokens = MARKDOWN.parse(page)
    flat = [*tokens, *(child for token in tokens for child in token.children or ())]
    assert not {token.type for token in flat if token.type.startswith(("link", "image"))}
    assert {tag for token in flat if token.type.startswith("html") for tag in token.content.split("\n") if tag} <= {
        "<details><summary>what FAIL rests on</summary>",
        "</details>",
    }
    shown = "".join(token.content for token in flat if token.type == "text")
    assert "octocat" not in shown
    assert "\x1b" not in page


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


def everywhere(text: str) -> str:
    """A page with ``text`` in every place that has a text."""
    known = text or "x"
    figures = {"newly_failing": [text, text], "newly_solved": ["last"], "against": known, "accepted": known}
    applied = ((text, text, 1),)
    records = (
        record(text, 0, False, reason=f"gave {text}", kind=known, faults=(known,), applied=applied),
        record("last", 0, False, reason=known),
    )
    gates = {text: Decision(GateVerdict.FAIL, f"FAIL: {text}", (text, f"x {text}"), figures)}
    score = StoredScore(solved=0, samples=2, rate=0.0)
    suite = StoredSuite(known, records, {known: score}, gates, False, known)
    names = ("model", "quantisation", "problems", "problems_sha256")
    segment = {"began_at": text, "environment": {"git revision": text}, "server": {"engine": text, "start_s": 1.0}}
    manifest = {"identity": dict.fromkeys(names, known), "segments": [segment]}
    return markdown_report([StoredRun(Path(text), text, manifest, {known: suite}, None, (known,))], [])


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_text_is_inert_wherever_it_stands(text):
    written = everywhere(text)

    page, honest = _Tags(MARKDOWN.render(written)), _Tags(MARKDOWN.render(everywhere("honest")))
    assert (page.tags, page.attributes, page.plain) == (honest.tags, honest.attributes, honest.plain)
    assert page.attributes <= {"class", "style"}  # of the code block and of the table's columns
    assert all(line.isprintable() for line in written.split("\n"))
    assert len(written.encode()) < 50_000


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_is_bounded_and_says_so(tmp_path, count):
    run = read_stored_run(written_run(tmp_path / "a", {f"T/{number}": False for number in range(300)}))
    (suite,) = run.suites.values()
    records = tuple(replace(record, reason="`|x" * 10_000) for record in suite.records)
    gates = {f"g{number}": Decision(GateVerdict.PASS, "x", ("y" * 2000,) * 40) for number in range(count)}
    grown = StoredRun(
        run.folder, run.profile, run.manifest, {"s": replace(suite, records=records, gates=gates)}, None, ()
    )

    page = markdown_report([grown], [])

    assert len(page.encode()) <= 512 * 1024
    assert ("too long for this page" in page) == (count == 30)
    assert page.endswith("Made by servecheck.\n")


def test_no_run_is_said_to_be_none():
    assert "There is no run." in markdown_report([], [])


def test_a_pass_that_the_verdicts_do_not_bear_out_is_no_pass(tmp_path):
    run = written_run(tmp_path / "a", outcomes(40, 1))
    row = {"suite": "humaneval", "task_id": "T/2", "sample": 0, "solved": False}
    with (run / "verdicts.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")

    page = report(run)

    assert "**PASS**" not in page
    assert (
        "**INVALID** `humaneval published: glm47-fp8` `damaged: stored as PASS, but humaneval: pass@1 is told as 39"
        in page
    )
    assert section(page, "Local results")[0].split(" | ")[3:6] == ["-", "-", "-"]


def test_what_is_no_benchmark_of_a_model_is_headed_as_none(tmp_path):
    embedded = PROFILE.model_copy(update={"name": "known", "backend": "embedded"})
    known = read_stored_run(written_run(tmp_path / "a", profile=embedded, problems="capitals"))
    measured = read_stored_run(written_run(tmp_path / "b", problems="capitals"))
    note = "of no model: the embedded server says what the problems know to be right.\n"

    assert markdown_report([known], []).startswith(f"# servecheck\n\nSelf-check, {note}")
    assert markdown_report([measured, known], []).startswith(f"# servecheck\n\n`known`: self-check, {note}")
    assert "elf-check" not in markdown_report([measured], [])
