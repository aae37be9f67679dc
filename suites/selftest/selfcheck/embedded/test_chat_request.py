"""How requests are read and refused; the refusals' way over HTTP is in test_embedded_app."""

import json
from typing import Any

import pytest
from servecheck.selfcheck.embedded.chat_request import RequestRefused, chat_request, check_length, tokenize_texts


def body(**fields: Any) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}).encode()


def test_the_question_is_the_last_user_messages_text() -> None:
    messages = [
        {"role": "user", "content": "first"},
        {"role": "user", "content": [{"type": "text", "text": "se"}, {"type": "text", "text": "cond"}]},
        {"role": "assistant", "content": "third"},
    ]

    ask = chat_request(body(messages=messages), "m")

    assert ask.question == "second"
    assert ask.texts == ("first", "second", "third")


def test_a_request_without_a_user_asks_nothing() -> None:
    assert chat_request(body(messages=[{"role": "system", "content": "x"}]), "m").question == ""


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6}, 6),
        ({"max_tokens": 5, "max_completion_tokens": 6}, 6),
    ],
)
def test_the_limit_is_max_completion_tokens_before_max_tokens(fields: dict[str, int], limit: int | None) -> None:
    assert chat_request(body(**fields), "m").max_tokens == limit


@pytest.mark.parametrize(
    ("fields", "stream", "usage"),
    [
        ({}, False, False),
        ({"stream": True}, True, False),
        ({"stream": True, "stream_options": {"include_usage": True}}, True, True),
        ({"stream": True, "stream_options": None}, True, False),
    ],
)
def test_streaming_and_its_usage_are_asked_for(fields: dict[str, Any], stream: bool, usage: bool) -> None:
    ask = chat_request(body(**fields), "m")

    assert (ask.stream, ask.include_usage) == (stream, usage)


@pytest.mark.parametrize(
    ("roles", "prefilled"), [(["user"], False), (["user", "assistant"], True), (["assistant", "user"], False)]
)
def test_a_turn_is_begun_for_the_model_where_the_last_message_is_an_assistants(
    roles: list[str], prefilled: bool
) -> None:
    ask = chat_request(body(messages=[{"role": role, "content": role} for role in roles]), "m")

    assert ask.prefilled == prefilled
    assert ask.question == "user"


@pytest.mark.parametrize(
    ("stop", "stops"), [(None, ()), ([], ()), ("\n#", ("\n#",)), (["a", "b", "c", "d"], ("a", "b", "c", "d"))]
)
def test_stops_are_a_text_or_up_to_four(stop: Any, stops: tuple[str, ...]) -> None:
    assert chat_request(body(stop=stop), "m").stops == stops
    assert chat_request(body(), "m").stops == ()


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (list("abcde"), "array_above_max_length"),
        (5, "invalid_type"),
        ({"a": 1}, "invalid_type"),
        (["a", None], "invalid_type"),
        ("", "invalid_value"),
        (["a", ""], "invalid_value"),
    ],
)
def test_other_stops_are_refused_as_openai_does(stop: Any, code: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        chat_request(body(stop=stop), "m")

    assert (caught.value.status, caught.value.param, caught.value.code) == (400, "stop", code)


@pytest.mark.parametrize(("fields", "choices"), [({}, 1), ({"n": None}, 1), ({"n": 1}, 1), ({"n": 8}, 8)])
def test_up_to_eight_choices_are_served(fields: dict[str, Any], choices: int) -> None:
    assert chat_request(body(**fields), "m").choices == choices


@pytest.mark.parametrize("n", [0, -1, 9, 2.0, "2", True, [2]])
def test_another_number_of_choices_is_refused(n: Any) -> None:
    with pytest.raises(RequestRefused, match="1 to 8 choices") as caught:
        chat_request(body(n=n), "m")

    assert (caught.value.status, caught.value.param) == (400, "n")


def test_what_is_tokenized_is_every_message() -> None:
    assert tokenize_texts(body(), "m") == ("hi",)


@pytest.mark.parametrize(("prompt", "limit"), [(10, 10), (19, None), (1, 19)])
def test_what_just_fits_the_context_is_let_through(prompt: int, limit: int | None) -> None:
    check_length(prompt, limit, 20)


@pytest.mark.parametrize(("prompt", "limit"), [(10, 11), (20, None), (21, 1)])
def test_what_does_not_fit_is_refused(prompt: int, limit: int | None) -> None:
    with pytest.raises(RequestRefused, match="maximum context length is 20 tokens") as caught:
        check_length(prompt, limit, 20)

    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (404, "NotFoundError"),
        (429, "rate_limit_error"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailableError"),
    ],
)
def test_a_refusal_is_openais_error_object(status: int, kind: str) -> None:
    error = json.loads(RequestRefused(status, "why", "field", "code").body)["error"]

    assert error == {"message": "why", "type": kind, "param": "field", "code": "code"}
