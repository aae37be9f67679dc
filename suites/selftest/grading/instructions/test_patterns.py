"""What is scanned in linear time finds what the official patterns find, and ends on a reply of one mark for ever."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.grading.instructions.following import follows
from servecheck.problems.instruction_kinds import (
    BulletCount,
    DoubleBracketTitle,
    HighlightCount,
    PlaceholderCount,
    Postscript,
)

TEXTS = st.text("*-<>[]ab.ps \n\t\r\x0b\u2028\xa0", max_size=40)


def bullets(text: str) -> int:
    starred = re.findall(r"^\s*\*[^\*].*$", text, flags=re.MULTILINE)
    return len(starred) + len(re.findall(r"^\s*-.*$", text, flags=re.MULTILINE))


@given(TEXTS)
def test_bullet_points(text):
    assert follows(BulletCount(bullets(text)), text)


@given(TEXTS)
def test_placeholders(text):
    count = len(re.findall(r"\[.*?\]", text))

    assert follows(PlaceholderCount(count), text)
    assert not follows(PlaceholderCount(count + 1), text)


@given(TEXTS)
def test_titles(text):
    found = re.findall(r"<<[^\n]+>>", text)

    assert follows(DoubleBracketTitle(), text) is any(title.lstrip("<").rstrip(">").strip() for title in found)


@given(TEXTS)
def test_postscripts(text):
    pattern = {"P.S.": r"\s*p\.\s?s\..*$", "P.P.S": r"\s*p\.\s?p\.\s?s.*$"}
    for marker, official in pattern.items():
        found = re.findall(official, text.lower(), flags=re.MULTILINE)
        assert follows(Postscript(marker), text) is bool(found)


@pytest.mark.parametrize("mark", ["\n", " ", "*", "**", "-", "<", "<<", "[", "[]", "*\n", ".", "!", "P.", "***", "'"])
@pytest.mark.parametrize("asked", [BulletCount(7), PlaceholderCount(1 << 30), DoubleBracketTitle(), Postscript("P.S."),
                                   HighlightCount(1 << 30)], ids=lambda asked: type(asked).__name__)  # fmt: skip
def test_a_reply_of_one_mark_for_ever_is_told_in_no_time(mark, asked):
    assert not follows(asked, f"a{mark * 100_000}a")
