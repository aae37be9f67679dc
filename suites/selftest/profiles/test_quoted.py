"""What somebody else said stands in a message without acting on anything and without a secret."""

from __future__ import annotations

import pytest
from servecheck.profiles.quoted import quoted

_SECRET = "T0PSECRET"


def test_a_quotation_is_one_bounded_line_that_no_terminal_obeys() -> None:
    text = quoted("a\nb\x1b\u202e" + "x" * 1000)

    assert text.startswith(r"a\nb\x1b\u202exxx")
    assert text.endswith("x…")
    assert (len(text), text.isprintable()) == (500, True)
    assert quoted("abcdef", 4) == "abc…"


def test_a_quotation_of_control_characters_is_no_longer_than_another() -> None:
    assert len(quoted("\U000e0001" * 10_000)) == 500


def test_a_quotation_has_neither_the_key_nor_a_secret_that_it_is_cut_within(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    address = f"http://user:{_SECRET}@h/x?token={_SECRET}"

    assert quoted(f"bad key sk-secret of {address}") == "bad key [key] of http://h/x"
    assert _SECRET[:3] not in quoted(address, len(f"http://user:{_SECRET[:4]}"))


def test_a_stand_in_for_a_key_is_left_in_a_quotation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    assert quoted("EMPTY is no key") == "EMPTY is no key"
