"""SGLang's own parsers for GLM-4.7, called as its chat endpoint calls them; run by path, by an interpreter that has
SGLang's package and not what it requires.

    python sglang_parser.py

A line of standard input is a reply's raw text with its request, a line of standard output what the endpoint would send
of it, whole and streamed. What stands in for what is not installed (torch's companions, a grammar engine) is asked for
nothing but a name on the parsers' way.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import types
import typing
from pathlib import Path

_ABSENT = ("transformers", "IPython")


class _Named(types.ModuleType):
    """A module that has every name, each an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class _Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in _ABSENT or name.startswith("xgrammar."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Named(spec.name)

    def exec_module(self, module):
        pass


def _prepare() -> None:
    found = importlib.util.find_spec("sglang")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    for name, folder in (("sglang", home), ("sglang.srt", home / "srt")):  # whose own modules import the engine
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module
    grammar = _Named("xgrammar")
    grammar.__path__ = []
    grammar.StructuralTag = typing.Any
    grammar.get_model_structural_tag = lambda **_: None  # xgrammar knows glm_4_7
    sys.modules["xgrammar"] = grammar
    sys.meta_path.append(_Absent())


class Endpoint:
    """What ``serving_chat`` does with a text; the names are its own."""

    def __init__(self, asked) -> None:
        from sglang.srt.entrypoints.openai.protocol import Tool, ToolChoice

        self.asked = asked
        self.tools = [Tool(**one) for one in asked["tools"]]
        choice = asked["tool_choice"]
        self.tool_choice = ToolChoice(**choice) if isinstance(choice, dict) else choice
        self.calls_are_parsed = bool(self.tools) and self.tool_choice != "none"
        self.end = "length" if asked["cut"] else "stop"

    def reasoning_parser(self, *, stream: bool):
        from sglang.srt.parser.reasoning_parser import ReasoningParser

        return ReasoningParser(
            "glm45", stream, self.asked["thinking"], None, tool_call_parser_active=self.calls_are_parsed
        )

    def call_parser(self, **more):
        from sglang.srt.function_call.function_call_parser import FunctionCallParser

        return FunctionCallParser(self.tools, "glm47", **more)

    def whole(self):
        reasoning, text = self.reasoning_parser(stream=False).parse_non_stream(self.asked["text"])
        calls = []
        if self.calls_are_parsed:
            parser = self.call_parser(tool_choice=self.tool_choice)
            if parser.has_tool_call(text):
                text, calls = parser.parse_non_stream(text)
        told = [
            {
                "id": f"call_{place}",
                "index": place,
                "type": "function",
                "function": {"name": one.name, "arguments": one.parameters},
            }
            for place, one in enumerate(calls)
        ]
        message = {
            "role": "assistant",
            "content": text or "",
            "reasoning_content": reasoning or None,
            "tool_calls": told or None,
        }
        return message, "tool_calls" if calls and self.end == "stop" else self.end

    def streamed(self):
        reasoning, parser, has_calls = self.reasoning_parser(stream=True), None, False
        deltas, pieces = [], self.asked["deltas"]
        for place, (text, _) in enumerate(pieces):
            is_last = place == len(pieces) - 1
            thought, normal = reasoning.parse_stream_chunk(text)
            if is_last:
                more_thought, more_normal = reasoning.parse_stream_end()
                thought, normal = (thought or "") + (more_thought or ""), (normal or "") + (more_normal or "")
            if thought:
                deltas.append({"reasoning_content": thought})
            if not self.calls_are_parsed:
                if normal:
                    deltas.append({"content": normal})
                continue
            parser = parser or self.call_parser()
            content, calls = parser.parse_stream_chunk(normal)
            if is_last:
                end, end_calls = parser.parse_stream_end()
                content, calls = (content or "") + end, [*calls, *end_calls]
            if content:
                deltas.append({"content": content})
            for one in calls:
                has_calls = True
                own = f"call_{one.tool_index}" if one.name else None
                deltas.append(_delta(one.tool_index, own, one.name, one.parameters))
            if is_last:
                deltas += _unstreamed(parser.detector)
        return deltas, "tool_calls" if has_calls and self.end == "stop" else self.end


def _unstreamed(detector):
    """``_check_for_unstreamed_tool_args``."""
    if not detector.prev_tool_call_arr or not detector.streamed_args_for_tool:
        return []
    index = len(detector.prev_tool_call_arr) - 1
    if index >= len(detector.streamed_args_for_tool):
        return []
    expected = detector.prev_tool_call_arr[index].get("arguments", {})
    expected = expected if isinstance(expected, str) else json.dumps(expected, ensure_ascii=False)
    actual = detector.streamed_args_for_tool[index]
    remaining = expected[len(actual) :] if expected.startswith(actual) else ""
    return [_delta(index, None, None, remaining)] if remaining else []


def _delta(index, own, name, arguments):
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"id": own, "index": index, "type": "function", "function": function}]}


def main() -> None:
    """See above."""
    _prepare()
    for line in sys.stdin:
        endpoint = Endpoint(json.loads(line))
        message, finish_reason = endpoint.whole()
        deltas, stream_finish_reason = endpoint.streamed()
        told = {
            "message": message,
            "finish_reason": finish_reason,
            "deltas": deltas,
            "stream_finish_reason": stream_finish_reason,
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
