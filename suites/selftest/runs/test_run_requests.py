"""What a run still has to ask."""

from __future__ import annotations

from pathlib import Path

from servecheck.evaluation.case import Case
from servecheck.evaluation.transcript import Reply, Timings
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.run_requests import still_to_ask

REPLY = Reply("yes", None, "stop", "m", None, Timings(1.0, None, 2.0), "")
CASES = [Case("T/0", 0), Case("T/0", 1), Case("T/1", 0)]


def test_a_run_that_begins_asks_for_every_case_in_order_and_says_nothing(tmp_path: Path) -> None:
    said: list[str] = []

    assert list(still_to_ask(ReplyStore(tmp_path), CASES, said.append)) == CASES
    assert said == []


def test_a_resumed_run_asks_for_what_has_no_reply_or_a_damaged_one(tmp_path: Path) -> None:
    store, said = ReplyStore(tmp_path), list[str]()
    store.write("T/0", 0, REPLY)
    store.write("T/1", 0, REPLY).write_text("{")

    assert list(still_to_ask(store, CASES, said.append)) == CASES[1:]
    assert said[0].startswith(f"asking again: {store.path('T/1', 0)} is damaged (")
    assert said[1:] == ["resuming: 1 of 3 replies are there, 2 to ask"]
