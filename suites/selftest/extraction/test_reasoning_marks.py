from __future__ import annotations

import re

import pytest
from servecheck.extraction.reasoning_marks import FAMILIES, Markers

LONG = 500  # characters of a pattern; what begins a mark has a tenth of it


def test_of_the_whole_table_only_what_is_looked_for_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_ = re.compile

    def noted(pattern: str) -> re.Pattern[str]:
        compiled.append(pattern)
        return compile_(pattern)

    monkeypatch.setattr(re, "compile", noted)

    table = Markers(FAMILIES)
    assert not [pattern for pattern in compiled if len(pattern) > LONG]

    assert table.outside.pattern is table.outside.pattern
    assert [pattern for pattern in compiled if len(pattern) > LONG] == [table.outside.pattern.pattern]
