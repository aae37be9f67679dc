"""The transforms, each broken in one place, and the law that has to notice it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from servecheck.extraction import mentions
from servecheck.extraction.fence_line import Fence
from servecheck.extraction.pieces import Kind
from servecheck.extraction.reasoning import ReasoningFinder
from servecheck.extraction.reasoning_marks import Markers, MarkFamily, Matcher
from servecheck.transforms import (
    chain,
    fence_stripping,
    fences,
    messages,
    prefill,
    reasoning_copy,
    stream,
    template_kwargs,
    thinking,
)
from servecheck.transforms.messages import ChatRequest, Text
from servecheck.transforms.transform import ReplyTransform, RequestTransform


class AtOnce:
    """A filter that sees a choice's content at once."""

    def __init__(self, change: Callable[[str], str]) -> None:
        self._change, self._content, self._reasoning = change, "", ""

    def feed(self, text: Text) -> Text:
        self._content += text.content
        self._reasoning += text.reasoning
        return Text("", text.reasoning, text.says_more)

    def end(self) -> Text:
        return Text(self._change(self._content))

    def did(self) -> dict[str, int]:
        return {}


class AlwaysCopied(AtOnce):
    def end(self) -> Text:
        return Text(self._content + self._reasoning)


class Late:
    """A filter whose output comes when it ends."""

    def __init__(self, one: Any) -> None:
        self._one, self._rest = one, Text()

    def feed(self, text: Text) -> Text:
        self._rest += self._one.feed(text)
        return Text()

    def end(self) -> Text:
        return self._rest + self._one.end()

    def did(self) -> dict[str, int]:
        return self._one.did()


def content(change: Callable[[str], str]) -> Callable[..., ReplyTransform]:
    return lambda **_: ReplyTransform(lambda _: AtOnce(change))


def echo(change: Callable[[str, str], str]) -> Callable[..., ReplyTransform]:
    return lambda: ReplyTransform(lambda request: AtOnce(lambda text: change(text, request.prefill)))


def winning(callers_win: bool) -> Callable[..., RequestTransform]:
    return lambda **given: template_kwargs.inject_chat_template_kwargs(**{**given, "callers_win": callers_win})


def replaced(callers_win: bool = False, **kwargs: Any) -> RequestTransform:
    def apply(request: ChatRequest) -> tuple[ChatRequest, dict[str, int]]:
        own = request.body.get("chat_template_kwargs")
        return request.replacing(chat_template_kwargs={**(own if isinstance(own, dict) else {}), **kwargs}), {"x": 1}

    return RequestTransform(apply)


def in_place(callers_win: bool = False, **kwargs: Any) -> RequestTransform:
    def apply(request: ChatRequest) -> tuple[ChatRequest, dict[str, int]]:
        request.body["chat_template_kwargs"] = kwargs
        return request, {"x": 1}

    return RequestTransform(apply)


FENCED = re.compile(r"```(?:python)?\n(.*?)```", re.S)


def by_search(text: str) -> str:
    found = FENCED.search(text)
    return found.group(1) if found else text


def by_match(text: str) -> str:
    found = FENCED.match(text)
    return found.group(1) if found else text


def all_echoes(text: str, prefill: str) -> str:
    while prefill.strip() and text.startswith(prefill.strip()):
        text = text.removeprefix(prefill.strip())
    return text


def common_part(text: str, prefill: str) -> str:
    return text[prefill_common(text, prefill.strip()) :]


prefill_common = prefill._common
feed, end_of_fences, end_of_thinking = (
    stream.ReplyStream.feed,
    fence_stripping._FenceFilter.end,
    thinking._ThinkFilter.end,
)
feed_choices, keep = stream.ReplyStream._feed_choices, fence_stripping._FenceFilter._keep
open_block = fence_stripping._FenceFilter._open
thinking_transform = thinking.split_think_tags


def knowing(family: MarkFamily) -> Callable[..., ReasoningFinder]:
    return lambda _, bare_close: ReasoningFinder(Markers([family]), bare_close=bare_close)


def stripping_end(end: Callable[[Any], Text]) -> Callable[[Any], Text]:
    return lambda self: Text(end(self).content.strip())


def never_streaming(self: Any, fence: Any) -> None:
    open_block(self, fence)
    self._streams = False


def error_first(self: Any, chunk: Any) -> Any:
    return [chunk] if chunk.get("error") else feed(self, chunk)


def second_first(self: Any, chunk: Any) -> Any:
    if not hasattr(self, "held"):
        self.held = feed(self, chunk)
        return []
    out, self.held = [*feed(self, chunk), *self.held], []
    return out


def saying_in_place(fields: Any, text: Text, names: Any) -> Any:
    fields["content"] = text.content
    return fields


def shared_state(self: Any, request: Any) -> Any:
    filters = self._filters(ChatRequest(request))
    return stream.ReplyStream(lambda: filters)


def request_if_first(self: Any, body: Any) -> Any:
    return request_of(self, body) if self.names[0] == "inject_chat_template_kwargs" else (body, ())


request_of = chain.Chain.request


def always_copied() -> ReplyTransform:
    return ReplyTransform(lambda _: AlwaysCopied(str))


def every_name(_: str) -> frozenset[str]:
    return frozenset({"f"})


def no_name(_: str) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class Mutant:
    """A break, and the law that notices it.

    Attributes:
        law: module and function, without the ``test_`` of both.
        name: what is broken, for people.
        where: the object that has the attribute; a name stands for that transform.
        attribute: what is replaced; empty for a transform.
        by: replaces it.
    """

    law: str
    name: str
    where: Any
    attribute: str
    by: Any


STRIP, SPLIT, COPY, DROP = "strip_code_fences", "split_think_tags", "copy_reasoning_to_content", "drop_prefill_echo"
INJECT = "inject_chat_template_kwargs"
FILTER, THINK, STREAM = fence_stripping._FenceFilter, thinking._ThinkFilter, stream.ReplyStream

MUTANTS = [
    Mutant(
        "template_kwargs.fields_that_are_not_named_are_untouched",
        "fields that are not known are left out",
        ChatRequest,
        "replacing",
        lambda self, **new: ChatRequest({"model": "m", "messages": self.body["messages"], **new}),
    ),
    Mutant(
        "template_kwargs.the_profiles_values_are_there_whatever_the_caller_said",
        "the caller always wins",
        INJECT,
        "",
        winning(True),
    ),
    Mutant(
        "template_kwargs.the_callers_values_stay_where_the_profile_says_so",
        "the caller never wins",
        INJECT,
        "",
        winning(False),
    ),
    Mutant(
        "template_kwargs.twice_is_once",
        "a request is made anew for nothing",
        template_kwargs,
        "_same",
        lambda *_: False,
    ),
    Mutant("template_kwargs.a_field_that_is_no_object_is_the_servers_business", "it is replaced", INJECT, "", replaced),
    Mutant(
        "template_kwargs.a_request_is_never_changed_in_place_and_never_by_a_transform_of_replies",
        "it is changed in place",
        INJECT,
        "",
        in_place,
    ),
    Mutant(
        "code_fences.clean_code_is_left_as_it_is",
        "a fence in a string opens a block",
        fence_stripping,
        "is_program_up_to",
        lambda *_: False,
    ),
    Mutant(
        "code_fences.a_reply_without_fences_is_left_as_it_is",
        "white space around it is stripped",
        FILTER,
        "end",
        stripping_end(end_of_fences),
    ),
    Mutant(
        "code_fences.the_program_is_never_lost",
        "the first block alone is kept",
        fence_stripping,
        "names_defined",
        no_name,
    ),
    Mutant(
        "code_fences.what_lm_eval_appends_to_the_prompt_is_the_body",
        "indentation is stripped",
        fences.OpenBlock,
        "without_indent",
        lambda _, line: line.lstrip(),
    ),
    Mutant(
        "code_fences.twice_is_once",
        "one fence at a time is removed",
        STRIP,
        "",
        content(lambda text: text.replace("```", "", 1)),
    ),
    Mutant(
        "code_fences.nothing_is_invented_but_an_empty_line_between_blocks",
        "a comment says where code is from",
        FILTER,
        "_keep",
        lambda self, code: "# from the reply\n" + keep(self, code),
    ),
    Mutant(
        "code_fences.no_fence_is_left_that_lm_eval_would_cut_the_program_at",
        "a block never ends",
        fences.OpenBlock,
        "end_in",
        lambda *_: None,
    ),
    Mutant(
        "code_fences.example_use_and_tests_after_the_program_are_left_out",
        "all blocks are kept",
        fence_stripping,
        "names_defined",
        every_name,
    ),
    Mutant(
        "code_fences.a_block_that_defines_the_function_anew_follows_the_first",
        "the first block alone is kept",
        fence_stripping,
        "names_defined",
        no_name,
    ),
    Mutant(
        "code_fences.a_block_with_what_the_request_asks_for_follows_its_helpers",
        "the request is not read",
        ChatRequest,
        "functions",
        property(lambda _: frozenset()),
    ),
    Mutant(
        "code_fences.a_reply_that_was_cut_off_keeps_what_there_is_of_its_program",
        "a block has to be closed",
        STRIP,
        "",
        content(by_search),
    ),
    Mutant(
        "code_fences.prose_before_and_after_makes_no_difference",
        "a block has to be at the beginning",
        STRIP,
        "",
        content(by_match),
    ),
    Mutant(
        "code_fences.blocks_in_other_languages_are_no_code",
        "every tag is Python's",
        Fence,
        "is_python",
        property(lambda _: True),
    ),
    Mutant("code_fences.a_reply_is_never_made_empty", "an empty block counts", STRIP, "", content(by_search)),
    Mutant(
        "think_tags.what_stands_between_the_tags_is_reasoning_and_the_rest_is_the_answer",
        "closing tags are not known",
        thinking,
        "ReasoningFinder",
        knowing(MarkFamily(("<think>",), ("</>",))),
    ),
    Mutant(
        "think_tags.a_closing_tag_alone_ends_reasoning_that_the_template_began",
        "it needs both tags",
        SPLIT,
        "",
        lambda **_: thinking_transform(bare_close=False),
    ),
    Mutant(
        "think_tags.reasoning_that_never_ends_is_no_answer",
        "it needs both tags",
        SPLIT,
        "",
        content(lambda text: re.sub(r"(?s)<think>.*?</think>", "", text)),
    ),
    Mutant(
        "think_tags.a_reply_without_tags_is_left_as_it_is",
        "white space around it is stripped",
        THINK,
        "end",
        stripping_end(end_of_thinking),
    ),
    Mutant(
        "think_tags.a_program_that_names_the_tags_is_kept",
        "every tag separates",
        mentions.Context,
        "judge",
        lambda *_: mentions.Judgement.SEPARATES,
    ),
    Mutant(
        "think_tags.no_text_is_lost_or_invented_but_tags_and_white_space",
        "reasoning is thrown away",
        THINK,
        "_given",
        lambda _, pieces, of: Text("".join(text for kind, text in pieces if kind is Kind.ANSWER), of.reasoning),
    ),
    Mutant(
        "think_tags.twice_is_once",
        "the first closing tag alone is known",
        SPLIT,
        "",
        content(lambda text: text.partition("</think>")[2] or text),
    ),
    Mutant(
        "think_tags.it_follows_the_reasoning_that_the_server_has_separated",
        "the older name is not kept",
        chain,
        "reasoning_names",
        lambda _: ("reasoning",),
    ),
    Mutant(
        "think_tags.reasoning_is_never_shown_as_answer_where_it_is_tagged_at_the_beginning",
        "opening tags are not known",
        thinking,
        "ReasoningFinder",
        knowing(MarkFamily(("<>",), ("</think>",))),
    ),
    Mutant("reasoning_copy.an_answer_is_left_as_it_is", "it copies always", COPY, "", always_copied),
    Mutant(
        "reasoning_copy.an_empty_answer_is_filled_whatever_the_field_is_called",
        "the older name is not known",
        messages,
        "REASONING",
        ("reasoning",),
    ),
    Mutant("reasoning_copy.a_call_of_a_tool_is_an_answer", "tool calls are not seen", messages, "_MORE", ()),
    Mutant("reasoning_copy.reasoning_of_nothing_is_no_answer", "it copies always", COPY, "", always_copied),
    Mutant("reasoning_copy.twice_is_once", "it copies always", COPY, "", always_copied),
    Mutant(
        "prefill_echo.an_echo_is_dropped_and_the_rest_is_the_reply",
        "white space counts",
        DROP,
        "",
        echo(str.removeprefix),
    ),
    Mutant(
        "prefill_echo.a_reply_that_does_not_begin_with_it_is_left_as_it_is",
        "its length is cut off",
        DROP,
        "",
        echo(lambda text, prefill: text[len(prefill) :]),
    ),
    Mutant(
        "prefill_echo.a_request_without_the_assistants_turn_has_no_echo",
        "any last turn counts",
        ChatRequest,
        "prefill",
        property(lambda self: "".join(messages._texts(self._messages[-1]))),
    ),
    Mutant(
        "prefill_echo.what_follows_the_echo_is_the_reply_even_where_it_says_the_same",
        "every echo is dropped",
        DROP,
        "",
        echo(all_echoes),
    ),
    Mutant(
        "prefill_echo.twice_is_once_but_for_a_second_echo",
        "the first line is dropped",
        DROP,
        "",
        echo(lambda text, _: text.partition("\n")[2]),
    ),
    Mutant("prefill_echo.a_part_of_it_is_no_echo", "a part is dropped", DROP, "", echo(common_part)),
    Mutant(
        "streams.a_stream_says_what_the_whole_reply_says_however_it_is_cut",
        "a tag that is cut is text",
        Matcher,
        "held",
        lambda _, _text, _start, end: end,
    ),
    Mutant(
        "streams.so_it_does_out_of_bytes_however_they_are_cut",
        "what is held back is lost",
        stream._ChoiceState,
        "_flushed",
        lambda *_: None,
    ),
    Mutant("streams.what_was_done_is_counted_alike", "streams do not count", stream, "summed", lambda _: ()),
    Mutant(
        "streams.every_choice_ends_once_and_after_all_that_it_says",
        "held text comes behind the end",
        STREAM,
        "_feed_choices",
        lambda self, *given: feed_choices(self, *given)[::-1],
    ),
    Mutant(
        "streams.the_usage_comes_last_and_untouched",
        "it never waits",
        STREAM,
        "_has_unfinished",
        property(lambda _: False),
    ),
    Mutant(
        "streams.roles_and_tool_calls_and_unknown_fields_are_untouched",
        "a chunk goes with its text",
        stream,
        "_says_text_alone",
        lambda *_: True,
    ),
    Mutant(
        "streams.the_role_comes_before_all_else_that_its_choice_says",
        "the second chunk comes first",
        STREAM,
        "feed",
        second_first,
    ),
    Mutant(
        "streams.an_error_is_untouched_and_comes_after_what_was_said_before_it",
        "it comes first",
        STREAM,
        "feed",
        error_first,
    ),
    Mutant(
        "streams.a_chain_of_nothing_hands_on_the_very_objects",
        "every chunk is made anew",
        stream,
        "_same",
        lambda *_: False,
    ),
    Mutant("streams.what_goes_in_is_never_changed", "deltas are changed in place", stream, "saying", saying_in_place),
    Mutant(
        "streams.nothing_is_sent_that_says_nothing",
        "emptied chunks are sent",
        stream,
        "_says_text_alone",
        lambda *_: False,
    ),
    Mutant(
        "streams.code_is_passed_on_as_it_comes_line_by_line",
        "code waits for its block's end",
        FILTER,
        "_open",
        never_streaming,
    ),
    Mutant(
        "streams.reasoning_and_answer_are_passed_on_as_they_come",
        "all waits for the end",
        SPLIT,
        "",
        lambda **given: ReplyTransform(lambda request: Late(thinking_transform(**given).start(request))),
    ),
    Mutant("streams.choices_do_not_mix", "all choices share one state", chain.Chain, "stream", shared_state),
    Mutant(
        "streams.a_stream_without_an_end_still_gives_all_that_there_is",
        "what is held back is lost",
        STREAM,
        "end",
        lambda _: [],
    ),
    Mutant(
        "chains.the_place_of_a_transform_of_requests_among_those_of_replies_makes_no_difference",
        "it has to be first",
        chain.Chain,
        "request",
        request_if_first,
    ),
    Mutant(
        "chains.copying_and_stripping_commute_where_there_is_an_answer", "it copies always", COPY, "", always_copied
    ),
    Mutant(
        "chains.copying_before_or_after_stripping_makes_no_difference_where_the_reasoning_has_no_fences",
        "it copies always",
        COPY,
        "",
        always_copied,
    ),
    Mutant(
        "chains.dropping_an_echo_and_copying_reasoning_commute_where_something_follows_the_echo",
        "the reply is dropped with the echo",
        DROP,
        "",
        echo(lambda text, prefill: "" if text.startswith(prefill) else text),
    ),
    Mutant(
        "chains.code_in_the_reasoning_is_never_taken_where_tags_are_split_first",
        "it splits nothing",
        SPLIT,
        "",
        content(str),
    ),
    Mutant(
        "chains.splitting_and_then_copying_shows_reasoning_that_was_never_answered",
        "it copies nothing",
        reasoning_copy._ReasoningCopy,
        "end",
        lambda _: Text(),
    ),
    Mutant(
        "chains.the_chain_of_the_notes_never_loses_the_program",
        "the first block alone is kept",
        fence_stripping,
        "names_defined",
        no_name,
    ),
    Mutant(
        "chains.what_was_done_is_said_where_anything_was_and_only_there", "nothing is said", THINK, "did", lambda _: {}
    ),
    Mutant(
        "chains.of_a_whole_reply_the_text_of_messages_alone_is_changed",
        "a message is made anew",
        chain,
        "saying",
        lambda _, text, *__: {"role": "assistant", "content": text.content},
    ),
]
