"""The clients that people put the proxy before a server for, run as they are installed, and the proxy's own command.

Each runs to its end in a process of its own; one that fails raises ``ClientFailed`` with the end of what it said.
Nothing of this project is imported where they run, and neither this shell's HTTP proxy nor its API key reaches them:
lm-eval, which has none then, sends an empty one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from servecheck.evaluation.problem import ProblemSet
from servecheck.problems.starter import STARTER_FILE

from suites.selftest.tool_environments import evalplus_python, lm_eval_python

ROOT = Path(__file__).parents[3]
LM_EVAL_ITSELF = ROOT / "suites" / "selftest" / "grading" / "lm_eval_itself.py"
# What the scores that were published for lm-eval's protocol were asked with.
GEN_KWARGS = "max_tokens={0},max_gen_toks={0},repetition_penalty=1.05,do_sample=false"
_CLIENT_S = 300.0
_ENDING_S = 20.0


class ClientFailed(Exception):
    """A client that did not finish as it should."""


@contextlib.contextmanager
def proxied(base_url: str, transforms: Sequence[str | Mapping[str, Any]] = ()) -> Iterator[str]:
    """The base URL of a proxy in its own process, up inside the block.

    Args:
        base_url: of the server behind it.
        transforms: as a profile has them.
    """
    command = [sys.executable, "-m", "servecheck", "proxy", "--upstream", base_url, "--port", "0"]
    command += ["--transforms", json.dumps(list(transforms))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[0]
        finally:
            process.terminate()
            process.communicate(timeout=_ENDING_S)


def suite_verdicts(folder: Path, suite: str, *options: str) -> dict[str, dict[str, Any]]:
    """Task id to the record in ``verdicts.jsonl`` of ``pytest -m SUITE`` with these options; its gate may fail."""
    run_dir = folder / f"run-{suite}"
    command = [sys.executable, "-m", "pytest", "-m", suite, "--sandbox=process", "-p", "no:cacheprovider"]
    command += [f"--rootdir={ROOT}", f"--run-dir={run_dir}", *options]
    output = _finished(command, ROOT, codes=(0, 1))
    try:
        lines = (run_dir / "verdicts.jsonl").read_text().splitlines()
    except FileNotFoundError as error:
        raise ClientFailed(output) from error
    return {record["task_id"]: record for record in map(json.loads, lines)}


def evalplus_codegen(base_url: str, model: str, folder: Path) -> Path:
    """The samples that ``evalplus.codegen`` wrote for the starter problems, which are in its own format."""
    program = Path(evalplus_python()).with_name("evalplus.codegen")
    command = [str(program), "--model", model, "--dataset", "humaneval", "--backend", "openai", "--greedy"]
    told = {"HUMANEVAL_OVERRIDE_PATH": str(STARTER_FILE), "OPENAI_API_KEY": "none"}
    _finished([*command, "--base-url", base_url], folder, variables=told)
    [samples] = (folder / "evalplus_results" / "humaneval").glob("*_temp_0.0.jsonl")
    return samples


def lm_eval(base_url: str, model: str, problems: ProblemSet, folder: Path, max_tokens: int = 4096) -> dict[str, Any]:
    """What ``lm_eval_itself`` answers of ``humaneval_instruct`` over these problems; it runs the programs it gets."""
    docs = [
        {"task_id": problem.task_id, "prompt": problem.prompt, "entry_point": problem.entry_point, "test": problem.test}
        for problem in map(problems.__getitem__, problems.task_ids)
    ]
    (folder / "docs.jsonl").write_text("".join(json.dumps(doc) + "\n" for doc in docs))
    (folder / "texts.json").write_text("[]")
    task = {
        "task": "humaneval_instruct_local",
        "docs": str(folder / "docs.jsonl"),
        "texts": str(folder / "texts.json"),
        "answer": str(folder / "answer.json"),
        "base_url": base_url,
        "model": model,
        "gen_kwargs": GEN_KWARGS.format(max_tokens),
        "trusted": True,
    }
    offline = {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    _finished([lm_eval_python(), str(LM_EVAL_ITSELF)], folder, variables=offline, given=json.dumps(task))
    answer: dict[str, Any] = json.loads((folder / "answer.json").read_text())
    return answer


def vllm_bench(python: str, base_url: str, model: str, tokenizer: str, folder: Path, *options: str) -> dict[str, Any]:
    """The result that ``vllm bench serve`` saved of 32 requests for 64 tokens each, 8 at a time.

    The package for the CPU is a distribution of another name, and the command asks for the version of ``vllm``; where
    that is not there, it is told one, with ``cpu`` in it: without, it loads code for AVX-512 whatever the processor.

    Args:
        python: interpreter of the environment that has vLLM.
        tokenizer: folder of the weights.
        options: more of them.
    """
    metadata = folder / "path" / "vllm-0.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0+cpu\n")
    command = [str(Path(python).with_name("vllm")), "bench", "serve", "--backend", "openai-chat"]
    command += ["--base-url", base_url.removesuffix("/v1"), "--endpoint", "/v1/chat/completions"]
    command += ["--model", model, "--tokenizer", tokenizer, "--dataset-name", "random", "--num-prompts", "32"]
    command += ["--random-input-len", "64", "--random-output-len", "64", "--ignore-eos", "--max-concurrency", "8"]
    command += ["--temperature", "0", "--disable-tqdm", "--save-result", "--save-detailed"]
    command += ["--result-dir", str(folder), "--result-filename", "bench.json"]
    told = {"PYTHONPATH": str(metadata.parents[1]), "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    _finished([*command, *options], folder, variables={**told, "DO_NOT_TRACK": "1"})
    result: dict[str, Any] = json.loads((folder / "bench.json").read_text())
    return result


def _finished(
    command: Sequence[str],
    cwd: Path,
    *,
    variables: Mapping[str, str] | None = None,
    given: str = "",
    codes: Sequence[int] = (0,),
) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "OPENAI_"))}
    kept = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        command, cwd=cwd, env=kept | dict(variables or {}), input=given, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=_CLIENT_S, check=False,
    )  # fmt: skip
    if done.returncode not in codes:
        raise ClientFailed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout
