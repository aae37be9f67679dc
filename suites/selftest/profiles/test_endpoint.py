"""Addresses and keys of model servers."""

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.endpoint import checked_base_url, is_loopback, proxy_for


@pytest.mark.parametrize("url", ["http://host:8000/v1", "https://host/v1/", "http://[::1]:8000/v1"])
def test_an_http_address_is_taken_without_trailing_slashes(url: str) -> None:
    assert checked_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        *("host:8000/v1", "", "/v1", "ftp://host/v1", "http://", "http://host:99999/v1", "http://[::1/v1"),
        *("http://h /v1", "http://h/v1\n", "http://h\\v1"),
    ],
)
def test_anything_else_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UsageError, match="give it like http://host:8000/v1"):
        checked_base_url(url)


def test_credentials_are_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as caught:
        checked_base_url("http://user:hunter2@host/v1")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        *((f"http://{host}/v1", True) for host in ("127.0.0.1:1", "localhost", "[::1]", "0.0.0.0:8000", "[::]")),
        *((f"http://{host}/v1", False) for host in ("h", "127.0.0.1.example")),
    ],
)
def test_loopback_is_recognised(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_the_environments_proxy_is_for_other_machines_that_no_proxy_does_not_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "gate:3128")
    monkeypatch.setenv("no_proxy", "direct,fd00::1,10.0.0.0/8,other:8000")

    assert proxy_for("http://other:8001/v1") == "http://gate:3128"
    assert proxy_for("http://host:8000/v1") == "http://gate:3128"
    for url in ("http://direct:8000/v1", "http://[fd00::1]:8000/v1", "http://localhost/v1", "http://0.0.0.0/v1"):
        assert proxy_for(url) is None
    for url in ("http://10.255.0.1:18152/v1", "http://other:8000/v1"):
        assert proxy_for(url) is None


@pytest.mark.parametrize("proxy", ["socks5://user:hidden@gate:1", "http://user:hidden@gate:port", "http://", "foo://x"])
def test_a_proxy_that_cannot_be_used_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "elsewhere")

    with pytest.raises(UsageError, match="put the host in NO_PROXY") as caught:
        proxy_for("http://host/v1")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://h/v1?api_key=pw", "http://h/v1?", "http://h/v1#pw"])
def test_a_query_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="the base URL 'http://h/v1' came with a query or a fragment") as caught:
        checked_base_url(url)
    assert "pw" not in str(caught.value)
