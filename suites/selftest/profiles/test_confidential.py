"""What is hidden where a run is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.profiles.confidential import (
    HIDDEN,
    has_credentials,
    is_secret_name,
    shown_address,
    shown_argument,
    shown_value,
    without_secrets,
)


@pytest.mark.parametrize(
    "name",
    ["HF_TOKEN", "KEY", "apikey", "A_SECRET", "PGPASSWORD", "DB_PASSWD", "DB_PASS", "PROXY_AUTH", "X_CREDENTIALS"],
)
def test_a_name_with_a_secret_s_ending_is_one(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["VLLM_MAX_TOKENS", "SSH_AUTH_SOCK", "BYPASS", "KEY_FILE", "HF_HOME", ""])
def test_another_name_is_none(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HF_TOKEN", "x", HIDDEN),
        ("HTTPS_PROXY", "http://u:p@h:1", HIDDEN),
        ("HTTPS_PROXY", "http://h:1/a@b", "http://h:1/a@b"),
        ("A", "u@h", "u@h"),
    ],
)
def test_a_value_is_hidden_by_its_name_or_by_credentials(name: str, value: str, expected: str) -> None:
    assert shown_value(name, value) == expected


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("HF_TOKEN=x", f"HF_TOKEN={HIDDEN}"),
        ("-eHF_TOKEN=x\ny", f"-eHF_TOKEN={HIDDEN}"),
        ("--env=HF_TOKEN=x", f"--env=HF_TOKEN={HIDDEN}"),
        ("A=http://u:p@h", f"A=http://{HIDDEN}@h"),
        ("HF_TOKEN", "HF_TOKEN"),
        ("--max-model-len=1", "--max-model-len=1"),
    ],
)
def test_an_argument_keeps_all_but_the_secret(argument: str, expected: str) -> None:
    assert shown_argument(argument) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://u:pw@h:1/a/b?token=pw#pw", "https://h:1/a/b"),
        ("http://pw@h", "http://h"),
        ("http://u:p@w@h/x@y", "http://h/x@y"),
        ("//u:pw@h/a", "//h/a"),
        ("http:\\\\u:pw@h\\a", "http:\\\\h\\a"),
        ("/login?next=%2F&sig=pw", "/login"),
        ("/a;jsessionid=pw", "/a"),
        ("u:pw@h/a", "h/a"),
        ("http://u:pw@[::1/a", "http://[::1/a"),
        ("?token=pw", ""),
        ("/v1/models", "/v1/models"),
    ],
)
def test_an_address_is_shown_without_user_query_and_fragment(address: str, expected: str) -> None:
    assert shown_address(address) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see <a href='https://u:pw@h/x?token=pw'>here</a>.", "see <a href='https://h/x'>here</a>."),
        ("at http://h/a?b=pw, and at ws://u:pw@h/c", "at http://h/a and at ws://h/c"),
        ("GET /v1/models?limit=5&api_key=pw HTTP/1.1", f"GET /v1/models?limit=5&api_key={HIDDEN} HTTP/1.1"),
        ("for url: /x?X-Amz-Signature=pw&x=1", f"for url: /x?X-Amz-Signature={HIDDEN}&x=1"),
        ("a/b?sig=pw", f"a/b?sig={HIDDEN}"),
        ("no address: a=b, c://", "no address: a=b, c://"),
    ],
)
def test_somebody_else_s_words_keep_all_but_the_secrets_of_their_addresses(text: str, expected: str) -> None:
    assert without_secrets(text) == expected


_WORD = st.text("abcdefgh", min_size=1, max_size=5)
_SECRET = "T0PSECRET"


@given(
    scheme=st.sampled_from(["http://", "HTTPS://", "//", "redis://", "http:/\\"]),
    user=st.sampled_from(["", f"{_SECRET}@", f"u:{_SECRET}@", f"{_SECRET}:@", f"u@{_SECRET}@"]),
    path=st.lists(_WORD, max_size=3),
    query=st.sampled_from(["", f"?a={_SECRET}", f"?a=1&b={_SECRET}", f"#{_SECRET}", f"?{_SECRET}#x", f";s={_SECRET}"]),
    before=_WORD,
)
def test_no_part_that_holds_secrets_is_ever_shown(
    scheme: str, user: str, path: list[str], query: str, before: str
) -> None:
    address = f"{scheme}{user}h.example:8000/{'/'.join(path)}{query}"

    assert _SECRET not in shown_address(address)
    if not scheme.startswith("/"):
        assert _SECRET not in without_secrets(f"{before} <{address}> after")


@pytest.mark.parametrize("value", ["http://u:p@h", "x=http://h?access_token=1", "/a?b=1&sig=2"])
def test_an_address_with_a_secret_in_it_is_known(value: str) -> None:
    assert has_credentials(value)


@pytest.mark.parametrize("value", ["http://h/a@b", "a?b", "--x=1", '{"max_tokens": 1}'])
def test_a_harmless_value_is_no_secret(value: str) -> None:
    assert not has_credentials(value)
