"""The program stands between the last two lines with a fence, as LiveCodeBench takes it, defects included."""

from __future__ import annotations

import pytest
from servecheck.extraction.last_fences import program_between_last_fences


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("```python\nx = 1\n```", "x = 1"),
        ("First:\n```\nx = 1\n```\nBetter:\n```python\nx = 2\ny = 3\n```\nDone.", "x = 2\ny = 3"),
        ("   ```py\nx = 1\n   ```", "x = 1"),
        ("```\n```", ""),
        ("```python\nx = 1\n```\nUse ```x``` so.", ""),
        ("```python\nx = 1\n```\nmore\n```", "more"),
    ],
)
def test_between_the_last_two_fences(text: str, program: str) -> None:
    assert program_between_last_fences(text).code == program


@pytest.mark.parametrize(
    ("text", "source"), [("x = 1", "no fenced block"), ("```python\nx", "a block that is not closed")]
)
def test_without_two_there_is_none(text: str, source: str) -> None:
    found = program_between_last_fences(text)

    assert (found.code, found.source) == ("", source)


def test_what_is_left_out_is_counted() -> None:
    assert program_between_last_fences("a\n\nb\n```\nx\n```\nc").dropped == ("3 lines outside the last fenced block",)
