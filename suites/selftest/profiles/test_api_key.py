"""The key is the environment's; one that no header carries is refused before a library can repeat it."""

from __future__ import annotations

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.api_key import api_key, sendable_key


def test_it_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")

    assert (api_key(), sendable_key()) == ("sk-1", "sk-1")


@pytest.mark.parametrize("unset", [True, False])
def test_without_one_a_placeholder_is_sent(monkeypatch: pytest.MonkeyPatch, unset: bool) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    if unset:
        monkeypatch.delenv("OPENAI_API_KEY")

    assert (api_key(), sendable_key()) == ("EMPTY", "EMPTY")


@pytest.mark.parametrize("key", ["sk-1\n", " sk-1", "sk-1 ", "sk\r\nX-More: 1", "schlüssel", "\x7f"])
def test_one_that_no_header_can_carry_is_refused_unquoted(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)

    with pytest.raises(UsageError, match="OPENAI_API_KEY holds a character that no HTTP header can carry") as caught:
        sendable_key()
    assert key.strip() not in str(caught.value)
