"""The command lines that start engines."""

import shlex
from pathlib import PurePosixPath
from typing import Any

import pytest
from servecheck.engines.launch import (
    Container,
    Engine,
    Launch,
    compose_launch,
    llamacpp_command,
    planned_launch,
    vllm_command,
    vllm_launch,
)
from servecheck.profiles.schema import Profile, SpeculativeDecoding

BOX = Container("box", PurePosixPath("/cache"), (PurePosixPath("/w"),), ("--runtime=nvidia",))


def profile(backend: Any, **keys: Any) -> Profile:
    return Profile(name="p", model="org/m", backend=backend, **keys)


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (Engine("executable", "/opt/vllm"), "/opt/vllm serve /w --host 127.0.0.1 --port 9 --served-model-name org/m"),
        (
            Engine("python", "/env/python"),
            "/env/python -m vllm.entrypoints.openai.api_server --model /w --host 127.0.0.1 --port 9"
            " --served-model-name org/m",
        ),
        (
            Engine("image", "vllm/vllm-openai:v0.32.0"),
            "docker run --rm -i --init --name box --gpus all --ipc=host -p 127.0.0.1:9:8000"
            " -v /cache:/root/.cache/huggingface -v /w:/w:ro -e A=b --runtime=nvidia vllm/vllm-openai:v0.32.0"
            " --model /w --host 0.0.0.0 --port 8000 --served-model-name org/m",
        ),
    ],
)
def test_vllm_starts_from_a_program_an_environment_or_an_image(engine: Engine, expected: str) -> None:
    own = profile("vllm", flags={"enforce-eager": True}, environment={"A": "b"})

    assert vllm_command(own, engine, "/w", 9, BOX) == [*expected.split(), "--enforce-eager"]


def test_llama_cpp_starts_from_a_program_or_an_image() -> None:
    own = profile("llamacpp", flags={"-np": 1}, served_name="a b")

    assert llamacpp_command(own, Engine("executable", "llama-server"), "/w/m.gguf", 9) == [
        *("llama-server", "--model", "/w/m.gguf", "--alias", "a b", "--host", "127.0.0.1", "--port", "9"),
        *("--metrics", "-np", "1"),
    ]
    assert llamacpp_command(own, Engine("image", "i"), "/w/m.gguf", 9, Container("box")) == [
        *("docker", "run", "--rm", "-i", "--init", "--name", "box", "--gpus", "all", "--ipc=host"),
        *("-p", "127.0.0.1:9:8080", "i", "--model", "/w/m.gguf", "--alias", "a b"),
        *("--host", "0.0.0.0", "--port", "8080", "--metrics", "-np", "1"),
    ]


def test_an_image_gets_no_gpu_where_the_profile_needs_none() -> None:
    command = vllm_command(profile("vllm", gpus=0), Engine("image", "i"), "w", 9, Container("box"))

    assert "--gpus" not in command


def test_variables_go_to_the_process_or_into_the_container() -> None:
    own = profile("vllm", environment={"A": "b"})

    assert vllm_launch(own, Engine("executable", "vllm"), "w", 9).environment == {"A": "b"}
    assert vllm_launch(own, Engine("image", "i"), "w", 9, Container("box")).environment == {}


def test_what_is_shown_can_be_pasted() -> None:
    launch = Launch(("run", "a b", "it's"), {"X": "1 2"}, PurePosixPath("/my dir"))

    assert shlex.split(launch.shown) == ["cd", "/my dir", "&&", "X=1 2", "run", "a b", "it's"]


def test_a_compose_file_gets_the_keys_of_models_conf() -> None:
    flags: dict[str, Any] = {"ctx-size": 16384, "n-gpu-layers": 99, "fit": "off", "-np": 1, "-ot": r"blk\.1=CPU"}

    launch = compose_launch(profile("llamacpp", compose_file="c.yml", flags=flags), "m.gguf", 8080)

    assert launch.command == ("docker", "compose", "-f", "c.yml", "up", "--no-color")
    assert launch.environment == {
        **{"NAME": "org/m", "MODEL": "m.gguf", "CTX_SIZE": "16384", "N_GPU_LAYERS": "99", "FIT": "off"},
        **{"EXTRA_ARGS": r"--metrics -np 1 -ot blk\.1=CPU", "PORT": "8080"},
    }


@pytest.mark.parametrize(
    ("keys", "begins"),
    [
        ({"backend": "vllm"}, "vllm serve org/m "),
        ({"backend": "vllm", "python": "/p", "weights": "/w"}, "/p -m vllm.entrypoints.openai.api_server --model /w "),
        ({"backend": "vllm", "image": "i"}, "docker run --rm -i --init --name servecheck-p --gpus all "),
        ({"backend": "llamacpp"}, "llama-server --model WEIGHTS "),
        ({"backend": "llamacpp", "weights": "a/m.gguf"}, "llama-server --model MODELS/a/m.gguf "),
        ({"backend": "llamacpp", "compose_file": "c.yml"}, "NAME=org/m MODEL=WEIGHTS EXTRA_ARGS=--metrics PORT=PORT "),
    ],
)
def test_a_plan_has_words_for_what_only_the_machine_knows(keys: dict[str, Any], begins: str) -> None:
    assert planned_launch(profile(**keys)).shown.startswith(begins)


def test_a_container_has_its_own_gpus_and_not_what_names_them_outside() -> None:
    profile = Profile(name="p", model="m", backend="vllm", environment={"CUDA_VISIBLE_DEVICES": "2,3", "X": "1"})
    container = Container("c", gpus='"device=2,3"', settled=("CUDA_VISIBLE_DEVICES",))

    command = vllm_command(profile, Engine("image", "i"), "m", 1, container)

    assert command[command.index("--gpus") + 1] == '"device=2,3"'
    assert [command[at + 1] for at, word in enumerate(command) if word == "-e"] == ["X=1"]


def test_what_drafts_stands_below_the_folder_of_models_as_the_weights_do() -> None:
    speculation = SpeculativeDecoding(method="draft_model", model="d.gguf", tokens=4)

    shown = planned_launch(profile("llamacpp", weights="m.gguf", speculation=speculation)).shown

    assert "--model MODELS/m.gguf" in shown
    assert "--spec-type draft-simple --spec-draft-model MODELS/d.gguf --spec-draft-n-max 4" in shown


def test_an_absolute_path_is_not_below_the_folder_of_models() -> None:
    shown = planned_launch(profile("llamacpp", weights="/w/m.gguf")).shown

    assert "--model /w/m.gguf" in shown
