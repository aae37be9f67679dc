"""The embedded server's tool calls without HTTP: what its every step says to the questions of a case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from servecheck.evaluation.conversation import Ask, Complete, Render, Step
from servecheck.evaluation.transcript import Exchange, Reply, Timings, Transcript, Usage
from servecheck.extraction.tool_calls.dialects import dialect_named
from servecheck.generation.apis.api import APIS
from servecheck.generation.chat_chunk import ErrorWithin
from servecheck.generation.published_prompt import published_prompt
from servecheck.generation.raw_text import rendering_body
from servecheck.generation.reply_builder import ReplyBuilder
from servecheck.problems.tool_contract.problem import ContractProblem
from servecheck.profiles.schema import Profile
from servecheck.protocols.tool_contract import ToolContract
from servecheck.selfcheck.embedded.chat_request import RequestRefused
from servecheck.selfcheck.embedded.tool_text.fault import Fate, ToolFault
from servecheck.selfcheck.embedded.tool_text.faults import tool_fault
from servecheck.selfcheck.embedded.tool_text.messages_api import MESSAGES
from servecheck.selfcheck.embedded.tool_text.other_api import OtherApi, Sent
from servecheck.selfcheck.embedded.tool_text.parser import Parsed
from servecheck.selfcheck.embedded.tool_text.path import ToolTextPath
from servecheck.selfcheck.embedded.tool_text.request import ToolRequest, tool_request
from servecheck.selfcheck.embedded.tool_text.responses_api import RESPONSES
from servecheck.selfcheck.embedded.tool_text.tokens import count
from servecheck.selfcheck.embedded.tool_text.writer import Stream

from suites.selftest.delivery.replies import CASES

MAX_TOKENS = 4096
_PROFILE = Profile(name="p", model="m")
_LIMIT = {"max_completion_tokens": MAX_TOKENS}
_STREAMED: dict[bool, dict[str, Any]] = {False: {}, True: {"stream": True, "stream_options": {"include_usage": True}}}
OTHERS = {api.name: api for api in (RESPONSES, MESSAGES)}
_TIMINGS = Timings(1.0, None, 0.1)


class EmbeddedPath:
    """A server with at most one fault.

    Args:
        fault: itself or its name; None: it is sound.
        tells_prompts: whether it says what prompt a request becomes.
        template: that the profile names; None: it names none.
    """

    def __init__(
        self, fault: ToolFault | str | None = None, *, tells_prompts: bool = True, template: str | None = "glm47"
    ) -> None:
        found = fault if isinstance(fault, ToolFault) else tool_fault(fault)
        self._path = ToolTextPath(dialect_named("glm47"), found)
        self._profile = _PROFILE.model_copy(update={"published_template": template})
        self._tells_prompts = tells_prompts
        self._number = 0

    def __call__(self, step: Step) -> Reply:
        """What it says to one question."""
        try:
            match step:
                case Render(published=True):
                    return published_prompt(self._profile, step.messages, step.fields)
                case Render() if not self._tells_prompts:
                    return _failure("answered HTTP 404: Not Found")
                case Render():
                    text = self._path.prompt(_request(step))
                    return Reply(text, None, "stop", "m", Usage(count(text), 0), _TIMINGS, "", form="prompt")
                case Complete(prompt=str(prompt)):
                    limit = step.fields.get("max_tokens")
                    raw, was_cut = self._path.raw(prompt, limit if isinstance(limit, int) else MAX_TOKENS)
                    usage = Usage(count(prompt), count(raw))
                    return Reply(raw, None, "length" if was_cut else "stop", "m", usage, _TIMINGS, "", form="text")
                case Ask():
                    return self._chat(step)
        except RequestRefused as refused:
            return _failure(f"answered HTTP {refused.status}: {refused}")
        except ErrorWithin as error:
            return _failure(f"reported an error within its reply, HTTP 500: {error}")
        raise TypeError(f"no question: {step}")

    def sent(self, ask: Ask, *, counts_pieces: bool) -> Any:
        """All that it sends in answer to a chat request, but for what tells two replies apart."""
        reply = self(ask)
        streamed = reply.streamed_calls
        pieces = streamed.pieces if streamed is not None and counts_pieces else ()
        irregular = streamed.irregular if streamed is not None else ()
        said = (reply.content, reply.reasoning, reply.finish_reason, reply.usage)
        return (*said, _without_ids(reply), irregular, pieces)

    def _chat(self, ask: Ask) -> Reply:
        self._number += 1
        api = APIS[ask.api]
        body = api.body({"model": "m", "messages": list(ask.messages), **_LIMIT, **ask.fields, **_STREAMED[ask.stream]})
        other = OTHERS[ask.api].with_fault(self._path.fault) if ask.api in OTHERS else None
        sent = body if other is None else other.chat(json.loads(json.dumps(body)))
        request = tool_request(json.dumps(sent).encode(), "m")
        prompt = self._path.prompt(request)
        generated = self._path.generated(request, prompt, self._number)
        fate = None if self._path.fault.fate is None else self._path.fault.fate(request)
        if fate is Fate.GOES_ON and request.stream and other is None:
            return _failure("does not end its reply: 4 s after the reply began it still goes on")
        if fate in (Fate.HANGS, Fate.GOES_ON):
            return _failure("stalled: it sent nothing in answer for 3 s")
        if fate is Fate.CLOSES:
            return _failure("broke the connection before it answered: ServerDisconnectedError, 2 times in a row")
        if fate is Fate.FAILS_AT_ONCE or (fate is Fate.FAILS and not request.stream):
            return _failure("answered HTTP 500: EngineCore encountered an issue")
        reply = self._path.reply(generated)
        answer = api.builder("")
        if other is not None:
            _take_other(answer, other, reply, Sent(self._number, "m", count(prompt), count(generated.raw)), ask, fate)
            return answer.reply() or _failure("broke its reply off without a finish_reason")
        usage = {"prompt_tokens": count(prompt), "completion_tokens": count(generated.raw)}
        if not request.stream:
            choice = {"index": 0, "message": self._path.message(reply), "finish_reason": reply.finish_reason}
            answer.take_completion(json.dumps({"model": "m", "choices": [choice], "usage": usage}))
        else:
            stream = self._path.stream(reply, generated)
            _take(answer, Stream(stream.chunks[:2], breaks_at=1) if fate is Fate.FAILS else stream, usage)
        return answer.reply() or _failure("broke its reply off without a finish_reason")


def conducted(problem: ContractProblem, server: EmbeddedPath) -> Transcript:
    """A case's whole conversation with it."""
    conversation = ToolContract().converse(problem)
    step, exchanges = next(conversation), list[Exchange]()
    while True:
        exchanges.append(Exchange(step.sha256, server(step)))
        try:
            step = conversation.send(exchanges[-1].outcome)
        except StopIteration as end:
            return Transcript(tuple(exchanges), end.value)


def differs(problem: ContractProblem, faulty: EmbeddedPath) -> bool:
    """Whether the fault shows in anything that is sent in answer to a case's own request."""
    return any(
        now != sound for now, sound in zip(_all_sent(problem, faulty), _soundly_sent(problem.task_id), strict=True)
    )


def _all_sent(problem: ContractProblem, server: EmbeddedPath) -> Iterator[Any]:
    """What a server sends in answer to a case's own requests, one after another: the prompts, then the replies."""
    for messages in filter(None, (problem.messages, problem.same_as)):
        yield server(Render(messages, problem.fields)).content
    for stream in (False, True):
        ask = Ask(problem.messages, problem.fields, stream, may_fail=True, api=problem.api)
        yield server.sent(ask, counts_pieces=problem.is_long)


@cache
def _soundly_sent(task_id: str) -> tuple[Any, ...]:
    return tuple(_all_sent(CASES[task_id], EmbeddedPath()))


def _take(answer: ReplyBuilder, stream: Stream, usage: Any) -> None:
    for place, chunk in enumerate(stream.chunks):
        if place == stream.breaks_at:
            answer.take_chunk(json.dumps({"error": {"message": "EngineCore encountered an issue", "code": 500}}))
        choice = {"index": 0, "delta": chunk.delta, "finish_reason": chunk.finish_reason}
        answer.take_chunk(json.dumps({"model": "m", "choices": [choice]}))
    if stream.usage:
        answer.take_chunk(json.dumps({"model": "m", "choices": [], "usage": usage}))
    if not stream.done:
        answer.without_done()


def _take_other(answer: ReplyBuilder, api: OtherApi, reply: Parsed, sent: Sent, ask: Ask, fate: Fate | None) -> None:
    if not ask.stream:
        answer.take_completion(json.dumps(api.whole(reply, sent)))
        return
    events = api.events(reply, sent)
    for event in events[:2] if fate is Fate.FAILS else events:
        answer.take_chunk(json.dumps(event))
    if fate is Fate.FAILS:
        answer.take_chunk(json.dumps({"error": {"message": "EngineCore encountered an issue", "code": 500}}))


def _request(step: Render) -> ToolRequest:
    return tool_request(json.dumps(rendering_body(_PROFILE, step.messages, step.fields)).encode(), "m")


def _without_ids(reply: Reply) -> Any:
    calls = (reply.message or {}).get("tool_calls") or []
    return [{**call, "id": len({one.get("id") for one in calls}) if call.get("id") else ""} for call in calls]


def _failure(what: str) -> Reply:
    return Reply(what, None, "", "", Usage(0, 0), _TIMINGS, "", form="failure")
