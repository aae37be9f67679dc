"""``SSLKEYLOGFILE``: what Python's ``ssl`` could not write is told by the variable's name, before it is met."""

from __future__ import annotations

import ssl

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.key_log import check_key_log


def test_a_file_that_can_be_written_is_left_as_it_is(tmp_path, monkeypatch):
    path = tmp_path / "keys"
    path.write_bytes(b"before\n")
    monkeypatch.setenv("SSLKEYLOGFILE", str(path))

    check_key_log()

    assert path.read_bytes() == b"before\n"


@pytest.mark.parametrize("value", [None, ""])
def test_none_is_no_fault(value, monkeypatch):
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    if value is not None:
        monkeypatch.setenv("SSLKEYLOGFILE", value)

    check_key_log()


@pytest.mark.parametrize(("name", "why"), [("none/keys", "No such file"), ("", "Is a directory")])
def test_what_ssl_would_fail_at_is_named(name, why, tmp_path, monkeypatch):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / name))

    with pytest.raises(OSError, match=why):
        ssl.create_default_context()
    with pytest.raises(UsageError, match=rf"SSLKEYLOGFILE names .*cannot be written \({why}.*: unset it, or name a"):
        check_key_log()
