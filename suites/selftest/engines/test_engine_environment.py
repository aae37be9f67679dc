"""What a manifest has of an engine's variables."""

from servecheck.engines.engine_environment import told, told_command


def test_secrets_are_left_out_by_their_names_and_by_credentials() -> None:
    environment = {"HF_TOKEN": "x", "DB_PASS": "x", "HTTPS_PROXY": "http://u:p@h:1", "HF_HOME": "/data"}

    assert told(environment) == {
        **dict.fromkeys(("HF_TOKEN", "DB_PASS", "HTTPS_PROXY"), "(not recorded)"),
        "HF_HOME": "/data",
    }


def test_a_command_s_secrets_are_left_out_be_they_the_profile_s_or_the_machine_s() -> None:
    command = ("docker", "run", "-e", "A=http://u:p@h", "-e", "B=", "-eHF_TOKEN=x", "--proxy=http://u:p@h", "image")

    assert told_command(command, {"A": "http://u:p@h", "B": ""}) == [
        *("docker", "run", "-e", "A=(not recorded)", "-e", "B=", "-eHF_TOKEN=(not recorded)"),
        *("--proxy=http://(not recorded)@h", "image"),
    ]
