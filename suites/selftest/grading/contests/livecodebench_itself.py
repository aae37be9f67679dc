"""LiveCodeBench's own code: a program that grades programs with it. It confines them in no way: trusted ones alone.

    python livecodebench_itself.py FOLDER QUESTIONS ANSWERS < /dev/null

``FOLDER`` is a clone of LiveCodeBench/LiveCodeBench at 28fef95. A question a line, ``{"inputs": [...], "outputs":
[...], "fn_name": "..." or null, "program": "..."}``, is answered with a line: whether the program passes. The answer to
``{"reply": "..."}`` is the program in it.
"""

from __future__ import annotations

import json
import sys
import types
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

TIMEOUT_S = 6


def answered(question: dict[str, object]) -> bool | str:
    if "reply" in question:
        from lcb_runner.utils.extraction_utils import extract_code

        return extract_code(question["reply"], None)
    import numpy as np
    from lcb_runner.evaluation.compute_code_generation_metrics import evaluate_generations_by_problem

    program = question.pop("program")
    sample = {"input_output": json.dumps(question)}
    results, _ = evaluate_generations_by_problem(([program], sample, False, TIMEOUT_S))
    return bool(np.all(np.array(results[0]) > 0))


def main(folder: str, questions: str, answers: str) -> None:
    # Their packages import a client of every model; tqdm draws a bar.
    for name in ("lcb_runner", "lcb_runner.evaluation", "lcb_runner.utils"):
        package = types.ModuleType(name)
        package.__path__ = [str(Path(folder, *name.split(".")))]
        sys.modules[name] = package
    bar = types.ModuleType("tqdm")
    bar.tqdm = None
    sys.modules["tqdm"] = bar
    with ProcessPoolExecutor(2) as executor:
        found = list(executor.map(answered, map(json.loads, Path(questions).read_text().splitlines()), chunksize=8))
    Path(answers).write_text("".join(f"{json.dumps(one)}\n" for one in found))


if __name__ == "__main__":
    main(*sys.argv[1:])
