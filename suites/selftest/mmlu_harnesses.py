"""Runs the code of harnesses that ask MMLU and MMLU-Pro over what it is given; nothing of this project is there.

Reads a JSON object from standard input and prints one. ``harness``: ``glm`` (zai-org/glm-simple-evals at db7fdc8),
``authors`` (TIGER-AI-Lab/MMLU-Pro at f418b11) or ``simple_evals`` (openai/simple-evals at ee3b031, its MMLU);
``folder`` has its code; ``rows``: questions in MMLU-Pro's form; ``texts``: replies. The answer: ``prompts``, what is
asked of each row; ``letters``, what is read in each of the texts, null where nothing. What these modules import else is
not run.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import types
from pathlib import Path
from unittest.mock import MagicMock

from choice_harnesses import bare_package  # beside it, in the folder of the script that is run

STUBS = (
    "anthropic", "datasets", "google", "google.generativeai", "ai21", "ai21.models", "ai21.models.chat", "jinja2",
    "numpy", "openai", "pandas", "requests", "torch", "tqdm", "transformers", "vllm", "vllm.lora",
    "vllm.lora.request", "utils", "utils.types",
)  # fmt: skip


def main() -> None:
    asked = json.load(sys.stdin)
    for name in STUBS:
        sys.modules[name] = MagicMock()
    with contextlib.redirect_stdout(sys.stderr):
        harness = {"glm": glm, "authors": authors, "simple_evals": simple_evals}[asked["harness"]]
        found = harness(Path(asked["folder"]), asked.get("rows", []), asked["texts"])
    json.dump(found, sys.stdout)


def glm(folder, rows, texts):
    sys.modules["evals"] = bare_package("evals", folder / "evals")
    sys.modules["evals.common"] = sys.modules["evals"].common = MagicMock()
    sys.modules["utils.types"].Eval = object
    module = importlib.import_module("evals.mmlu_pro_eval")
    anything = {"question": "?", "category": "law", "options": ["one"]}

    def read(row, text):
        return module.single_request(lambda _: text, row, {row["category"]: []})

    asked = [read(row, "")[0] for row in module.preprocess(rows)]
    return {"prompts": asked, "letters": [read(anything, text)[1] for text in texts]}


def authors(folder, _rows, texts):
    sys.path.insert(0, str(folder))
    local = importlib.import_module("evaluate_from_local")
    sys.argv = ["compute_accuracy.py", str(folder / "nothing")]
    level_2 = importlib.import_module("compute_accuracy")
    letters = [local.extract_answer(text) for text in texts]
    assert letters == [level_2.extract_answer(text, "l2") for text in texts]
    return {"letters": letters}


def simple_evals(folder, _rows, texts):
    sys.modules["simple_evals"] = bare_package("simple_evals", folder)
    sys.modules["simple_evals.types"] = types.SimpleNamespace(
        Eval=object, EvalResult=object, Message=dict, MessageList=list, SamplerBase=object, SingleEvalResult=MagicMock
    )
    common, mmlu_eval = (importlib.import_module(f"simple_evals.{name}") for name in ("common", "mmlu_eval"))
    common.map_with_progress = lambda fn, xs: [fn(x) for x in xs]
    common.aggregate_results = lambda results: results
    common.jinja_env.from_string.return_value.render = lambda extracted_answer, **_: extracted_answer
    mmlu_eval.SingleEvalResult = lambda html, **_: html
    run = mmlu_eval.MMLUEval.__new__(mmlu_eval.MMLUEval)
    run.examples = [{"Question": "?", **dict.fromkeys("ABCD", "x"), "Answer": "A", "Subject": "anatomy"}]
    letters = []
    for text in texts:
        sampler = MagicMock()
        sampler._pack_message = lambda content, role: {"content": content, "role": role}
        sampler.return_value.response_text = text
        sampler.return_value.actual_queried_message_list = []
        letters += run(sampler)
    return {"letters": letters}


if __name__ == "__main__":
    main()
