"""What takes long is told while it goes on, and what is quick is not."""

from __future__ import annotations

import io

import pytest
from servecheck.plugin.counted import Counted


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


def test_nothing_is_told_of_what_is_quick(clock: list[float]) -> None:
    file = io.StringIO()
    counted = Counted("prompts", 3, file, lambda: clock[0])

    for number in range(1, 4):
        counted(number)

    assert file.getvalue() == ""


def test_in_a_log_a_line_is_written_now_and_then(clock: list[float]) -> None:
    file = io.StringIO()
    counted = Counted("prompts", 3000, file, lambda: clock[0])

    for number in range(1, 3001):
        clock[0] = number / 200
        counted(number)

    assert file.getvalue() == "servecheck: prompts: 400 of 3,000\nservecheck: prompts: 2,400 of 3,000\n"


def test_on_a_terminal_one_line_is_drawn_again_and_taken_away(clock: list[float]) -> None:
    file = Terminal()
    counted = Counted("prompts", 30, file, lambda: clock[0])

    for number in range(1, 31):
        clock[0] = number / 10
        counted(number)

    assert file.getvalue().startswith("\rservecheck: prompts: 20 of 30\x1b[K\rservecheck: prompts: 22 of 30\x1b[K")
    assert file.getvalue().endswith("\r\x1b[K")
    assert "\n" not in file.getvalue()
