"""Which hosts NO_PROXY names, as curl, requests and Go read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.profiles.no_proxy import is_named


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "expected"),
    [
        ("localhost,10.0.0.0/8", "10.255.0.1", 18152, True),
        ("localhost,10.0.0.0/8", "11.0.0.1", 80, False),
        ("localhost 10.0.0.0/8", "10.0.0.1", 80, True),
        ("10.0.0.5/8", "10.9.9.9", 80, True),
        ("10.0.0.0/8", "host", 80, False),
        ("10.0.0.1", "10.0.0.1", 80, True),
        ("10.0.0.1", "10.0.0.10", 80, False),
        ("10.0.0.1:8000", "10.0.0.1", 8000, True),
        ("10.0.0.1:8000", "10.0.0.1", 8001, False),
        ("fd00::/8", "fd00::1", 80, True),
        ("fd00::1", "fd00:0:0::1", 80, True),
        ("[fd00::1]:8000", "fd00::1", 8000, True),
        ("[fd00::1]:8000", "fd00::1", 80, False),
        ("[fd00::1]", "fd00::1", 80, True),
        ("10.0.0.0/8", "::ffff:10.0.0.1", 80, True),
        ("*", "host", 80, True),
        ("a,*", "10.0.0.1", 80, True),
        ("Example.COM", "example.com", 80, True),
        ("example.com", "api.example.com", 80, True),
        ("example.com", "notexample.com", 80, False),
        (".example.com", "api.example.com", 80, True),
        (".example.com", "example.com", 80, True),
        ("*.example.com", "api.example.com", 80, True),
        ("example.com:8000", "api.example.com", 8000, True),
        ("example.com:8000", "api.example.com", 80, False),
        ("example.com.", "example.com", 80, True),
        ("example.com", "example.com.", 80, True),
        ("", "host", 80, False),
        (", ,.", "host", 80, False),
        ("10.0.0.0/33,10.0.0.0/x", "10.0.0.1", 80, False),
    ],
)
def test_an_entry_names_a_host(no_proxy: str, host: str, port: int, expected: bool) -> None:
    assert is_named(no_proxy, host, port) is expected


@given(st.text(), st.text(min_size=1), st.integers(1, 65535))
def test_any_value_is_read(no_proxy: str, host: str, port: int) -> None:
    assert is_named(no_proxy, host, port) in (True, False)
