"""Whatever somebody else says is shown in a line that no terminal obeys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.printable import LENGTH, escaped, printable

TEXTS = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\n\r\u202e\u2028\x00\ud800"))
ESCAPED = [
    ("plain é 😀", "plain é 😀"),
    ("\x1b[2J", r"\x1b[2J"),
    ("\x1b]0;title\x07\x9b2J\x7f", r"\x1b]0;title\x07\x9b2J\x7f"),
    ("a\nb\r\tc", r"a\nb\r\tc"),
    ("\u202edrow\u2066\u200f\u2028", r"\u202edrow\u2066\u200f\u2028"),
    ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
    ("no-break\xa0space", r"no-break\xa0space"),
    ("\ud800\U000e0001", r"\ud800\U000e0001"),
    (r"its own \x1b", r"its own \x1b"),
]


@given(TEXTS, st.integers(1, 40))
def test_a_line_is_printable_text_of_at_most_the_length(text: str, length: int):
    line = printable(text, length)

    assert len(line) <= length
    assert line.isprintable()
    line.encode("utf-8")


@given(TEXTS)
def test_what_is_escaped_whole_can_be_read_back_where_it_had_no_backslash(text: str):
    text = text.replace("\\", "/")
    line = escaped(text)

    assert line.isprintable()
    assert line.encode("ascii", "backslashreplace").decode("unicode_escape") == text


@pytest.mark.parametrize(("text", "line"), ESCAPED)
def test_what_is_not_printable_is_escaped(text: str, line: str):
    assert printable(text) == escaped(text) == line


def test_nothing_is_left_that_turns_text_or_that_nobody_sees():
    hidden = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp"}]

    assert "\u202e" in hidden
    assert not set(escaped("".join(hidden))) & set(hidden)


def test_some_characters_can_be_kept():
    assert escaped("a\nb\x1b\tc", kept="\n") == "a\nb\\x1b\\tc"


def test_a_cut_shows_and_an_escape_counts_as_long_as_it_is():
    assert LENGTH == 120
    assert printable("x" * 120) == "x" * 120
    assert printable("x" * 121) == "x" * 119 + "…"
    assert printable("\0" * 120) == (r"\x00" * 30)[:119] + "…"
    assert printable("abcdef", 4) == "abc…"
