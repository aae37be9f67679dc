"""The report is one file that allows nothing but itself, whatever the runs."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from pathlib import Path

import pytest
from servecheck.report.html import html_report
from servecheck.rundir.stored_run import StoredRun, stored_runs
from servecheck.rundir.throughput_json import write_throughput

from suites.selftest.report.html.stored import Case, write_run
from suites.selftest.report.test_curves import results


def page_of(folder: Path) -> str:
    html_report(stored_runs(folder), folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "a", [Case("T/0", True), Case("T/1", True)], profile="a")
    write_run(folder / "b", [Case("T/0", True), Case("T/1", False)], profile="b")
    (folder / "speed").mkdir()
    write_throughput(folder / "speed" / "throughput.json", results("timed"))
    return page_of(folder)


def test_the_policy_names_the_pages_own_style_and_script_by_digest(page: str):
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert found
    digests = {
        kind: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for kind, text in re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL)
    }

    assert found[1].replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_in_it_is_fetched(page: str):
    assert not re.search(
        r"<(link|img|iframe|object|embed|base|form|video|audio)\b|\s(src|srcset)=|@import|url\((?!#)", page
    )
    assert set(re.findall(r"https?://[^\s\"<]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_no_text_is_put_in_as_html(page: str):
    script = page.rpartition("<script>")[2]

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval|Function\(", script)


def test_every_table_has_heads_with_a_scope_and_every_heading_follows_its_own(page: str):
    levels = [int(level) for level in re.findall(r"<h(\d)", page.partition("<noscript>")[0])]

    assert re.findall(r"<th(?![^>]*scope=)[^>]*>", page.replace("<thead", "")) == []
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_each_identifier_is_there_once(page: str):
    identifiers = re.findall(r'\sid="([^"]+)"', page)

    assert len(identifiers) == len(set(identifiers))


def test_verdicts_scores_flips_and_curves_are_there(page: str):
    assert '<span class="badge pass">PASS</span>' in page
    assert "2/2" in page
    assert "1/2" in page
    assert '<a class="newly_failing" href="#problem-1-2" aria-label="newly failing">−</a>' in page
    assert page.count('class="curve"') == 4
    assert "Nothing: every file of the runs could be read." in page


def test_one_run_alone_has_a_report(tmp_path: Path):
    write_run(tmp_path / "a", [Case("T/0", False)], profile="<alone>")

    assert "Report on <bdi>&lt;alone&gt;</bdi>" in page_of(tmp_path)


def test_a_run_of_nothing_has_a_report_that_says_so(tmp_path: Path):
    run = StoredRun(tmp_path, "empty", {}, {}, None, ("run.json is missing",))

    html_report([run], tmp_path / "report.html")

    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "NO VERDICT" in text
    assert "run.json is missing" in text


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path):
    (tmp_path / "report.html").mkdir()
    write_run(tmp_path / "a", [Case("T/0", False)])

    with pytest.raises(OSError, match="directory"):
        html_report(stored_runs(tmp_path), tmp_path / "report.html")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "report.html"]


@pytest.mark.parametrize(
    ("problems", "note"),
    [
        (("starter", "starter-32"), "<strong>Self-check</strong>, not HumanEval: the project&#39;s own problems."),
        (
            ("mine", "starter"),
            "<strong>Self-check</strong> (<bdi>b</bdi>), not HumanEval: the project&#39;s own problems.",
        ),
    ],
)
def test_a_self_check_is_headed_as_one(tmp_path: Path, problems: tuple[str, str], note: str):
    for name, asked in zip("ab", problems, strict=True):
        write_run(tmp_path / name, [Case("T/0", True)], profile=name, identity={"problems": asked})

    assert note in page_of(tmp_path)


def test_a_benchmark_is_no_self_check(page: str):
    assert "Self-check" not in page


def test_what_is_too_much_to_show_is_told_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("servecheck.report.html.page.MOST_ROWS", 1)
    monkeypatch.setattr("servecheck.report.html.outcomes._MOST_CELLS", 2)
    for name in ("a", "b"):
        write_run(tmp_path / name, [Case(f"T/{number}", True) for number in range(3)], profile=name)

    text = page_of(tmp_path)

    assert "1 verdicts are not shown, but counted" in text
    assert "2 problems of humaneval are not in it, since there are too many" in text
    assert '<li class="count pass"><strong>2</strong> <span>PASS</span></li>' in text


def test_figures_are_text(tmp_path: Path):
    folder = write_run(tmp_path / "a", [Case("T/0", True, more={"calls": {"made": 2}})])
    scores = json.loads((folder / "scores.json").read_text())
    scores["figures"] = [
        {"name": "live <b>", "percent": 80.0, "words": "8 of\x1b[31m 10"},
        {"name": "v3", "words": "no case"},
    ]
    (folder / "scores.json").write_text(json.dumps(scores))

    page = page_of(folder)

    assert (
        '<td><bdi>live &lt;b&gt;</bdi></td><td class="number">80.0 %</td><td><bdi>8 of\\x1b[31m 10</bdi></td>' in page
    )
    assert '<td><bdi>v3</bdi></td><td class="number">–</td>' in page
    assert "tool calls: 2 of 2 could be made" in page
