"""Replies to a case of the contract, as a sound server gives them, and with one thing wrong."""

from __future__ import annotations

import json
from typing import Any

from servecheck.delivery.evidence import Evidence
from servecheck.evaluation.transcript import Form, Reply, StreamedCalls, Timings, Usage
from servecheck.extraction.tool_calls.dialects import dialect_named
from servecheck.problems.tool_contract.problem import ContractProblem
from servecheck.problems.tool_contract.problem_set import ContractCases

CASES = ContractCases()
Call = tuple[str, Any]
"""A tool's name and its arguments, as an object or as the text that is sent."""


def raw(problem: ContractProblem, *calls: Call) -> str:
    """What a model writes that does as it is told, or that makes these calls instead."""
    dialect, demand = dialect_named("glm47"), problem.demand
    made = calls or [(call.tool, dict(call.arguments)) for call in demand.calls]
    written = dialect.between.join(dialect.write(name, arguments) for name, arguments in made)
    return f"{'I see.</think>' if problem.thinks else ''}{demand.say}{written}{demand.after}"


def reply(content: str = "", form: Form = "chat", **more: Any) -> Reply:
    told = {"reasoning": None, "finish_reason": "stop", "model": "m", "usage": Usage(5, 5), **more}
    return Reply(content, timings=Timings(1.0, None, 1.0), request_sha256="", form=form, **told)


def chat(problem: ContractProblem, *calls: Call, content: str | None = None, **more: Any) -> Reply:
    """A chat reply that is right, or has these calls and this content instead."""
    demand = problem.demand
    made = list(calls) if calls or content is not None else [(one.tool, dict(one.arguments)) for one in demand.calls]
    said = demand.say + demand.after if content is None else content
    told = [
        {"id": f"call-{place}", "type": "function", "function": {"name": name, "arguments": _text(arguments)}}
        for place, (name, arguments) in enumerate(made)
    ]
    message = {"role": "assistant", "content": said, "tool_calls": told}
    finish = "tool_calls" if told else "stop"
    thought = "I see." if problem.thinks else None
    return reply(said, message=message, **{"finish_reason": finish, "reasoning": thought, **more})


def streamed(problem: ContractProblem, *calls: Call, irregular: tuple[str, ...] = (), **more: Any) -> Reply:
    """The same in a stream."""
    found = chat(problem, *calls, **more)
    pieces = tuple(len(call.arguments) // 4 + 1 for call in found.tool_calls)
    return chat(problem, *calls, **{"streamed_calls": StreamedCalls(irregular, pieces), **more})


def prompt(problem: ContractProblem) -> Reply:
    """As a template makes it, in its own words."""
    texts = [str(message.get("content")) for message in problem.messages]
    tools = json.dumps(problem.fields.get("tools"), ensure_ascii=False)
    end = "<think>" if problem.thinks else "</think>"
    return reply("\n".join([tools, *problem.shown, *texts, *problem.results, f"<|assistant|>{end}"]), "prompt")


def evidence(
    problem: ContractProblem, whole: Reply | None = None, stream: Reply | None = None, text: str | None = None
) -> Evidence:
    """All that is right, but for what is given; a text of ``""`` is one that cannot be had."""
    wrote = reply(raw(problem) if text is None else text, "text")
    same = [prompt(problem)] if problem.same_as else []
    return Evidence(
        prompts=[prompt(problem), *same],
        texts=[] if text == "" else [wrote],
        whole=[whole or chat(problem)],
        streamed=[stream or streamed(problem)],
    )


def _text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)
