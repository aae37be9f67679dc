"""Comparing is bounded: what costs too much ends its process and nothing else, and the next answer is compared."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from servecheck.errors import InfraError
from servecheck.grading.expressions import comparer as under_test
from servecheck.grading.expressions.comparer import Comparer, comparer

# Compares texts, and begins in no time; what is large it compares only at first, and what is huge never.
STAND_IN = """
import json, os, sys
for number, line in enumerate(sys.stdin):
    _, answer, right = json.loads(line)
    if answer == "huge" or number and answer == "large":
        os.abort()
    print(json.dumps(answer == right), flush=True)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Comparer]:
    """One with a process that knows no mathematics."""
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    monkeypatch.setattr(under_test, "_MODULE", "stand_in")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Comparer() as found:
        yield found


@pytest.fixture
def struck(monkeypatch: pytest.MonkeyPatch):
    """Have so many questions end their process by that signal."""

    def strike(number: signal.Signals, times: int) -> None:
        left, asked = [number] * times, under_test._asked

        def asked_or_ended(process, question):
            if left:
                os.kill(process.pid, left.pop())
                return b""
            return asked(process, question)

        monkeypatch.setattr(under_test, "_asked", asked_or_ended)

    return strike


def test_what_takes_too_long_is_not_told():
    with Comparer(cpu_s=0.5) as impatient:
        assert impatient.same("prm800k", "9**9**9+1/2", r"\sqrt{2}") is None


@pytest.mark.parametrize("text", ["", "\n", "a\nb", "\x00", "\ud800", "é" * 10_000, "(" * 5000])
def test_any_text_is_compared(text):
    assert comparer().same("prm800k", text, r"\frac{1}{2}") is False


@pytest.mark.parametrize(
    ("number", "times"), [(signal.SIGPROF, 1), (signal.SIGSEGV, 2), (signal.SIGBUS, 2), (signal.SIGABRT, 2)]
)
def test_one_that_an_answer_ends_every_time_is_not_told_and_harms_no_other(stand_in, struck, number, times):
    struck(number, times)

    assert stand_in.same("prm800k", "1", "1") is None
    assert stand_in.same("prm800k", "2", "2") is True


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
def test_one_that_something_ends_once_is_asked_again(stand_in, struck, number):
    struck(number, 1)

    assert stand_in.same("prm800k", "1", "1") is True


def test_one_that_had_too_little_memory_left_is_asked_in_a_new_process(stand_in):
    assert stand_in.same("prm800k", "1", "1") is True
    assert stand_in.same("prm800k", "large", "large") is True
    assert stand_in.same("prm800k", "huge", "huge") is None
    assert stand_in.same("prm800k", "2", "2") is True


def test_one_that_somebody_ends_every_time_is_the_machinerys_fault(stand_in, struck):
    struck(signal.SIGKILL, 2)

    with pytest.raises(InfraError, match=r"was ended by SIGKILL, 2 times: .*short of memory"):
        stand_in.same("prm800k", "1", "1")


def test_after_a_ctrl_c_no_question_gets_the_answer_to_another(stand_in, monkeypatch):
    def broken_off(process, question):
        os.write(process.stdin.fileno(), question + b"\n")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(under_test, "_asked", broken_off)
        with pytest.raises(KeyboardInterrupt):
            stand_in.same("prm800k", "1", "1")

    assert stand_in.same("prm800k", "1", "2") is False


def test_no_pair_is_compared_twice(stand_in, monkeypatch):
    assert stand_in.same("prm800k", "1", "2") is False
    monkeypatch.setattr(under_test, "_asked", None)

    assert stand_in.same("prm800k", "1", "2") is False


def test_it_has_no_key_of_the_commands(stand_in, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert stand_in.same("prm800k", "1", "1") is True
    environment = Path(f"/proc/{stand_in._process.pid}/environ").read_bytes()

    assert b"secret" not in environment


def test_it_takes_no_module_from_the_folder_that_the_command_is_in(stand_in, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path / "here")

    assert stand_in.same("prm800k", "1", "1") is True


def test_a_process_that_cannot_begin_is_the_machinerys_fault(monkeypatch):
    monkeypatch.setattr(under_test, "_MODULE", "servecheck.no_such_module")

    with Comparer() as found, pytest.raises(InfraError, match=r"compares expressions ended with 1: .*no_such_module"):
        found.same("prm800k", "1", "2")


@pytest.mark.slow
def test_what_breaks_is_told_in_its_own_words():
    with Comparer() as found, pytest.raises(InfraError, match=r"ended with 1: (?s:.*)KeyError: 'nobodys'"):
        found.same("nobodys", "1", "2")
