"""The exchanges of a conversation are there one by one, whole, in the order in which they came."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.evaluation.transcript import Exchange, Reply, Timings, ToolResult, Usage
from servecheck.rundir.exchange_files import ExchangeFiles

REPLY = Reply("4 \ud83d", "hm", "stop", "m", Usage(1, 2), Timings(1.0, 0.5, 2.0), "ab" * 32, message={"content": "4"})


@pytest.fixture
def files(tmp_path: Path) -> ExchangeFiles:
    return ExchangeFiles(tmp_path / "generations" / "T_0-0", tmp_path / "generations")


def test_what_is_added_is_read_back_in_order(files: ExchangeFiles) -> None:
    exchanges = [Exchange("a", REPLY), Exchange("b", ToolResult("four \ud800", refused=True)), Exchange("c", REPLY)]

    for number, exchange in enumerate(exchanges):
        files.add(number, exchange)

    assert files.read() == exchanges


def test_before_the_first_there_is_none(files: ExchangeFiles) -> None:
    assert files.read() == []


def test_what_stands_behind_a_gap_is_of_no_use(files: ExchangeFiles) -> None:
    files.add(0, Exchange("a", REPLY))
    files.add(2, Exchange("c", REPLY))

    assert files.read() == [Exchange("a", REPLY)]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"sha256": 1, "tool": {"content": "4", "refused": false}}', '{"sha256": "a"}']
)
def test_what_stands_from_a_damaged_file_on_is_asked_again(files: ExchangeFiles, text: str) -> None:
    for number, name in enumerate("abc"):
        files.add(number, Exchange(name, REPLY))
    (files.folder / "0001.json").write_text(text)

    assert files.read() == [Exchange("a", REPLY)]
