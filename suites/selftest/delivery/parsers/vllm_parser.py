"""vLLM's own parsers for GLM-4.7, called as its chat endpoint calls them; run by path, by an interpreter that has vLLM.

    python vllm_parser.py

A line of standard input is a reply's raw text with its request, a line of standard output what the endpoint would send
of it, whole and streamed. No engine runs, and no grammar binds the text.
"""

from __future__ import annotations

import json
import os
import sys


class Tokens:
    """As much of a tokenizer as the parsers ask for: the request says which ids its tags have."""

    chat_template = None

    def __init__(self, tags) -> None:
        self._tags = {ident: tag for tag, ident in tags.items()}
        self._ids = tags
        self.all_special_tokens = [tag for tag in tags if tag[0] == "[" or tag[:2] == "<|" or tag == "<sop>"]
        self.all_special_ids = [tags[tag] for tag in self.all_special_tokens]

    def get_vocab(self):
        return dict(self._ids)

    def decode(self, ids, **_):
        return "".join(self._tags[one] if one in self._tags else chr(one - 100) for one in ids)


def answered(asked, parser_class, tokens):
    """What is sent for one line."""
    from vllm.entrypoints.openai.chat_completion.protocol import (
        ChatCompletionNamedToolChoiceParam,
        ChatCompletionRequest,
    )

    switches = {"enable_thinking": asked["thinking"]}
    fields = {"tools": asked["tools"], "tool_choice": asked["tool_choice"]} if asked["tools"] else {}
    request = ChatCompletionRequest(
        model="m",
        messages=[{"role": "user", "content": "x"}],
        parallel_tool_calls=asked["parallel"],
        chat_template_kwargs=switches,
        **fields,
    )

    def parser():
        return parser_class(tokens, request.tools, chat_template_kwargs=switches, model_config=None)

    is_named = type(request.tool_choice) is ChatCompletionNamedToolChoiceParam
    end = "length" if asked["cut"] else "stop"
    message, is_called = _whole(asked, request, parser())
    is_required = request.tool_choice == "required" and end == "stop"
    finish_reason = "tool_calls" if (is_called and not is_named) or is_required else end
    deltas, has_calls = _streamed(asked, request, parser())
    streamed_reason = "tool_calls" if has_calls and not is_named and end == "stop" else end
    return {
        "message": message,
        "finish_reason": finish_reason,
        "deltas": deltas,
        "stream_finish_reason": streamed_reason,
    }


def _whole(asked, request, parser):
    from vllm.entrypoints.generate.base.protocol import ToolCall
    from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionResponseChoice, ChatMessage
    from vllm.entrypoints.serve.utils.tool_calls_utils import maybe_filter_parallel_tool_calls

    parser.set_prompt_token_ids(asked["prompt_ids"])
    reasoning, content, calls = parser.parse(
        asked["text"], request, enable_auto_tools=True, model_output_token_ids=asked["ids"]
    )
    is_offered = bool(request.tools) and request.tool_choice != "none"
    is_forced = is_offered and request.tool_choice not in ("auto", None)
    told = [ToolCall(id=one.id or f"call-{place}", function=one) for place, one in enumerate(calls or [])]
    message = ChatMessage(
        role="assistant",
        reasoning=reasoning,
        content=content or "" if is_forced else content,
        **({"tool_calls": told} if told and is_offered else {}),
    )
    choice = maybe_filter_parallel_tool_calls(ChatCompletionResponseChoice(index=0, message=message), request)
    return json.loads(choice.message.model_dump_json()), bool(told) and is_offered and not is_forced


def _streamed(asked, request, parser):
    from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionResponseStreamChoice
    from vllm.entrypoints.serve.utils.tool_calls_utils import maybe_filter_parallel_tool_calls

    deltas, has_calls, pieces = [], False, asked["deltas"]
    for place, (text, ids) in enumerate(pieces):
        delta = parser.parse_delta(
            text, ids, request, prompt_token_ids=asked["prompt_ids"], finished=place == len(pieces) - 1
        )
        if delta is None:
            continue
        has_calls = has_calls or bool(delta.tool_calls)
        choice = maybe_filter_parallel_tool_calls(ChatCompletionResponseStreamChoice(index=0, delta=delta), request)
        deltas.append(json.loads(choice.delta.model_dump_json(exclude_unset=True)))
    return deltas, has_calls


def main() -> None:
    """See above."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the package prints what it finds
    from vllm.parser import ParserManager

    parser_class = None
    for line in sys.stdin:
        asked = json.loads(line)
        tokens = Tokens(asked["tags"])
        if parser_class is None:
            parser_class = ParserManager.get_parser(
                tool_parser_name="glm47", reasoning_parser_name="glm45", enable_auto_tools=True, tokenizer=tokens
            )
        print(json.dumps(answered(asked, parser_class, tokens)), file=answers, flush=True)


if __name__ == "__main__":
    main()
