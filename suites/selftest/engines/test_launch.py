"""The command lines that start engines, of each engine's own file."""

import shlex
from pathlib import PurePosixPath
from typing import Any

import pytest
from servecheck.backends.llamacpp import SPEC as LLAMACPP
from servecheck.backends.vllm import SPEC as VLLM
from servecheck.engines.compose import compose_launch
from servecheck.engines.launch import Container, Engine, Launch
from servecheck.engines.machine import EngineSettings, Machine
from servecheck.engines.started_engine import StartedEngine, planned_launch
from servecheck.profiles.schema import Profile, SpeculativeDecoding

BOX = Container("box", PurePosixPath("/cache"), (PurePosixPath("/w"),), ("--runtime=nvidia",))


def command(spec: StartedEngine, profile: Profile, engine: Engine, weights: str, *container: Container) -> list[str]:
    return list(spec.launch(profile, engine, weights, 9, *container).command)


def shown(profile: Profile, machine: Machine | None = None) -> str:
    launch = planned_launch(profile, machine)
    assert launch is not None
    return launch.shown


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

    assert command(VLLM, own, engine, "/w", BOX) == [*expected.split(), "--enforce-eager"]


def test_llama_cpp_starts_from_a_program_or_an_image() -> None:
    own = profile("llamacpp", flags={"-np": 1}, served_name="a b")

    assert command(LLAMACPP, own, Engine("executable", "llama-server"), "/w/m.gguf") == [
        *("llama-server", "--model", "/w/m.gguf", "--alias", "a b", "--host", "127.0.0.1", "--port", "9"),
        *("--metrics", "-np", "1"),
    ]
    assert command(LLAMACPP, own, Engine("image", "i"), "/w/m.gguf", Container("box")) == [
        *("docker", "run", "--rm", "-i", "--init", "--name", "box", "--gpus", "all", "--ipc=host"),
        *("-p", "127.0.0.1:9:8080", "i", "--model", "/w/m.gguf", "--alias", "a b"),
        *("--host", "0.0.0.0", "--port", "8080", "--metrics", "-np", "1"),
    ]


def test_an_image_gets_no_gpu_where_the_profile_needs_none() -> None:
    arguments = command(VLLM, profile("vllm", gpus=0), Engine("image", "i"), "w", Container("box"))

    assert "--gpus" not in arguments


def test_variables_go_to_the_process_or_into_the_container() -> None:
    own = profile("vllm", environment={"A": "b"})

    assert VLLM.launch(own, Engine("executable", "vllm"), "w", 9).environment == {"A": "b"}
    assert VLLM.launch(own, Engine("image", "i"), "w", 9, Container("box")).environment == {}


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
    assert shown(profile(**keys)).startswith(begins)


def test_a_container_has_its_own_gpus_and_not_what_names_them_outside() -> None:
    profile = Profile(name="p", model="m", backend="vllm", environment={"CUDA_VISIBLE_DEVICES": "2,3", "X": "1"})
    container = Container("c", gpus='"device=2,3"', settled=("CUDA_VISIBLE_DEVICES",))

    arguments = command(VLLM, profile, Engine("image", "i"), "m", container)

    assert arguments[arguments.index("--gpus") + 1] == '"device=2,3"'
    assert [arguments[at + 1] for at, word in enumerate(arguments) if word == "-e"] == ["X=1"]


def test_what_drafts_stands_below_the_folder_of_models_as_the_weights_do() -> None:
    speculation = SpeculativeDecoding(method="draft_model", model="d.gguf", tokens=4)

    line = shown(profile("llamacpp", weights="m.gguf", speculation=speculation))

    assert "--model MODELS/m.gguf" in line
    assert "--spec-type draft-simple --spec-draft-model MODELS/d.gguf --spec-draft-n-max 4" in line


def test_an_absolute_path_is_not_below_the_folder_of_models() -> None:
    line = shown(profile("llamacpp", weights="/w/m.gguf"))

    assert "--model /w/m.gguf" in line


def test_what_is_shown_of_a_start_is_the_machines_own() -> None:
    machine = Machine({"vllm": EngineSettings(python="/venv/bin/python", environment={"HF_HOME": "/data"})})

    launch = planned_launch(profile("vllm"), machine)

    assert launch is not None
    assert launch.command[:3] == ("/venv/bin/python", "-m", "vllm.entrypoints.openai.api_server")
    assert launch.environment == {"HF_HOME": "/data"}
    assert planned_launch(Profile(name="p", model="m"), machine) is None


def test_the_machines_folder_of_models_is_shown() -> None:
    wanted = Profile(name="p", model="m", backend="llamacpp", weights="a/b.gguf")

    launch = planned_launch(wanted, Machine({"llamacpp": EngineSettings(models="/models")}))

    assert launch is not None
    assert launch.command[:3] == ("llama-server", "--model", "/models/a/b.gguf")
