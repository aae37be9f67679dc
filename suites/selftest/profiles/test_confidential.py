"""What is hidden where a run is shown."""

import pytest

from fixtures.profiles.confidential import HIDDEN, is_secret_name, shown_argument, shown_value


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
