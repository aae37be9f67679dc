"""Lines as vLLM 0.32 logs them: those marked were taken from its logs, the others from the messages in its source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from servecheck.engines.llamacpp_failures import LLAMACPP
from servecheck.engines.start_failure import Cause, find_cause, first_error, log_since
from servecheck.engines.vllm_failures import VLLM

WORKER = "(Worker pid=3563) ERROR 11-22 19:18:50 [multiproc_executor.py:1063] "
# what vLLM ends with, whatever the cause
END = "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}\n"

LOGGED = {
    "a flag that this vLLM does not have": "api_server.py: error: unrecognized arguments: --no-such-flag",
    "a flag's value that this vLLM does not take": (
        "api_server.py: error: argument --kv-cache-dtype: invalid choice: 'fp9' (choose from 'auto', 'fp8')"
    ),
    "weights that do not exist under this name": (
        "huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name': '/tmp/none'."
    ),
    "weights that are missing or not whole": f"{WORKER}RuntimeError: Cannot find any model weights with `/tmp/x`",
    "weights that are not on this machine, and may not be downloaded (HF_HUB_OFFLINE)": (
        "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for the "
        "specified revision on the local disk and outgoing traffic has been disabled."
    ),
    "a context longer than the model's": (
        "  Value error, User-specified max_model_len (88000) is greater than the derived max_model_len "
        "(max_position_embeddings=2048.0 or model_max_length=None in model's config.json)."
    ),
    "a model that this version of the engine does not know": (
        "  Value error, Model architectures ['Glm9MoeForCausalLM'] are not supported for now. Supported: dict_keys(["
    ),
    "too little memory for the KV cache": (
        f"{WORKER}ValueError: Available memory on node 0 (8.71/10.71 GiB) on kv cache allocation is less than "
        "requested memory for kv (400.0 GiB). Decrease --kv-cache-memory-bytes, VLLM_CPU_KVCACHE_SPACE."
    ),
    "a parser that this vLLM does not have": (
        "KeyError: 'invalid tool call parser: openai (chose from { deepseek_v3, glm45 })'"
    ),
    "too little free memory for the share of it that vLLM wants": (
        f"{WORKER}ValueError: Available memory on node 0 (21.18/23.59 GiB) on startup is less than desired CPU memory "
        "utilization (0.92, 21.7 GiB). On the CPU backend, the `--gpu-memory-utilization` flag controls it."
    ),
    "more parallel workers than this machine's processor has nodes for": (
        "AssertionError: Not enough allowed NUMA nodes to bind threads of 4 local CPUWorkers."
    ),
    "its port was taken by another process": "OSError: [Errno 98] Address already in use",
    "vLLM is not installed in that environment": (
        "/opt/bin/python: Error while finding module specification for 'vllm.entrypoints.openai.api_server' "
        "(ModuleNotFoundError: No module named 'vllm')"
    ),
}
FROM_SOURCE = {
    "out of memory": f"{WORKER}torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
    "too little memory beside the weights": "ValueError: No available memory for the cache blocks. Try increasing",
    "other programs use the GPU's memory": (
        "ValueError: Free memory on device cuda:0 (3.1/139.8 GiB) on startup is less than desired GPU memory "
        "utilization (0.95, 132.8 GiB)."
    ),
    "too little memory for one request of the full context": (
        "ValueError: To serve at least one request with the model's max seq len (88000), (9.0 GiB KV cache is needed, "
        "which is larger than the available KV cache memory (3.0 GiB). The estimated maximum model length is 29000."
    ),
    "no GPU that this vLLM can use": "RuntimeError: No CUDA GPUs are available",
    "fewer GPUs than the profile's tensor parallelism takes": (
        "ValueError: World size (4) is larger than the number of available GPUs (1) in this node."
    ),
    "weights that may be downloaded only with a token": (
        "huggingface_hub.errors.GatedRepoError: 401 Client Error. Access to model x is restricted."
    ),
    "weights that cannot be downloaded, as their server is not reached": (
        "httpx.ConnectError: [Errno -3] Temporary failure in name resolution"
    ),
    "a quantisation that this GPU cannot compute": (
        "ValueError: The quantization method modelopt_fp4 is not supported for the current GPU. Minimum capability."
    ),
    "this package of vLLM cannot be started by its console script": (
        "importlib.metadata.PackageNotFoundError: No package metadata was found for vllm"
    ),
    "the disk is full": "OSError: [Errno 28] No space left on device",
}


@pytest.mark.parametrize(("what", "line"), (LOGGED | FROM_SOURCE).items())
def test_a_cause_is_found_by_its_line(what: str, line: str) -> None:
    found = find_cause(VLLM, f"INFO: starting\n{line}\n  File x.py, line 3\n{END}")

    assert found is not None
    assert found.cause.what == what
    assert found.evidence == line.removeprefix(WORKER).strip()
    assert str(found).endswith(f"): {found.cause.remedy}")


@pytest.mark.parametrize(
    "line",
    [
        "KeyError: 'invalid reasoning parser: glm99 (chose from { glm45,qwen3 })'",
        "KeyError: \"Reasoning parser 'qwen25' not found. Available parsers: glm45\"",
    ],
)
def test_either_kind_of_parser_is_named_as_each_version_words_it(line: str) -> None:
    found = find_cause(VLLM, f"(APIServer pid=9) {line}\n")

    assert found is not None
    assert (found.cause.what, found.evidence) == ("a parser that this vLLM does not have", line)


def test_a_cause_far_above_the_end_is_found(tmp_path: Path) -> None:
    path = tmp_path / "log"
    line = f"{WORKER}{FROM_SOURCE['no GPU that this vLLM can use']}"
    path.write_text(f"{line}\n" + "  File x.py, line 3, in a_wrapper\n" * 130_000 + END)

    found = find_cause(VLLM, log_since(path, 0))

    assert path.stat().st_size > 4 << 20
    assert found is not None
    assert found.cause.what == "no GPU that this vLLM can use"


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (
            f"{WORKER}Traceback (most recent call last):\n{WORKER}  File x\n{WORKER}vllm.x.NewError: no such thing\n"
            f"Traceback (most recent call last):\n  raise e\n{END}",
            "vllm.x.NewError: no such thing",
        ),
        (END, None),
        ("WARNING: it raised ValueError: x\nERROR: bad\n", None),
        ("ValueError: \x1b[2J" + "x" * 999, "ValueError: \\x1b[2J" + "x" * 280 + "…"),
    ],
)
def test_of_an_unknown_cause_the_first_error_is_told(log: str, told: str | None) -> None:
    assert first_error(log) == told


def test_only_a_taken_port_is_met_with_another_port() -> None:
    causes = [cause.what for cause in VLLM if cause.port_taken]
    found = find_cause((), "OSError: [Errno 98] Address already in use")

    assert causes == []
    assert found is not None
    assert found.cause.port_taken


@pytest.mark.parametrize(
    "log",
    [
        END,
        "",
        "WARNING: Address already in use. Retrying with a new port.\n",  # of a port of its own
        'raise RuntimeError("out")\n',
        "WARNING [interface.py] Failed to import from vllm._C: ModuleNotFoundError(\"No module named 'vllm._C'\")\n",
        "WARNING Failed to import from vllm._C with ImportError: No module named 'vllm._C'\n",
        "'(MaxRetryError(\"HTTPSConnectionPool: Max retries exceeded\"))' thrown while requesting HEAD x\n",
        "  --kv-cache-memory-bytes, --max-model-len MAX_MODEL_LEN\n",
    ],
)
def test_what_tells_no_cause_is_taken_for_none(log: str) -> None:
    assert find_cause(VLLM, log) is None


def test_a_long_line_is_quoted_from_the_cause_on_and_cut() -> None:
    found = find_cause(VLLM, "x" * 5000 + " CUDA out of memory. " + "y" * 5000)

    assert found is not None
    assert found.evidence.startswith("CUDA out of memory. yyy")
    assert len(found.evidence) == 300


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("/usr/bin/python3: No module named vllm", "vLLM is not installed in that environment"),
        ("ModuleNotFoundError: No module named 'vllm.entrypoints'", "vLLM is not installed in that environment"),
        (
            "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='hub', port=443): Max retries exceeded",
            "weights that cannot be downloaded, as their server is not reached",
        ),
    ],
)
def test_other_wordings_of_a_cause(line: str, what: str) -> None:
    found = find_cause(VLLM, f"{line}\r\n  File x.py\n")

    assert found is not None
    assert (found.cause.what, found.evidence) == (what, line)


def test_the_first_cause_of_the_table_wins_wherever_its_line_is() -> None:
    found = find_cause((Cause("first", "1", ""), Cause("second", "2", "")), "second\nfirst")

    assert found is not None
    assert found.cause.what == "1"


@pytest.mark.parametrize("causes", [VLLM, LLAMACPP], ids=["vllm", "llama.cpp"])
def test_a_mebibyte_of_progress_bars_before_the_cause_is_no_hindrance(causes: Sequence[Cause]) -> None:
    # As one line it took the better part of an hour.
    bars = "\rLoading safetensors checkpoint shards:  43% Completed | 40/93 [00:12<00:16,  3.2it/s]" * (2**20 // 86)

    found = find_cause(causes, f"{bars}\rCUDA error: out of memory\n")

    assert found is not None
    assert (found.cause.what, found.evidence) == ("out of memory", "CUDA error: out of memory")


@pytest.mark.parametrize("causes", [VLLM, LLAMACPP], ids=["vllm", "llama.cpp"])
def test_a_line_that_does_not_end_is_searched_in_pieces(causes: Sequence[Cause]) -> None:
    assert find_cause(causes, "x" * 2**18) is None
    assert not any(part.startswith(".*") for cause in causes for part in cause.pattern.split("|"))


def test_what_an_engine_logs_cannot_act_on_a_terminal() -> None:
    found = find_cause(VLLM, "\x1b[31mCUDA out of memory\x1b]0;title\x07")

    assert found is not None
    assert found.evidence.isprintable()


def test_only_what_was_logged_since_the_start_is_searched(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("CUDA out of memory\nnew")

    assert log_since(log, 19) == "new"
    assert log_since(tmp_path / "absent", 0) == ""
