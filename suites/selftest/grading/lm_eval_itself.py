"""Runs inside an environment that has lm-evaluation-harness, and lets it do a task; nothing of this project is there.

Reads a JSON object from standard input and writes one to the file that it names as ``answer``:

``task`` (its name, for tables), ``docs`` (a JSON-lines file of problems with ``task_id``, ``prompt``, ``entry_point``
and ``test``), ``base_url`` of a chat server (up to and including ``/v1``), ``model``, ``gen_kwargs``, ``trusted``
(whether programs may be run here, without any sandbox, to be scored; else all score 0) and ``texts`` (a JSON file of
``[prompt, reply]`` pairs). The answer: ``samples`` (task id to what was sent, what came back, what the filter made of
it and the score), ``pass_at_1``, ``filtered`` (of ``texts``, by the task's own filter) and ``version``.

The task is the installed ``humaneval_instruct.yaml`` with another data set. Its metric, ``code_eval``, is no part of
any package and would be fetched; what stands in for it has the same 3 s and the same program, and nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import types
from importlib import metadata
from pathlib import Path


def stand_in_metric(trusted: bool) -> types.ModuleType:
    def passes(program: str) -> bool:
        try:
            done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, timeout=3.0, check=False)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    class CodeEval:
        def compute(self, references, predictions, k=(1,)):
            tests = zip(predictions, references, strict=True)
            passed = [trusted and passes(f"{programs[0]}\n{test}") for programs, test in tests]
            return {f"pass@{n}": sum(passed) / len(passed) for n in k}, {}

    module = types.ModuleType("evaluate")
    module.load = lambda _: CodeEval()
    return module


def main() -> None:
    asked = json.load(sys.stdin)
    sys.modules["evaluate"] = stand_in_metric(asked["trusted"])
    import lm_eval
    from lm_eval.tasks import TaskManager
    from lm_eval.tasks.humaneval import utils

    folder = Path(asked["answer"]).parent
    task = {
        "include": str(Path(utils.__file__).with_name("humaneval_instruct.yaml")),
        "task": asked["task"],
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": asked["docs"]}},
    }
    tasks = folder / "tasks"
    tasks.mkdir()
    (tasks / "task.yaml").write_text(json.dumps(task))  # JSON is YAML
    results = lm_eval.simple_evaluate(
        model="local-chat-completions",
        model_args={"model": asked["model"], "base_url": f"{asked['base_url']}/chat/completions", "num_concurrent": 16},
        tasks=[asked["task"]],
        task_manager=TaskManager(include_path=str(tasks)),
        gen_kwargs=asked["gen_kwargs"],
        apply_chat_template=True,
        fewshot_as_multiturn=True,
        log_samples=True,
        bootstrap_iters=0,
        confirm_run_unsafe_code=True,
    )
    pairs = json.loads(Path(asked["texts"]).read_text())
    docs = [{"prompt": prompt} for prompt, _ in pairs]
    answer = {
        "version": metadata.version("lm_eval"),
        "pass_at_1": results["results"][asked["task"]]["pass@1,create_test"],
        "samples": {
            sample["doc"]["task_id"]: {
                "reply": sample["resps"][0][0],
                "filtered": sample["filtered_resps"][0][0],
                "passed": bool(sample["pass@1"]),
            }
            for sample in results["samples"][asked["task"]]
        },
        "filtered": [made for (made,) in utils.build_predictions_instruct([[reply] for _, reply in pairs], docs)],
    }
    Path(asked["answer"]).write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
