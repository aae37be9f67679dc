"""An engine's own parsers behind the embedded server: a process that has the engine's package reads each raw text."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from servecheck.engines.cpu_environment import cpu_python
from servecheck.selfcheck.embedded.tool_text.fault import ToolFault
from servecheck.selfcheck.embedded.tool_text.parser import Generated, Parsed, SentCall
from servecheck.selfcheck.embedded.tool_text.tokens import TAG_IDS, text_of_ids, token_ids
from servecheck.selfcheck.embedded.tool_text.writer import SentChunk, Stream

from suites.selftest.delivery.parsers.sglang_environment import sglang_python


def sglang_parsers(log: Path, tokens_a_delta: int = 1) -> AbstractContextManager[ToolFault]:
    """SGLang's, as the step of the embedded server's way that they take the place of.

    Args:
        log: takes what they say.
        tokens_a_delta: more than one with speculative decoding, or a stream interval.
    """
    return _engine_parsers("sglang", sglang_python(print), log, tokens_a_delta)


def vllm_parsers(log: Path, tokens_a_delta: int = 1) -> AbstractContextManager[ToolFault]:
    """vLLM's, of its build for the CPU, likewise."""
    return _engine_parsers("vllm", cpu_python(print), log, tokens_a_delta)


@contextmanager
def _engine_parsers(engine: str, python: str, log: Path, tokens_a_delta: int) -> Iterator[ToolFault]:
    command = [python, "-I", str(Path(__file__).with_name(f"{engine}_parser.py"))]
    pipe = subprocess.PIPE
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True) as process,
    ):
        yield _fault(engine, process, tokens_a_delta)
        assert process.stdin is not None
        process.stdin.close()


def _fault(name: str, process: subprocess.Popen[str], tokens_a_delta: int) -> ToolFault:
    @cache
    def answer(question: str) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{question}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{name} ended over {question}")
        return json.loads(line)

    def said(generated: Generated) -> Any:
        return answer(json.dumps(_question(generated, tokens_a_delta)))

    def parsed(_: Parsed, generated: Generated) -> Parsed:
        told = said(generated)
        message = told["message"]
        return Parsed(
            reasoning=_reasoning(message) or "",
            content=message.get("content") or "",
            calls=tuple(map(_call, message.get("tool_calls") or [])),
            after="",
            finish_reason=told["finish_reason"],
        )

    def streams(_: Stream, generated: Generated) -> Stream:
        told = said(generated)
        deltas = [SentChunk(_renamed(delta)) for delta in told["deltas"]]
        begin, end = SentChunk({"role": "assistant", "content": ""}), SentChunk({}, told["stream_finish_reason"])
        return Stream((begin, *deltas, end))

    return ToolFault(name, "parser", "the engine's own parsers", parsed=parsed, streams=streams)


def _question(generated: Generated, tokens_a_delta: int) -> Mapping[str, Any]:
    request, ids = generated.request, token_ids(generated.raw)
    groups = [ids[at : at + tokens_a_delta] for at in range(0, max(len(ids), 1), tokens_a_delta)]
    named = {"type": "function", "function": {"name": request.named}}
    return {
        "text": generated.raw,
        "ids": ids,
        "deltas": [[text_of_ids(group), group] for group in groups],
        "prompt_ids": token_ids(generated.prompt),
        "tags": TAG_IDS,
        "tools": list(request.offered),
        "tool_choice": named if request.choice == "named" else request.choice,
        "parallel": request.parallel,
        "thinking": request.switches.get("enable_thinking") is not False,
        "cut": generated.cut,
    }


def _call(told: Any) -> SentCall:
    return SentCall(told["id"], told["function"]["name"], told["function"]["arguments"])


def _reasoning(message: Mapping[str, Any]) -> Any:
    return message.get("reasoning") or message.get("reasoning_content")


def _renamed(delta: dict[str, Any]) -> dict[str, Any]:
    """With reasoning under one name, as the whole message has it."""
    rest = {key: value for key, value in delta.items() if key not in ("reasoning", "reasoning_content")}
    return {**rest, "reasoning": told} if (told := _reasoning(delta)) else rest
