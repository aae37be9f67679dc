from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.engines.machine import Machine, load_machine
from servecheck.errors import UsageError


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "machine.toml"
    monkeypatch.setenv("SERVECHECK_MACHINE", str(path))
    return path


def test_each_engine_has_its_table(settings: Path) -> None:
    settings.write_text(
        '[vllm]\npython = "/opt/vllm/bin/python"\nenvironment = {HF_HOME = "/data"}\n'
        '[llamacpp]\nimage = "llama"\ndocker_arguments = ["--runtime=nvidia"]\nmodels = "/data/gguf"\n'
    )

    machine = load_machine()

    assert (machine.of("vllm").python, machine.of("vllm").environment) == ("/opt/vllm/bin/python", {"HF_HOME": "/data"})
    assert (machine.of("llamacpp").image, machine.of("llamacpp").models) == ("llama", "/data/gguf")
    assert machine.of("llamacpp").docker_arguments == ["--runtime=nvidia"]


def test_a_machine_without_settings_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVECHECK_MACHINE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    assert load_machine() == Machine()


def test_the_users_configuration_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVECHECK_MACHINE", raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / name)
    (tmp_path / "servecheck").mkdir()
    (tmp_path / "servecheck" / "machine.toml").write_text('[vllm]\nimage = "here"\n')

    assert load_machine().of("vllm").image == "here"


def test_a_file_that_is_named_must_exist(settings: Path) -> None:
    with pytest.raises(UsageError, match=r"SERVECHECK_MACHINE names .*machine\.toml, which does not exist"):
        load_machine()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[vlm]\n", r"unknown key 'vlm': did you mean 'vllm'\?"),
        ('[vllm]\nexecutabel = "x"\n', r"unknown key 'vllm.executabel': did you mean 'executable'\?"),
        ('[llamacpp]\npython = "x"\n', r"unknown key 'llamacpp.python': there are: .*models"),
        ("[vllm]\nimage = 3\n", "vllm.image: Input should be a valid string"),
        ("[vllm]\nenvironment = {A = 1}\n", "vllm.environment.A: Input should be a valid string"),
        ('[vllm]\nimage = "a"\npython = "b"\n', "vllm: python and image are set; keep one"),
        ("[vllm\n", "is no TOML"),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1"), "is no UTF-8 text .byte 0.: save it as UTF-8"),
    ],
)
def test_faults_are_told_with_file_and_key(settings: Path, text: str | bytes, message: str) -> None:
    settings.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(UsageError, match=rf"machine\.toml:? .*{message}"):
        load_machine()
