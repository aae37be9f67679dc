"""The progress line: what it says, and that it stays out of the way of what pytest writes."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import threading
from types import SimpleNamespace

import pytest
from servecheck.generation.queue import Progress
from servecheck.plugin.progress import ProgressLine

from suites.selftest.time_limits import NEVER_S

_LETTERS = re.compile(r"test_humaneval\.py ([.u]*)")


def _line(
    progress: Progress | None,
    *,
    graded: int = 0,
    verbosity: int = -1,
    left: str = "",
    is_asking: bool = False,
    tokens_per_s: float | None = None,
) -> ProgressLine:
    """A line that is not drawn, since there is no terminal reporter (``-p no:terminal``)."""
    config = SimpleNamespace(
        pluginmanager=SimpleNamespace(get_plugin=dict[str, None]().get),
        get_verbosity=lambda: verbosity,
    )
    asking = SimpleNamespace(progress=progress, left=left, is_asking=is_asking, tokens_per_s=tokens_per_s)
    line = ProgressLine(config, 44, asking)
    for index in range(graded):
        line.graded(solved=index % 2 == 0)
    return line


def test_before_anything_is_graded_it_guesses_no_time():
    assert _line(Progress(44, asked=16, started_at=0.0)).text() == "asked 16/44, answered 0, graded 0/44, solved 0"


def test_given_replies_are_only_graded():
    assert re.fullmatch(r"graded 11/44, solved 6, about \d+ s left", _line(None, graded=11).text())


def test_failures_and_tokens_are_shown_once_there_are_any():
    text = _line(Progress(44, asked=20, done=3, failed=2), is_asking=True, tokens_per_s=512.4).text()

    assert text == "asked 20/44, answered 3, 2 failed, graded 0/44, solved 0, 512 tokens/s"


def test_while_anything_is_asked_the_time_left_is_that_of_asking():
    text = _line(Progress(44, asked=44, done=20), graded=10, left="about 3 min 0 s left", is_asking=True).text()

    assert text == "asked 44/44, answered 20, graded 10/44, solved 5, about 3 min 0 s left"


def test_afterwards_it_is_that_of_grading_and_no_speed_of_the_server_is_shown():
    text = _line(Progress(44, asked=44, done=44), graded=10, tokens_per_s=512.4).text()

    assert re.fullmatch(r"asked 44/44, answered 44, graded 10/44, solved 5, about \d+ s left", text)


def test_a_log_is_told_what_is_new_and_not_that_time_goes_by():
    asking = SimpleNamespace(progress=Progress(44, asked=16), left="about 9 s left", is_asking=True, tokens_per_s=None)
    line = _line(None)
    line._asking = asking

    assert re.fullmatch(r"servecheck: after \d+ s: asked 16/44, .*, about 9 s left", line.news())
    asking.left = "about 2 min 7 s left"
    assert line.news() == ""
    asking.left = "about 2 min 9 s left, no reply for 41 s"
    assert line.news().endswith("no reply for 41 s")
    asking.left = "about 3 min 9 s left, no reply for 2 min 5 s"
    assert line.news() == ""
    asking.progress = Progress(44, asked=17, done=1)
    assert "asked 17/44, answered 1" in line.news()


def test_closing_twice_does_nothing():
    line = _line(None)

    line.close()
    line.close()


def _screen(output: str) -> list[str]:
    """What a terminal shows in the end; knows the controls that the line and pytest use."""
    rows, row, column = [""], 0, 0
    for control, text in re.findall(r"(\x1b\[\d*(?:;\d+)*[A-Za-z]|[\r\n])|([^\x1b\r\n]+)", output):
        if control == "\r":
            column = 0
        elif control == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif control == "\x1b[A":
            row -= 1
        elif control == "\x1b[K":
            rows[row] = rows[row][:column]
        elif control == "\x1b[J":
            rows[row:] = [rows[row][:column]]
        elif control.endswith("C"):
            column += int(control[2:-1])
        elif text:
            rows[row] = rows[row][:column].ljust(column) + text + rows[row][column + len(text) :]
            column += len(text)
    return rows


@pytest.mark.slow
def test_on_a_terminal_it_is_drawn_while_a_test_waits_and_leaves_nothing(
    suite_environment, command, slow_server, tmp_path
):
    ours, theirs = pty.openpty()
    arguments = command(tmp_path, f"--base-url={slow_server(1.0)}", "--problems=starter")
    # pytest asks the terminal for its width where COLUMNS does not tell
    environment = {**suite_environment, "COLUMNS": "100", "TERM": "xterm"}
    output = bytearray()

    def read() -> None:
        try:
            while data := os.read(ours, 65536):
                output.extend(data)
        except OSError:
            return  # EIO: the other end is closed

    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        arguments, env=environment, stdout=theirs, stderr=theirs, stdin=theirs, timeout=NEVER_S, check=False
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    text = output.decode()
    screen = _screen(text)

    assert done.returncode == 0
    assert "asked 16/44, answered 0, graded 0/44, solved 0" in text
    assert not any("answered" in row for row in screen)
    assert any(_LETTERS.search(row) and _LETTERS.search(row)[1] == 44 * "u" for row in screen)
