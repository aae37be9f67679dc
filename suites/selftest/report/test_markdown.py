"""Text in a code span or block is shown to the letter, and ends neither."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from servecheck.report.markdown import cell, code, fenced

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
TEXTS = ["plain", "`", "a ``b`` c", "`a`", "<b>&lt;", "[x](y) @z", "a | b", "\\` \\"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_code_span_shows_its_text(text: str) -> None:
    (inline,) = [token for token in MARKDOWN.parse(code(text)) if token.type == "inline"]

    assert [(child.type, child.content) for child in inline.children or ()] == [("code_inline", text)]


@pytest.mark.parametrize("text", TEXTS)
def test_a_cell_stays_one_cell(text: str) -> None:
    tokens = MARKDOWN.parse(f"| a | b |\n|---|---|\n| {cell(text)} | {cell(text)} |")

    cells = [tokens[place + 1] for place, token in enumerate(tokens) if token.type == "td_open"]
    shown = [[child.content for child in inline.children or ()] for inline in cells]
    assert shown == [[text.replace("|", "¦")]] * 2


def test_a_block_ends_after_its_last_line() -> None:
    lines = ["````", "# heading", "```", "</details>"]

    (block,) = MARKDOWN.parse("\n".join(fenced(lines)))

    assert (block.type, block.content) == ("fence", "\n".join(lines) + "\n")


def test_what_is_not_printable_is_escaped_and_what_is_too_long_is_cut() -> None:
    assert code("a\x1b[2J\n") == "`a\\x1b[2J\\n`"
    assert code("x" * 20, length=5) == "`xxxx…`"
    assert code("  ") == "`(nothing)`"
