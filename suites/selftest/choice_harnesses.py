"""Runs the published harnesses' own code over questions and replies that it is given; nothing of this project is there.

Run by a Python that has pandas, tqdm, numpy and PyYAML. Reads a JSON object from standard input and prints one:

``harness``: ``glm`` (a folder with zai-org/glm-simple-evals at db7fdc8), ``simple_evals`` (openai/simple-evals at
ee3b031), ``nvidia`` (nvidia-simple-evals 26.3, its wheel unpacked), ``gpt_oss`` (gpt-oss 0.0.9, likewise; it reads and
does not ask); ``folder``; ``csv``: a file in GPQA's form; ``passes``; ``texts``: replies. The answer: ``prompts``, what
is asked, in the harness's order; ``right``, the letters that are right there, in one text; ``letters``, what it reads
in each of the texts, null where nothing; of ``glm`` also ``judged``, what it asks its judge about each, where the
question is ``Which?``.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import sys
import types
from pathlib import Path
from unittest.mock import MagicMock


def main() -> None:
    asked = json.load(sys.stdin)
    harness = {"glm": glm, "simple_evals": simple_evals, "nvidia": nvidia, "gpt_oss": gpt_oss}[asked["harness"]]
    json.dump(
        harness(Path(asked["folder"]), asked.get("csv"), asked.get("passes", 1), asked.get("texts", [])), sys.stdout
    )


class Prompts(list):
    """A sampler of every harness, which keeps what it is asked."""

    said = "ANSWER: A"

    def __call__(self, messages, **_):
        [message] = messages
        self.append(message["content"])
        return self.said

    def _pack_message(self, content, role):
        return {"content": content, "role": role}


def glm(folder, csv, passes, texts):
    sys.path.insert(0, str(folder))
    from evals import common, gpqa_eval

    def score(row, text):
        result, _ = gpqa_eval.process_func(lambda _: text, None, False, None, {**row, "High-level domain": ""})
        return result.score

    judge = Prompts()
    for text in texts:
        common.extract_answer_multi_choice(judge, "Which?", text[-1024:])
    found = {"letters": [letter_that_scores(score, text) for text in texts], "judged": list(judge)}
    if csv:
        common.map_with_progress = lambda f, xs, **_: [f(x) for x in xs]
        gpqa_eval.os.path.join = lambda *_: csv
        prompts, judge = Prompts(), MagicMock(return_value="<CHOICE>: A")
        _, told = gpqa_eval.GPQAEval(judge, n_repeats=passes, auto_extract_answer=True)(prompts)
        found |= {"prompts": list(prompts), "right": "".join(one["correct_answer"] for one in told)}
    return found


def simple_evals(folder, csv, passes, texts):
    sys.modules["simple_evals"] = bare_package("simple_evals", folder)
    for name in ("openai", "requests", "jinja2"):
        sys.modules.setdefault(name, MagicMock())
    common, gpqa_eval = (importlib.import_module(f"simple_evals.{name}") for name in ("common", "gpqa_eval"))
    common.map_with_progress = lambda fn, xs: [fn(x) for x in xs]
    common.aggregate_results = lambda results: results
    common.jinja_env.from_string.return_value.render = lambda correct_answer, **_: correct_answer

    class Sampler(Prompts):
        def __call__(self, messages, **_):
            super().__call__(messages)
            return types.SimpleNamespace(response_text=self.said, actual_queried_message_list=messages)

    def run(rows, sampler):
        made = gpqa_eval.GPQAEval.__new__(gpqa_eval.GPQAEval)
        made.examples = rows
        return made(sampler)

    def score(row, text):
        sampler = Sampler()
        sampler.said = text
        [result] = run([row], sampler)
        return result.score

    found = {"letters": [letter_that_scores(score, text) for text in texts]}
    if csv:
        read = gpqa_eval.pandas.read_csv
        gpqa_eval.pandas.read_csv = lambda _: read(csv)
        prompts = Sampler()
        results = gpqa_eval.GPQAEval(n_repeats=passes)(prompts)
        found |= {"prompts": list(prompts), "right": "".join(one.html for one in results)}
    return found


def nvidia(folder, csv, passes, texts):
    sys.modules["simple_evals"] = bare_package("simple_evals", folder / "simple_evals")
    sys.modules["simple_evals.evals"] = bare_package("simple_evals.evals", folder / "simple_evals/evals")
    for name in ("blobfile", "datasets", "simple_evals.evals.math_grading.nemo_grader"):
        sys.modules[name] = MagicMock()
    sys.modules["simple_evals.evals.math_grading"] = MagicMock()
    common = sys.modules["simple_evals.common"] = MagicMock()
    import pandas
    import yaml
    from simple_evals.custom_parametrization.config_loader import EvalConfig
    from simple_evals.evals import gpqa_eval

    documents = yaml.safe_load_all((folder / "core_evals/simple_evals/framework.yml").read_text())
    [task] = [one for document in documents for one in document["evaluations"] if one["name"] == "gpqa_diamond_aa_v3"]
    config = EvalConfig(**task["defaults"]["config"]["params"]["extra"]["custom_config"])
    found = {"letters": [config.extract_answer(text) for text in texts]}
    if csv:
        gpqa_eval.load_dataset = lambda *_: {"train": types.SimpleNamespace(to_pandas=lambda: pandas.read_csv(csv))}
        gpqa_eval.common = common
        common.map_with_progress = one_by_one
        common.aggregate_results = lambda results, **_: results
        common.jinja_env.from_string.return_value.render = lambda correct_answer, **_: correct_answer
        prompts = AsyncPrompts()
        results = asyncio.run(gpqa_eval.GPQAEval(n_repeats=passes, custom_eval_config=config)(prompts))
        found |= {"prompts": list(prompts), "right": "".join(one.html for one in results)}
    return found


class AsyncPrompts(Prompts):
    async def __call__(self, messages, **_):
        return super().__call__(messages)


async def one_by_one(fn, xs, **_):
    return [await fn(x, index) for index, x in enumerate(xs)]


def gpt_oss(folder, csv, passes, texts):
    spec = importlib.util.spec_from_file_location("abcd_grader", folder / "gpt_oss/evals/abcd_grader.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {"letters": [module.extract_abcd(text) for text in texts]}


def letter_that_scores(score, text):
    """The one of four questions, right at A, B, C and D, that a reply answers by a harness's own scoring."""
    for place, letter in enumerate("ABCD"):
        order = [1, 2, 3]
        order.insert(place, 0)
        row = {"Question": "?", "Correct Answer": "right", "permutation": order}
        row |= {f"Incorrect Answer {number}": f"wrong {number}" for number in (1, 2, 3)}
        if score(row, text):
            return letter
    return None


def bare_package(name, folder):
    """A package of that folder whose own __init__ is not run."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    return module


if __name__ == "__main__":
    main()
