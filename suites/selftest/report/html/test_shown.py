"""Text on a page is what it is where that can be seen, and an escape where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.report.html.shown import environment, file_link, shortened, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("def f(x):\n\treturn x  # größer, 数学　的, 😀", "def f(x):\n\treturn x  # größer, 数学　的, 😀"),
        ("one\r\ntwo\rthree", "one\ntwo\\rthree"),
        ("\x1b[31mred\x00", "\\x1b[31mred\\x00"),
        ("\u202egnp\u2066\u200f", "\\u202egnp\\u2066\\u200f"),
        ("zero\u200bwidth\ufeff\u2028", "zero\\u200bwidth\\ufeff\\u2028"),
        ("\ud800\udcff", "\\ud800\\udcff"),
    ],
)
def test_what_cannot_be_seen_is_an_escape(text: str, seen: str):
    assert shown(text) == seen


def test_a_name_is_one_line_of_a_length():
    assert shortened("a\nb" + "x" * 100, 10) == "a bxxxxxx…"
    assert shortened("\x00" * 10, 10) == "\\x00\\x00\\…"


def test_whatever_a_template_prints_is_made_visible_and_escaped():
    template = environment().from_string('<a title="{{ value }}">{{ value }}</a>')

    assert template.render(value="\x1b\"'<&>") == (
        '<a title="\\x1b&#34;&#39;&lt;&amp;&gt;">\\x1b&#34;&#39;&lt;&amp;&gt;</a>'
    )


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("a b.json", "./run/a%20b.json"),
        ("javascript:x", "./run/javascript%3Ax"),
        ("#?\"'<.json", "./run/%23%3F%22%27%3C.json"),
        ("\udcff", "./run/%FF"),
    ],
)
def test_a_link_is_relative_and_quoted_byte_by_byte(tmp_path: Path, name: str, link: str):
    path = tmp_path / "run" / name
    path.parent.mkdir()
    path.write_text("")

    assert file_link(path, tmp_path / "report.html") == link


def test_a_link_goes_up_where_the_report_is_elsewhere(tmp_path: Path):
    (tmp_path / "x").write_text("")

    assert file_link(tmp_path / "x", tmp_path / "reports" / "report.html") == "./../x"


def test_what_is_not_there_or_leads_elsewhere_is_not_linked(tmp_path: Path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder").mkdir()

    links = [file_link(tmp_path / name, tmp_path / "report.html") for name in ("gone", "link", "folder", "n" * 300)]

    assert links == [None, None, None, None]
