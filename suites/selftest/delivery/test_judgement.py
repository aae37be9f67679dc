"""Who is at fault: a server that loses what a model wrote, a model that wrote something else, or nobody can say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from servecheck.delivery.evidence import Evidence
from servecheck.delivery.judgement import DeliveryJudgement, judged
from servecheck.delivery.symptoms import Blame, Defect
from servecheck.evaluation.transcript import Reply, StreamedCalls
from servecheck.generation import call_stream
from servecheck.problems.tool_demands import HEADER

from suites.selftest.delivery.replies import CASES, chat, evidence, prompt, raw, reply, streamed

ECHO = CASES["echo/plain"]


def first(judgement: DeliveryJudgement) -> tuple[Blame, Defect]:
    symptom = judgement.symptoms[0]
    return symptom.blame, symptom.kind


def both(problem: Any, *calls: Any, **more: Any) -> Evidence:
    """A whole and a streamed reply that are wrong alike."""
    return evidence(problem, chat(problem, *calls, **more), streamed(problem, *calls, **more))


@pytest.mark.parametrize(
    "task_id", [one for one in CASES.task_ids if one.partition("/")[0] in {"echo", "count", "tools", "parallel"}]
)
def test_what_is_asked_for_and_arrives_is_delivered(task_id: str) -> None:
    found = judged(CASES[task_id], evidence(CASES[task_id]))

    assert found.symptoms == ()
    assert found.copied is True
    assert (found.asked, found.faults) == (1, 0)


@pytest.mark.parametrize(
    ("task_id", "wrong", "kind"),
    [
        ("echo/ref", {"value": '{"x": -2.5}'}, Defect.OTHER_TYPE),
        ("echo/number-like", {"value": 7}, Defect.OTHER_TYPE),
        ("echo/null-like", {"value": None}, Defect.OTHER_TYPE),
        ("echo/json-object-like", {"value": {"a": [1, None], "b": "x"}}, Defect.OTHER_TYPE),
        ("echo/quoted", {"value": "q"}, Defect.OTHER_TYPE),
        ("echo/edge-spaces", {"value": "two before, one after"}, Defect.OTHER_SPACE),
        ("echo/call-end", {"value": "ends with "}, Defect.VALUE_CUT),
        ("echo/less-than", {"value": "a "}, Defect.VALUE_CUT),
        ("echo/think-tags", {"value": " yes"}, Defect.PIECE_LOST),
        ("echo/think-tags", {"value": "no</think> yes"}, Defect.PIECE_LOST),
        ("echo/new-emoji", {"value": "\ufffd \ufffd"}, Defect.VALUE_REPLACED),
        (
            "echo/rare-cjk",
            {"value": r"\u9f9c\u9f9c\u9f9f, \u6f22\u5b57\u304b\u306a\ud55c\uae00"},
            Defect.VALUE_ESCAPED,
        ),
        ("echo/beyond-double", {"value": 9007199254740992}, Defect.VALUE_ROUNDED),
        ("echo/plain", {}, Defect.EMPTY_CALL),
        ("echo/plain", {"value": "Heron, 4 pm", "path": "x"}, Defect.KEY_ADDED),
        ("echo/plain", {"value</arg_key>": "Heron, 4 pm"}, Defect.MARKUP),
        ("echo/declared-order", {"zeta_1": "zeta_1 value"}, Defect.KEY_LOST),
    ],
)
def test_what_a_parser_does_to_a_value_is_told_by_it(task_id: str, wrong: Any, kind: Defect) -> None:
    problem = CASES[task_id]

    found = judged(problem, both(problem, ("save", wrong)))

    assert first(found) == (Blame.PARSER, kind)
    assert found.copied is True
    assert found.faults == 1


@pytest.mark.parametrize(
    ("task_id", "wrong"),
    [
        ("echo/value-end", "xy"),
        ("echo/think-tags", "Iarg-key-1}__, exactly_o}"),
        ("echo/think-tags", "Ino\ufffd yes"),
    ],
    ids=["the rest as it was", "the rest otherwise, as a small model has it", "cut within a character"],
)
def test_a_value_without_its_tags_is_a_grammars(task_id: str, wrong: str) -> None:
    problem = CASES[task_id]

    assert first(judged(problem, both(problem, ("save", {"value": wrong})))) == (
        Blame.GRAMMAR,
        Defect.VALUE_UNTAGGED,
    )


@pytest.mark.parametrize(
    ("task_id", "wrote", "arrived"),
    [
        ("echo/declared-order", {"value": "omega_5 value"}, {"mid_3": "omega_5 value"}),
        ("echo/negative", {"value": "minus"}, {"value": -4}),
    ],
    ids=["another key", "another type"],
)
def test_what_arrives_for_a_call_that_does_not_fit_its_tool_is_no_parsers(
    task_id: str, wrote: Any, arrived: Any
) -> None:
    problem, call = CASES[task_id], ("save", arrived)

    found = judged(
        problem, evidence(problem, chat(problem, call), streamed(problem, call), raw(problem, ("save", wrote)))
    )

    assert first(found) == (Blame.BELOW, Defect.NO_WHOLE_CALL)


def test_calls_that_a_longer_value_would_hold_too_convict_nobody() -> None:
    """With a key that its tool does not take, so a grammar, which binds the chat alone, put another there."""
    problem = CASES["count/two"]
    [one, two] = [(call.tool, dict(call.arguments)) for call in problem.demand.calls]
    unfit = (two[0], {"wrong": next(iter(two[1].values()))})
    arrived = (one, two, two)

    found = judged(
        problem,
        evidence(problem, chat(problem, *arrived), streamed(problem, *arrived), raw(problem, one, unfit, unfit)),
    )

    assert first(found) == (Blame.BELOW, Defect.NO_WHOLE_CALL)


def test_a_closing_tag_too_many_makes_no_longer_value_that_nobody_asked_for() -> None:
    problem = CASES["count/text-after"]
    wrote = f"{raw(problem)}</arg_value></tool_call>"

    found = judged(problem, evidence(problem, chat(problem, content=""), streamed(problem, content=""), wrote))

    assert first(found) == (Blame.BELOW, Defect.NO_WHOLE_CALL)


def test_a_tool_that_there_is_called_for_one_that_there_is_not_is_no_parsers() -> None:
    problem, call = CASES["history/no-arguments"], ("clock", {})

    found = judged(problem, evidence(problem, chat(problem, call), streamed(problem, call), raw(problem, ("save", {}))))

    assert first(found) == (Blame.BELOW, Defect.NO_WHOLE_CALL)


def test_another_value_is_no_parsers() -> None:
    """A parser makes up no letters: the model wrote another value that time, or a cache lost what it had read."""
    assert first(judged(ECHO, both(ECHO, ("save", {"value": "Heron, 5 pm"})))) == (Blame.BELOW, Defect.OTHER_VALUE)


@pytest.mark.parametrize(
    ("task_id", "value"), [("echo/plain", "Heron, pm"), ("echo/think-tags", "<think>no</think>yes!")]
)
def test_nor_is_one_that_lacks_a_word_or_has_another(task_id: str, value: str) -> None:
    found = judged(CASES[task_id], both(CASES[task_id], ("save", {"value": value})))

    assert first(found) == (Blame.BELOW, Defect.OTHER_VALUE)


def test_a_model_that_copies_wrongly_is_delivered() -> None:
    wrong = ("save", {"value": "Heron"})

    found = judged(ECHO, evidence(ECHO, chat(ECHO, wrong), streamed(ECHO, wrong), raw(ECHO, wrong)))

    assert found.is_delivered
    assert found.copied is False


def test_a_reply_that_is_as_asked_needs_no_text() -> None:
    assert judged(ECHO, evidence(ECHO, text="")).is_delivered


def test_one_that_is_not_and_has_none_is_never_delivered() -> None:
    found = judged(ECHO, evidence(ECHO, chat(ECHO, content="I will not."), streamed(ECHO, content="I will not."), ""))

    assert first(found) == (Blame.OPEN, Defect.NOT_AS_ASKED)
    assert found.copied is None


def test_a_text_that_differs_when_asked_again_convicts_nobody() -> None:
    found = both(ECHO, ("save", {"value": "Heron"}))
    found.texts.append(reply(raw(ECHO, ("save", {"value": "Heron, 6 pm"})), "text"))

    assert judged(ECHO, found).blame is Blame.OPEN


def test_a_model_that_wrote_no_whole_call_is_to_blame_itself() -> None:
    text = raw(ECHO).removesuffix("</tool_call>")

    found = judged(ECHO, evidence(ECHO, chat(ECHO, content=text), streamed(ECHO, content=text), text))

    assert first(found) == (Blame.BELOW, Defect.NO_WHOLE_CALL)


@pytest.mark.parametrize(
    ("whole", "kind"),
    [
        (chat(ECHO, content=""), Defect.NO_CALL),
        (chat(ECHO, content=raw(ECHO)), Defect.MARKUP),
        (chat(ECHO, ("save", '{"value": "Heron')), Defect.NOT_JSON),
        (chat(ECHO, ("save", '{"value": "Heron, 4 pm"}{"value": "Heron, 4 pm"}')), Defect.NOT_JSON),
        (chat(ECHO, ("sav", {"value": "Heron, 4 pm"})), Defect.OTHER_NAME),
        (chat(ECHO, *2 * [("save", {"value": "Heron, 4 pm"})]), Defect.CALL_ADDED),
        (chat(ECHO, finish_reason="stop"), Defect.FINISH),
        (chat(ECHO, content="", finish_reason="tool_calls"), Defect.FINISH),
    ],
)
def test_a_reply_that_lost_its_call_is_the_parsers(whole: Reply, kind: Defect) -> None:
    found = judged(ECHO, evidence(ECHO, whole, whole))

    assert found.blame is Blame.PARSER
    assert kind in {one.kind for one in found.symptoms}


def test_arguments_that_are_no_text_and_calls_without_an_id_are_the_parsers() -> None:
    sent = chat(ECHO)
    assert sent.message is not None
    call = sent.message["tool_calls"][0]
    objects = {
        **sent.message,
        "tool_calls": [{**call, "function": {"name": "save", "arguments": {"value": "Heron, 4 pm"}}}],
    }
    nameless = {**sent.message, "tool_calls": [{**call, "id": None}]}

    for message, kind in ((objects, Defect.NOT_TEXT), (nameless, Defect.NO_ID)):
        whole = reply(message=message, finish_reason="tool_calls")
        assert first(judged(ECHO, evidence(ECHO, whole, whole))) == (Blame.PARSER, kind)


def test_what_the_stream_alone_has_wrong_is_the_streams() -> None:
    cut = streamed(ECHO, ("save", {"value": "Heron, 4 p"}))

    assert first(judged(ECHO, evidence(ECHO, None, cut))) == (Blame.STREAM, Defect.VALUE_CUT)


def test_an_irregular_stream_is_wrong_though_it_can_be_read() -> None:
    found = judged(ECHO, evidence(ECHO, None, streamed(ECHO, irregular=(call_stream.GAP,))))

    assert first(found) == (Blame.STREAM, Defect.IRREGULAR)


def test_a_long_value_has_to_come_in_pieces_and_a_stream_with_its_usage() -> None:
    long = CASES["echo/file"]
    buffered = streamed(long, streamed_calls=StreamedCalls((), (1,)))

    assert first(judged(long, evidence(long, None, buffered))) == (Blame.STREAM, Defect.BUFFERED)
    assert first(judged(ECHO, evidence(ECHO, None, streamed(ECHO, usage=None)))) == (Blame.STREAM, Defect.NO_USAGE)


@pytest.mark.parametrize(
    ("task_id", "words", "blame"),
    [
        ("choice/required", "stalled: it sent nothing in answer for 3 s", Blame.GRAMMAR),
        ("echo/pattern", "answered HTTP 500: cannot compile the grammar", Blame.GRAMMAR),
        ("history/content-null", "answered HTTP 400: template error", Blame.TEMPLATE),
        ("history/content-null", "answered HTTP 500: oops", Blame.TEMPLATE),
        ("echo/plain", "answered HTTP 500: oops", Blame.PARSER),
    ],
)
def test_a_request_without_a_reply_is_the_servers_fault(task_id: str, words: str, blame: Blame) -> None:
    failed = reply(words, "failure", finish_reason="")

    assert first(judged(CASES[task_id], evidence(CASES[task_id], failed, failed))) == (blame, Defect.FAILED)


def test_one_that_fails_in_mid_stream_alone_is_the_streams() -> None:
    failed = reply("reported an error within its reply, HTTP 500: oops", "failure", finish_reason="")

    assert first(judged(ECHO, evidence(ECHO, None, failed))) == (Blame.STREAM, Defect.FAILED)


def test_a_prompt_beyond_the_context_is_no_fault() -> None:
    deep = CASES["depth/64k"]
    refused = reply("answered HTTP 400: maximum context length", "failure", finish_reason="")

    assert first(judged(deep, evidence(deep, refused, refused))) == (Blame.OPEN, Defect.BEYOND_CONTEXT)


class TestForced:
    """A grammar binds the model in chat alone: raw text convicts nobody, and what its rules allow is right."""

    REQUIRED = CASES["choice/required"]

    @pytest.mark.parametrize("text", [None, "Something else."])
    def test_what_was_asked_for_is_delivered_whatever_the_text(self, text: str | None) -> None:
        assert judged(self.REQUIRED, evidence(self.REQUIRED, text=text)).is_delivered

    def test_another_value_is_not_decidable(self) -> None:
        found = judged(self.REQUIRED, both(self.REQUIRED, ("save", {"value": "other"})))

        assert first(found) == (Blame.OPEN, Defect.NOT_AS_ASKED)

    @pytest.mark.parametrize(
        ("task_id", "calls", "kind"),
        [
            ("choice/required", (), Defect.NOT_FORCED),
            ("choice/named", (), Defect.NOT_FORCED),
            ("choice/named", (("weather", {"city": "x"}),), Defect.NOT_FORCED),
            ("choice/none-against", (("save", {"value": "x"}),), Defect.NOT_FORCED),
            (
                "choice/one-at-a-time",
                (("save", {"value": "first"}), ("save", {"value": "second"})),
                Defect.SEVERAL,
            ),
            ("choice/required", (("save", {"value": 5}),), Defect.SCHEMA),
            ("choice/strict", (("save", {"value": "twelve"}),), Defect.SCHEMA),
        ],
    )
    def test_what_its_rules_forbid_is_the_grammars(self, task_id: str, calls: Any, kind: Defect) -> None:
        problem = CASES[task_id]

        assert first(judged(problem, both(problem, *calls, content="Well."))) == (Blame.GRAMMAR, kind)

    def test_a_value_that_lost_its_type_is_the_parsers_whatever_bound_it(self) -> None:
        strict = CASES["choice/strict"]

        assert first(judged(strict, both(strict, ("save", {"value": "12"})))) == (Blame.PARSER, Defect.OTHER_TYPE)

    def test_a_named_call_may_end_with_stop(self) -> None:
        named = CASES["choice/named"]

        assert judged(named, both(named, finish_reason="stop")).is_delivered

    def test_a_call_where_none_was_asked_for_is_what_required_means(self) -> None:
        against = CASES["choice/required-against"]

        assert judged(against, both(against, ("save", {"value": "anything"}))).is_delivered

    def test_an_answer_that_its_format_does_not_allow_is_the_grammars(self) -> None:
        bound = CASES["schema/object"]

        assert judged(bound, both(bound, content='{"name": "B", "age": 1}')).is_delivered
        for content in ("prose", '{"name": "B"}'):
            assert first(judged(bound, both(bound, content=content))) == (Blame.GRAMMAR, Defect.NO_SCHEMA)


class TestCut:
    CASE = CASES["cut/24"]

    def cut(self, *calls: Any, finish: str = "length") -> DeliveryJudgement:
        text = raw(self.CASE)[:60]
        found = both(self.CASE, *calls, content="", finish_reason=finish)
        found.texts = [reply(text, "text")]
        return judged(self.CASE, found)

    def test_a_cut_call_may_be_missing_or_no_json(self) -> None:
        assert self.cut().is_delivered
        assert self.cut(("save", '{"value": "00007')).is_delivered

    @pytest.mark.parametrize("arguments", ["{}", '{"value": "00007"}'])
    def test_it_may_not_look_whole(self, arguments: str) -> None:
        assert first(self.cut(("save", arguments))) == (Blame.PARSER, Defect.CUT_CALL)

    def test_the_limit_is_its_end(self) -> None:
        found = both(self.CASE, ("save", '{"value": "00'), content="", finish_reason="tool_calls")
        for replies in (found.whole, found.streamed):
            replies[0] = chat(self.CASE, ("save", '{"val'), content="", finish_reason="tool_calls", usage=None)
        assert Defect.NOT_JSON in {one.kind for one in judged(self.CASE, found).symptoms}


class TestPrompt:
    def test_one_history_has_one_prompt(self) -> None:
        problem = CASES["history/content-null"]
        found = evidence(problem)
        found.prompts[0] = reply(prompt(problem).content.replace("Quito", "None Quito"), "prompt")

        assert first(judged(problem, found)) == (Blame.TEMPLATE, Defect.SPELLING)

    def test_by_their_lengths_where_no_more_is_known(self) -> None:
        problem = CASES["history/content-null"]
        found = evidence(problem)
        found.prompts = [reply("", "prompt", message={"tokens": [1, 2]}), reply("", "prompt", message={"tokens": [1]})]

        assert first(judged(problem, found)) == (Blame.TEMPLATE, Defect.SPELLING)

    def test_it_has_every_result_and_every_tool_in_their_order(self) -> None:
        problem = CASES["history/two-results"]
        one, two = problem.results
        for said, kind in (
            (prompt(problem).content.replace(two, ""), Defect.LEFT_OUT),
            (f"{HEADER} {two} {one}", Defect.REORDERED),
        ):
            found = evidence(problem)
            found.prompts = [reply(said, "prompt")]
            assert first(judged(problem, found)) == (Blame.TEMPLATE, kind)

    def test_a_model_that_is_not_to_think_and_does_was_not_told(self) -> None:
        assert first(judged(ECHO, both(ECHO, reasoning="Hm."))) == (Blame.TEMPLATE, Defect.SWITCH)

    def test_what_stands_in_its_answer_was_no_reasoning_but_read_so(self) -> None:
        problem = CASES["echo/think-tags"]
        found = both(problem, ("save", {"value": " yes"}), reasoning="no")

        assert (Blame.TEMPLATE, Defect.SWITCH) not in [(one.blame, one.kind) for one in judged(problem, found).symptoms]
        for thought in ("no", "<arg_value><think>no", "<arg_value>no"):
            assert first(judged(problem, both(problem, reasoning=thought))) == (Blame.PARSER, Defect.REASONING_ADDED)


def test_what_several_requests_show_is_counted_in_the_worse_form() -> None:
    found = both(ECHO, ("save", {"value": "Heron"}))
    found.streamed += [streamed(ECHO)] * 5

    judgement = judged(ECHO, found)

    assert (judgement.asked, judgement.faults) == (1, 1)
    assert [bool(one) for one in judgement.streamed] == [True, *[False] * 5]


def test_another_requests_word_is_not_the_models() -> None:
    problem = CASES["parallel/03"]
    word = CASES["parallel/04"].demand.calls[0].arguments["value"]

    assert first(judged(problem, both(problem, ("save", {"value": word})))) == (Blame.PARSER, Defect.VALUE_CROSSED)


def _flat(call: Any) -> Any:
    return {"id": call["id"], "type": "function", **call["function"]}


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        (lambda calls: calls[0], "tool_calls is no list"),
        (lambda calls: [_flat(calls[0])], "a call has no object function"),
        (lambda calls: [{**calls[0], "type": None}], "the type of a call is None, not function"),
        (lambda calls: [{**calls[0], "type": "tool"}], "the type of a call is 'tool', not function"),
    ],
)
def test_a_call_in_a_shape_that_clients_do_not_read_is_not_delivered(changed: Any, detail: str) -> None:
    right = chat(ECHO)
    assert right.message is not None
    message = {**right.message, "tool_calls": changed(right.message["tool_calls"])}

    found = judged(ECHO, evidence(ECHO, replace(right, message=message)))

    assert first(found) == (Blame.PARSER, Defect.MISSHAPEN)
    assert found.symptoms[0].detail == detail


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("answered HTTP 400: maximum context length is 8192", (Blame.OPEN, Defect.BEYOND_CONTEXT)),
        ("answered HTTP 400: no such parser", (Blame.PARSER, Defect.FAILED)),
        ("answered HTTP 500: context lost", (Blame.PARSER, Defect.FAILED)),
    ],
)
def test_only_a_prompt_that_is_refused_for_its_length_is_beyond_the_context(words: str, expected: Any) -> None:
    refused = reply(words, "failure", finish_reason="")

    assert first(judged(CASES["depth/4k"], evidence(CASES["depth/4k"], refused, refused))) == expected


def test_a_server_that_takes_no_switch_of_thinking_keeps_the_protocol_and_shows_nothing() -> None:
    refused = reply("answered HTTP 400: Unrecognized request argument supplied: chat_template_kwargs", "failure")

    found = judged(ECHO, evidence(ECHO, refused, refused))

    assert first(found) == (Blame.OPEN, Defect.OUTSIDE)
    assert not found.is_uncalled


@pytest.mark.parametrize("task_id", ["choice/none", "choice/parallel", "choice/required", "schema/object"])
def test_a_choice_that_a_server_refuses_is_no_parsers(task_id: str) -> None:
    refused = reply("answered HTTP 400: not supported", "failure", finish_reason="")

    assert first(judged(CASES[task_id], evidence(CASES[task_id], refused, refused))) == (Blame.GRAMMAR, Defect.FAILED)


def test_many_tools_may_be_beyond_a_short_context_too() -> None:
    problem = CASES["tools/128"]
    refused = reply("answered HTTP 400: This model's maximum context length is 4096 tokens", "failure")

    assert first(judged(problem, evidence(problem, refused, refused))) == (Blame.OPEN, Defect.BEYOND_CONTEXT)
