"""Verdicts and tools as bfcl-eval itself has them: a program for an interpreter that has none of its requirements.

    python -I -S bfcl_itself.py WHEEL < questions > answers

A question a line: ``{"category", "functions", "calls": [[name, arguments], ...], "ground_truth"}`` is answered with
whether the calls are valid, or with the error that ends theirs; ``{"category", "functions"}`` with the tools that it
would send. What it imports and does not need here is made up on the way.
"""

from __future__ import annotations

import copy
import importlib.abc
import importlib.machinery
import json
import sys
import types
from typing import Any, ClassVar

MODEL = "m"


class _MadeUp(types.ModuleType):
    __path__: ClassVar[list[str]] = []
    __all__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything


class _Anything:
    """A class, a decorator, an exception: whatever stands where nothing is needed."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        del arguments, named

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        del named
        return arguments[0] if arguments else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()

    def __class_getitem__(cls, item: Any) -> Any:
        del item
        return cls


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec:
        del path, target
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _MadeUp(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        del module


def prepared(wheel: str) -> None:
    """Make theirs importable from their package, and up what it imports and does not need here."""
    sys.path.insert(0, wheel)
    models: Any = types.ModuleType("bfcl_eval.constants.model_config")  # which has every client of theirs
    models.MODEL_CONFIG_MAPPING = {MODEL: types.SimpleNamespace(underscore_to_dot=True)}
    sys.modules[models.__name__] = models
    config = _MadeUp("bfcl_eval.constants.eval_config")  # which makes folders
    sys.modules[config.__name__] = config
    sys.meta_path.append(_Finder())


def main() -> None:
    prepared(sys.argv[1])
    from bfcl_eval.constants.enums import Language, ModelStyle, ReturnFormat  # type: ignore[import-not-found]
    from bfcl_eval.constants.type_mappings import GORILLA_TO_OPENAPI  # type: ignore[import-not-found]
    from bfcl_eval.eval_checker import eval_runner  # type: ignore[import-not-found]
    from bfcl_eval.model_handler.api_inference.openai_completion import (  # type: ignore[import-not-found]
        OpenAICompletionsHandler,
    )
    from bfcl_eval.model_handler.utils import convert_to_tool  # type: ignore[import-not-found]
    from bfcl_eval.utils import _func_doc_language_specific_pre_processing  # type: ignore[import-not-found]

    handler = OpenAICompletionsHandler.__new__(OpenAICompletionsHandler)
    handler.is_fc_model = True
    languages = {"simple_java": Language.JAVA, "simple_javascript": Language.JAVASCRIPT}

    def valid(asked: dict[str, Any]) -> Any:
        category = asked["category"]
        # what their client makes of a message: its calls, else its text
        result = [{name: arguments} for name, arguments in asked["calls"]] or "No."
        entry = {"function": asked["functions"], "question": []}
        try:
            if category.endswith("relevance"):
                found = eval_runner._evaluate_single_relevance_entry(handler, "0", result, entry, MODEL, category)
            else:
                language = languages.get(category, Language.PYTHON)
                found = eval_runner._evaluate_single_ast_entry(
                    handler, "0", result, asked["ground_truth"], entry, MODEL, category, language, ReturnFormat.PYTHON
                )
        except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return bool(found["valid"])

    for line in sys.stdin:
        asked = json.loads(line)
        if "calls" in asked:
            print(json.dumps(valid(asked)))
        else:
            functions = _func_doc_language_specific_pre_processing(copy.deepcopy(asked["functions"]), asked["category"])
            print(json.dumps(convert_to_tool(functions, GORILLA_TO_OPENAPI, ModelStyle.OPENAI_COMPLETIONS)))


if __name__ == "__main__":
    main()
