"""``servecheck``: each command reaches its module, and what cannot be done ends with exit code 4."""

from __future__ import annotations

import pytest
from servecheck.__main__ import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_its_use(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: servecheck {name} ")


def test_the_commands_are_listed(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])

    told = capsys.readouterr().out
    assert all(f"{name} " in told and what in told for name, what in COMMANDS.items())


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["comparre", "a"],
        ["compare"],
        ["--json"],
        ["proxy"],
        ["proxy", "--upstream", "http://host", "--port", "many"],
        ["serve", "--port", "many"],
        ["serve", "--such"],
        ["history"],
    ],
)
def test_what_is_no_command_ends_with_4(given, capsys):
    with pytest.raises(SystemExit) as ended:
        main(given)

    assert ended.value.code == 4
    assert capsys.readouterr().err.startswith("usage: servecheck ")


def test_the_exit_code_is_the_commands(tmp_path, capsys):
    assert main(["history", str(tmp_path / "none")]) == 4
    assert "none" in capsys.readouterr().err


def test_keys_that_cannot_be_logged_are_told_before_any_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys"))

    assert main(["proxy", "--upstream", "http://host"]) == 4
    assert "SSLKEYLOGFILE names" in capsys.readouterr().err
