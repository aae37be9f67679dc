from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest
from servecheck.engines import waited_lock
from servecheck.engines.waited_lock import locked

from suites.selftest.time_limits import NEVER_S


def test_one_that_is_free_is_had_in_silence(tmp_path: Path) -> None:
    said: list[str] = []

    with locked(tmp_path / "cache" / "lock", "another run", said.append):
        assert (tmp_path / "cache" / "lock").exists()

    assert said == []


def test_who_waits_says_so_again_and_again_until_it_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waited_lock, "_POLL_S", 0.01)
    monkeypatch.setattr(waited_lock, "_SAY_EVERY_S", 0.02)
    said: SimpleQueue[str] = SimpleQueue()

    def wait() -> str:
        with locked(tmp_path / "lock", "another run", said.put):
            return "had"

    with ThreadPoolExecutor() as other:
        with locked(tmp_path / "lock", "nobody", said.put):
            waiting = other.submit(wait)

            assert said.get(timeout=NEVER_S) == "waiting for another run"
            assert said.get(timeout=NEVER_S) == "waiting for another run, 0 s so far"
            assert said.get(timeout=NEVER_S).startswith("waiting for another run, ")
            assert not waiting.done()

        assert waiting.result(timeout=NEVER_S) == "had"
