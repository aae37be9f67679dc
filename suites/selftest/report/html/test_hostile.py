"""A hostile run directory: the report is made, what is in it is inert, and what is missing is named."""

from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from servecheck.report.html.problem_pages import LONGEST_TEXT
from servecheck.report.write_reports import write_reports

from suites.selftest.report.html.conftest import Open
from suites.selftest.report.html.stored import Case, write_run
from suites.selftest.report.html.test_islands import unpacked

SCRIPT = "</script><script>window.__pwned = 1</script><img src=x onerror='window.__pwned = 2'>"
BREAKOUTS = f"'\"></title></style></noscript>--></a>{SCRIPT}<svg onload=window.__pwned=3>&lt;script&gt;"
EYES = "\x1b[31mred\x1b]0;title\x07 \u202egnp.exe\u202c \u2066x\u2069 \x00 \x85 zero\u200bwidth \ud800"
LINK = "javascript:window.__pwned=4"
EVIL = f"{BREAKOUTS} {EYES} {LINK}"
OWN_TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "div", "p", "nav", "ul", "li", "main", "section",
    "h1", "h2", "h3", "bdi", "strong", "span", "table", "thead", "tr", "th", "tbody", "td", "details", "summary", "svg",
    "text", "line", "rect", "circle", "label", "input", "footer", "noscript", "script",
}  # fmt: skip


class Tags(HTMLParser):
    """Every element of a page with its attributes; what stands in scripts by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.islands: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.found[-1] if self.found else ("", {})
        if tag == "script" and (attributes.get("id") or "").startswith("page-"):
            self.islands[str(attributes["id"])] = self.islands.get(str(attributes["id"]), "") + data

    @property
    def pages(self) -> list[dict[str, Any]]:
        return [unpacked(text.strip()) for text in self.islands.values()]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs in which everything that can be evil is; their report."""
    parent = tmp_path_factory.mktemp("evil")
    cases = [
        Case(EVIL, False, f"{EVIL}\n" * 3, EVIL, EVIL, program=EVIL,
             more={"kind": EVIL, "faults": [EVIL], "findings": [EVIL], "dropped": [EVIL], "source": EVIL,
                   "base": {"kind": EVIL, "status": EVIL, "reason": EVIL, "failing_input": 3}}),
        Case("T/huge", False, "<b>huge</b>" * 2_000_000, "r" * 5_000_000),
        Case("T/gone", False, None),
        Case("T/cut", False),
        Case("T/bytes", False),
        Case("T/form", False),
    ]  # fmt: skip
    gates = {EVIL: {"verdict": "FAIL", "headline": EVIL, "details": [EVIL], "figures": {"published_percent": EVIL}}}
    prompts = {case.task_id: [{"role": EVIL, "content": EVIL}] for case in cases}
    identity = {EVIL: EVIL, "flags": {EVIL: [EVIL]}}
    folder = parent / f"{LINK}#?<b>'\"\udcff"
    evil = write_run(folder, cases, profile=EVIL, gates=gates, identity=identity, prompts=prompts)
    (evil / "generations" / "T_cut-0.json").write_bytes(b'{"task_id": "T/cut", "sample": 0, "content": "')
    bytes_path = evil / "generations" / "T_bytes-0.json"
    bytes_path.write_bytes(bytes_path.read_bytes().replace(b"def f()", b"\xff\xfe\xc0def"))
    (evil / "generations" / "T_form-0.json").write_text(json.dumps({"task_id": "T/form", "sample": 0, "content": []}))
    with (evil / "verdicts.jsonl").open("ab") as file:
        file.write(json.dumps({"suite": EVIL, "task_id": EVIL, "sample": 0, "solved": True}).encode() + b"\n")
        file.write(b'\xff\xfe{"suite": "humaneval", "task_id": "\x1b[31m\n{"suite": "hum')

    broken = write_run(parent / "broken", [Case("T/0", True)], profile="broken")
    (broken / "run.json").write_bytes(b'{"profile": {"name": "bro')
    (broken / "scores.json").write_bytes(b"[" * 100_000)
    changed = write_run(parent / "changed", [Case("T/0", True), Case("T/1", True)], profile="changed")
    (changed / "verdicts.jsonl").write_text((changed / "verdicts.jsonl").read_text().split("\n")[0] + "\n")
    linked = write_run(parent / "linked", [Case("T/0", False)], profile="linked")
    (linked / "generations" / "T_0-0.json").unlink()
    (linked / "generations" / "T_0-0.json").symlink_to("/dev/zero")
    (linked / "prompts.json").symlink_to("/etc/passwd")
    waiting = write_run(parent / "waiting", [Case("T/0", False)], profile="waiting")
    (waiting / "generations" / "T_0-0.json").unlink()
    os.mkfifo(waiting / "generations" / "T_0-0.json")
    (parent / "numbers").mkdir()
    (parent / "numbers" / "throughput.json").write_text('{"format": 1, "blocks": NaN}')
    return write_reports(parent)[-1]


@pytest.fixture(scope="module")
def text(hostile: Path) -> str:
    return hostile.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tags(text: str) -> Tags:
    return Tags(text)


def test_no_element_and_no_attribute_is_the_runs(tags: Tags):
    scripts = [attributes for tag, attributes in tags.found if tag == "script"]
    attributes = {name for _, attributes in tags.found for name in attributes}

    assert {tag for tag, _ in tags.found} <= OWN_TAGS
    assert [one.get("type") for one in scripts] == ["application/json"] * (len(scripts) - 1) + [None]
    assert not [name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset", "action"}]


def test_links_lead_to_files_of_the_runs_and_to_this_page_alone(hostile: Path, tags: Tags):
    links = [str(attributes["href"]) for tag, attributes in tags.found if tag == "a"]
    links += [str(sample["reply_link"]) for page in tags.pages for run in page["runs"] for sample in run["samples"]]
    outward = {link for link in links if not link.startswith("#") and link != "None"}

    assert outward
    assert all(link.startswith("./") and ":" not in link and "<" not in link for link in outward)


def test_what_acts_on_eyes_and_terminals_is_shown_and_does_not_act(text: str, tags: Tags):
    everything = text + json.dumps(tags.pages, ensure_ascii=False)

    assert not [char for char in everything if ord(char) < 32 and char != "\n"]
    assert not [char for char in "\x7f\x85\u202e\u202c\u2066\u2069\u200b\ud800" if char in everything]
    assert "\\x1b[31mred" in text
    assert "\\u202egnp.exe" in text


def test_a_huge_reply_has_its_beginning_and_its_end_inside(hostile: Path, tags: Tags):
    (page,) = [page for page in tags.pages if page["task"] == "T/huge"]
    reply, reasoning = page["texts"]["reply"][0], page["texts"]["reasoning"][0]

    assert hostile.stat().st_size < 500_000
    assert reply["left_out"] == 22_000_000 - LONGEST_TEXT
    assert reasoning["left_out"] == 5_000_000 - LONGEST_TEXT
    assert reply["end"].endswith("huge</b>")


@pytest.mark.parametrize(
    ("task", "note"),
    [
        ("T/gone", "T_gone-0.json is missing"),
        ("T/cut", "T_cut-0.json is damaged"),
        ("T/form", "T_form-0.json is damaged"),
        ("T/bytes", "T_bytes-0.json is damaged"),
    ],
)
def test_a_reply_that_cannot_be_shown_is_told_where_it_would_stand(tags: Tags, task: str, note: str):
    notes = [
        sample["note"]
        for page in tags.pages
        if page["task"] == task
        for run in page["runs"]
        for sample in run["samples"]
    ]

    assert any(note in one for one in notes), notes


@pytest.mark.parametrize(
    "gap",
    [
        "verdicts.jsonl: 2 line(s) are damaged and left out",
        "run.json is damaged",
        "scores.json is damaged",
        "prompts.json is no file of its own, so it is not read",
        "throughput.json",
    ],
)
def test_what_is_missing_or_damaged_is_named(text: str, gap: str):
    missing = text.partition('id="missing"')[2]

    assert gap in missing.partition("</section>")[0]


def test_a_pass_that_the_verdicts_do_not_bear_out_is_no_pass(text: str):
    rows = [row.partition("</tr>")[0] for row in text.split('<tr role="row">') if "changed</bdi></th>" in row]

    assert "INVALID" in rows[0]
    assert "damaged: stored as PASS, but humaneval: " in rows[0]
    assert "pass@1 is told as 2 of 2 solved" in rows[0]
    assert not any('"badge pass"' in row for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False])
def test_in_a_browser_nothing_of_it_runs(hostile: Path, opened: Open, script: bool):
    with opened(hostile, script=script) as found:
        page = found.page
        if script:
            for number in range(page.locator("script[id^=page-]").count()):
                page.goto(f"{hostile.as_uri()}#problem-{number}-0")
                page.wait_for_selector("#problem h1")
        text = page.inner_text("body")
        elements = set(
            page.evaluate("[...new Set([...document.body.querySelectorAll('*')].map((one) => one.localName))]")
        )
        links = page.evaluate("[...document.querySelectorAll('a')].map((one) => one.protocol)")

        assert page.evaluate("window.__pwned") is None
        assert elements <= OWN_TAGS | {"pre", "dl", "dt", "dd", "h4"}
        assert set(links) == {"file:"}
        assert [line for line in found.said if "Content Security Policy" not in line] == []
        assert {request.partition("#")[0] for request in found.requests} == {hostile.as_uri()}
        assert "window.__pwned" in text
