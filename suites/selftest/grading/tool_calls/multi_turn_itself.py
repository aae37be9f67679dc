"""Conversations as bfcl-eval itself holds and judges them: a program for an interpreter with none of its requirements.

    python -I -S multi_turn_itself.py WHEEL MPMATH_WHEEL < questions > answers

A question a line, ``{"id", "replies": [[content, [[name, arguments], ...]], ...]}``, is answered with
``{"valid", "tools", "messages"}``: its own loop asks, the replies answer in order, and once there are no more, one
that calls nothing. ``tools`` has a digest of those of each request, ``messages`` those of the last, which has all of
the earlier ones. ``valid`` is the error, as text, where one ends theirs.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import io
import json
import runpy
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from types import ModuleType, SimpleNamespace
from typing import Any

DONE = ["Done.", []]


def main() -> None:
    wheel, mpmath = sys.argv[1:]
    runpy.run_path(str(Path(__file__).with_name("bfcl_itself.py")))["prepared"](wheel)
    sys.path.insert(0, mpmath)
    overrides: Any = ModuleType("overrides")  # whose decorators change nothing
    overrides.final = overrides.override = lambda one: one
    overrides.EnforceOverrides = object
    sys.modules[overrides.__name__] = overrides
    archive = zipfile.ZipFile(wheel)
    from bfcl_eval import utils  # type: ignore[import-not-found]
    from bfcl_eval.constants.enums import ModelStyle  # type: ignore[import-not-found]
    from bfcl_eval.eval_checker import eval_runner  # type: ignore[import-not-found]
    from bfcl_eval.eval_checker.multi_turn_eval import multi_turn_utils  # type: ignore[import-not-found]
    from bfcl_eval.model_handler.api_inference.openai_completion import (  # type: ignore[import-not-found]
        OpenAICompletionsHandler,
    )

    def lines(path: PurePosixPath) -> list[dict[str, Any]]:
        return [json.loads(line) for line in archive.read(str(path)).splitlines()]

    data = PurePosixPath("bfcl_eval/data")
    utils.load_file, utils.MULTI_TURN_FUNC_DOC_PATH = lines, data / "multi_turn_func_doc"
    entries, accepted = {}, {}
    for category in ("base", "miss_func", "miss_param", "long_context"):
        name = f"BFCL_v4_multi_turn_{category}.json"
        found = utils.populate_test_cases_with_predefined_functions(lines(data / name))
        entries |= {one["id"]: one for one in utils.add_language_specific_hint_to_function_doc(found)}
        accepted |= {one["id"]: one["ground_truth"] for one in lines(data / "possible_answer" / name)}

    for line in sys.stdin:
        question = json.loads(line)
        entry = copy.deepcopy(entries[question["id"]])
        messages: list[Any] = []
        tools: list[str] = []
        handler = OpenAICompletionsHandler.__new__(OpenAICompletionsHandler)
        handler.is_fc_model, handler.model_name_underline_replaced = True, "m"
        handler.model_style = ModelStyle.OPENAI_COMPLETIONS
        handler._query_FC = _query(messages, tools, iter(question["replies"]))
        with contextlib.redirect_stdout(io.StringIO()):
            result, _ = handler.inference_multi_turn_FC(copy.deepcopy(entry), False, True)
            category = question["id"].rpartition("_")[0]
            truth = accepted[question["id"]]
            try:
                told = eval_runner._evaluate_single_multi_turn_entry(
                    handler, question["id"], result, truth, entry, "m", category
                )
                valid = bool(told["valid"])
            except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
                valid = f"{type(error).__name__}: {error}"
        for name in [name for name in vars(multi_turn_utils) if name.endswith("_instance")]:
            delattr(
                multi_turn_utils, name
            )  # or the next question about the problem would find its world as this left it
        print(json.dumps({"valid": valid, "tools": tools, "messages": messages}))


def _query(messages: list[Any], tools: list[str], replies: Iterator[Sequence[Any]]) -> Any:
    def query(inference_data: dict[str, Any]) -> tuple[Any, float]:
        messages[:] = json.loads(json.dumps(inference_data["message"], default=_told))
        tools.append(hashlib.sha256(json.dumps(inference_data["tools"], sort_keys=True).encode()).hexdigest())
        content, calls = next(replies, DONE)
        made = [
            SimpleNamespace(id=f"c{place}", function=SimpleNamespace(name=name, arguments=arguments))
            for place, (name, arguments) in enumerate(calls)
        ]
        message = SimpleNamespace(content=content, tool_calls=made or None)
        usage = SimpleNamespace(prompt_tokens=1, completion_tokens=1)
        return SimpleNamespace(choices=[SimpleNamespace(message=message)], usage=usage), 0.0

    return query


def _told(message: SimpleNamespace) -> dict[str, Any]:
    told = {"role": "assistant", "content": message.content}
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.function.name, "arguments": one.function.arguments}}
        for one in message.tool_calls or ()
    ]
    return {**told, "tool_calls": calls} if calls else told


if __name__ == "__main__":
    main()
