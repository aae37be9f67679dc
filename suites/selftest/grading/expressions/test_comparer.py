"""Comparing is bounded: what costs too much ends its process and nothing else, and the next answer is compared."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from servecheck.errors import InfraError
from servecheck.grading.expressions import comparer as under_test
from servecheck.grading.expressions.comparer import Comparer


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Comparer]:
    with Comparer() as found:
        yield found


@pytest.fixture(scope="module")
def quick() -> Iterator[Comparer]:
    with Comparer(cpu_s=1.0) as found:
        yield found


@pytest.mark.parametrize(
    ("answer", "right", "official", "beside"),
    [
        (r"\frac{6}{8}", r"\frac{3}{4}", False, True),
        ("204.", "204", True, False),
        ("2,3", "3,2", False, True),
        ("864", r"864 \mbox{ inches}^2", False, True),
        ("1/2006!", "1/2004!", False, True),
    ],
)
def test_both_rules_are_at_hand(ordinary, answer, right, official, beside):
    assert ordinary.same("prm800k", answer, right) is official
    assert ordinary.same("math_verify", answer, right) is beside


@pytest.mark.parametrize("answer", ["9**9**9+1/2", "9**9**9/7"])
def test_what_takes_too_long_is_not_told_and_harms_no_other(quick, answer):
    assert quick.same("prm800k", answer, r"\sqrt{2}") is None
    assert quick.same("prm800k", "0.5", r"\frac{1}{2}") is True


def test_one_that_an_answer_ends_every_time_is_not_told(quick, monkeypatch):
    monkeypatch.setattr(under_test, "_asked", lambda process, _question: process.kill() or b"")

    assert quick.same("prm800k", "1", "2") is None


@pytest.mark.parametrize("text", ["", "\n", "a\nb", "\x00", "\ud800", "é" * 10_000, "(" * 5000])
def test_any_text_is_compared(ordinary, text):
    assert ordinary.same("prm800k", text, r"\frac{1}{2}") is False


def test_it_has_no_key_of_the_commands(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with Comparer() as found:
        assert found.same("prm800k", "1", "1") is True
        environment = open(f"/proc/{found._process.pid}/environ", "rb").read()  # noqa: PTH123, SIM115

    assert b"secret" not in environment


def test_a_process_that_cannot_begin_is_the_machinerys_fault(monkeypatch):
    monkeypatch.setattr(under_test, "_MODULE", "servecheck.no_such_module")

    with Comparer() as found, pytest.raises(InfraError, match=r"compares expressions ended with 1: .*no_such_module"):
        found.same("prm800k", "1", "2")


def test_one_that_somebody_ends_is_begun_anew_and_asked_again(quick):
    assert quick.same("prm800k", "1", "1") is True
    os.kill(quick._process.pid, signal.SIGKILL)

    assert quick.same("prm800k", "1", "2") is False
