"""The embedded server's HTTP interface, over real HTTP."""

import asyncio
import contextlib
import json
import re
import socket
import time
from typing import Any

import httpx
import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.problem import ProblemSet
from servecheck.profiles.schema import Embedded
from servecheck.protocols.lm_eval_instruct import STOPS, LmEvalInstruct
from servecheck.selfcheck.embedded.app import EmbeddedApp, inherited, latency_s, main
from servecheck.selfcheck.embedded.canonical_replies import (
    NO_PROBLEM,
    CanonicalReplies,
    chat_reply,
    new_turn,
    wrong_tasks,
)
from servecheck.selfcheck.embedded.wrong_programs import wrong_programs

HELLO = "Hello, you there!"  # five tokens
ASK = {"model": "canonical", "messages": [{"role": "user", "content": HELLO}]}


@pytest.fixture(scope="module")
def http(serve: Any) -> Any:
    with serve(Embedded(chunk_words=1)) as url, httpx.Client(base_url=f"{url}/v1", trust_env=False) as client:
        yield client


def chat(http: httpx.Client, **fields: Any) -> httpx.Response:
    return http.post("/chat/completions", json={**ASK, **fields})


def events(response: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_health_answers(http: httpx.Client) -> None:
    assert http.get(str(http.base_url.copy_with(path="/health"))).status_code == 200


def test_models_lists_the_one_served(http: httpx.Client) -> None:
    listing = http.get("/models").json()

    assert [(card["id"], card["object"]) for card in listing["data"]] == [("canonical", "model")]


def test_a_completion_is_openais_object_with_usage(http: httpx.Client) -> None:
    completion = chat(http).json()

    assert completion["object"] == "chat.completion"
    assert re.fullmatch(r"chatcmpl-\d+", completion["id"])
    assert abs(completion["created"] - time.time()) < 60
    assert completion["model"] == "canonical"
    (choice,) = completion["choices"]
    assert choice["message"] == {"role": "assistant", "content": NO_PROBLEM}
    assert choice["finish_reason"] == "stop"
    tokens = len(re.findall(r"\w+|[^\w\s]", NO_PROBLEM))
    assert completion["usage"] == {"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": 5 + tokens}


def test_every_request_gets_an_id_of_its_own(http: httpx.Client) -> None:
    assert chat(http).json()["id"] != chat(http).json()["id"]


def test_a_problem_is_answered_with_its_solution(http: httpx.Client, starter: ProblemSet) -> None:
    problem = starter[starter.task_ids[0]]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Solve\n{problem.prompt}"}]

    completion = chat(http, messages=messages).json()

    assert completion["choices"][0]["message"]["content"] == chat_reply(problem)


def test_the_last_user_message_counts_and_may_come_in_parts(http: httpx.Client, starter: ProblemSet) -> None:
    first, second = (starter[task_id] for task_id in starter.task_ids[:2])
    messages = [
        {"role": "user", "content": first.prompt},
        {"role": "assistant", "content": "done"},
        {"role": "user", "content": [{"type": "text", "text": "Now: "}, {"type": "text", "text": second.prompt}]},
    ]

    assert chat(http, messages=messages).json()["choices"][0]["message"]["content"] == chat_reply(second)


def test_a_stream_is_the_same_reply_in_words(http: httpx.Client, starter: ProblemSet) -> None:
    messages = [{"role": "user", "content": starter[starter.task_ids[0]].prompt}]
    whole = chat(http, messages=messages).json()

    response = chat(http, messages=messages, stream=True, stream_options={"include_usage": True})

    assert response.headers["content-type"].startswith("text/event-stream")
    opening, *words, closing, last = events(response)
    assert opening["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    texts = [chunk["choices"][0]["delta"]["content"] for chunk in words]
    assert "".join(texts) == whole["choices"][0]["message"]["content"]
    assert max(len(text.split()) for text in texts) == 1
    assert [chunk["choices"][0]["finish_reason"] for chunk in (opening, *words, closing)] == [None] * (
        len(words) + 1
    ) + ["stop"]
    assert last["choices"] == []
    assert last["usage"] == whole["usage"]
    assert {chunk["object"] for chunk in (opening, *words, closing, last)} == {"chat.completion.chunk"}
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in (opening, *words, closing, last)}) == 1


def test_a_stream_has_no_usage_unless_asked_for(http: httpx.Client) -> None:
    assert all(chunk["choices"] and "usage" not in chunk for chunk in events(chat(http, stream=True)))


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_the_token_limit_cuts_the_reply(http: httpx.Client, field: str) -> None:
    completion = chat(http, **{field: 3}).json()

    assert completion["choices"][0]["message"]["content"].split() == NO_PROBLEM.split()[:3]
    assert completion["choices"][0]["finish_reason"] == "length"
    assert completion["usage"]["completion_tokens"] == 3


def test_a_reply_of_exactly_the_limit_is_whole(http: httpx.Client) -> None:
    tokens = chat(http).json()["usage"]["completion_tokens"]

    assert chat(http, max_tokens=tokens).json()["choices"][0]["finish_reason"] == "stop"


def said(http: httpx.Client, *, stream: bool, **fields: Any) -> tuple[list[tuple[str, str]], int]:
    """Content and finish reason of every choice, by index, and the completion's tokens."""
    response = chat(http, stream=stream, stream_options={"include_usage": True}, **fields)
    if not stream:
        whole = response.json()
        assert [choice["index"] for choice in whole["choices"]] == list(range(len(whole["choices"])))
        choices = [(choice["message"]["content"], choice["finish_reason"]) for choice in whole["choices"]]
        return choices, whole["usage"]["completion_tokens"]
    *chunks, last = events(response)
    pieces = [choice for chunk in chunks for choice in chunk["choices"]]
    texts, endings = {}, {}
    for piece in pieces:
        index = piece["index"]
        texts[index] = texts.get(index, "") + piece["delta"].get("content", "")
        endings[index] = piece["finish_reason"]
    assert list(texts) == list(range(len(texts)))
    return [(texts[index], endings[index]) for index in texts], last["usage"]["completion_tokens"]


streamed_or_not = pytest.mark.parametrize("stream", [False, True])


@streamed_or_not
@pytest.mark.parametrize("stop", [" programming", ["nothing", "problems", "with programming", " programming"]])
def test_the_content_ends_before_the_first_stop(http: httpx.Client, stop: str | list[str], stream: bool) -> None:
    kept = NO_PROBLEM[: min(NO_PROBLEM.find(text) for text in ([stop] if isinstance(stop, str) else stop[1:]))]

    assert said(http, stream=stream, stop=stop) == ([(kept, "stop")], len(kept.split()))


@streamed_or_not
def test_a_stop_that_is_not_met_changes_nothing(http: httpx.Client, stream: bool) -> None:
    assert said(http, stream=stream, stop=["\ndef"]) == said(http, stream=stream)


@streamed_or_not
@pytest.mark.parametrize(("limit", "kept", "ending"), [(3, "I can help ", "length"), (5, "I can help", "stop")])
def test_a_reply_that_the_token_limit_cuts_first_keeps_its_reason(
    http: httpx.Client, limit: int, kept: str, ending: str, stream: bool
) -> None:
    assert said(http, stream=stream, stop=" with programming", max_tokens=limit) == ([(kept, ending)], 3)


@streamed_or_not
def test_several_choices_are_the_same_reply_and_are_all_counted(http: httpx.Client, stream: bool) -> None:
    (alone,), tokens = said(http, stream=stream)

    assert said(http, stream=stream, n=3) == ([alone] * 3, 3 * tokens)


@streamed_or_not
def test_a_turn_begun_for_the_model_is_answered_by_a_new_one(
    http: httpx.Client, starter: ProblemSet, stream: bool
) -> None:
    problem = starter[starter.task_ids[0]]
    fields = {"messages": LmEvalInstruct().messages(problem), "stop": list(STOPS)}

    ([(content, ending)], _) = said(http, stream=stream, **fields)

    assert content == new_turn(problem)
    assert content.startswith("```python\n    ")
    assert ending == "stop"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"model": "canonical"}', "messages"),
        (b'{"model": "canonical", "messages": []}', "messages"),
        (b'{"model": "canonical", "messages": ["hi"]}', "messages"),
        (b'{"model": "canonical", "messages": [{"role": "user"}]}', "messages"),
        (b'{"model": "canonical", "messages": [{"role": "user", "content": ""}], "n": 9}', "choice"),
        (b'{"model": "canonical", "messages": [{"role": "user", "content": ""}], "stop": 1}', "stop"),
        (b'{"model": "canonical", "messages": [{"role": "user", "content": ""}], "max_tokens": 0}', "token limit"),
    ],
)
def test_a_request_that_makes_no_sense_is_400_in_openais_shape(http: httpx.Client, body: bytes, complaint: str) -> None:
    response = http.post("/chat/completions", content=body)

    assert response.status_code == 400
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert complaint in error["message"]


def test_a_model_that_is_not_served_is_404_that_lists_what_is(http: httpx.Client) -> None:
    response = chat(http, model="gpt-5")

    assert response.status_code == 404
    assert response.json()["error"]["message"] == "the model 'gpt-5' does not exist; served: canonical"
    assert response.json()["error"]["code"] == "model_not_found"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/embeddings", 404), ("GET", "/chat/completions", 405)]
)
def test_an_unknown_route_is_an_error_in_openais_shape(http: httpx.Client, method: str, path: str, status: int) -> None:
    response = http.request(method, path)

    assert response.status_code == status
    assert response.json()["error"]["message"]


@pytest.mark.parametrize("fields", [{"seed": 1}, {"seed": 2, "temperature": 1.0, "top_p": 0.5}])
def test_sampling_parameters_are_taken_and_change_nothing(
    http: httpx.Client, starter: ProblemSet, fields: dict[str, Any]
) -> None:
    messages = [{"role": "user", "content": starter[starter.task_ids[1]].prompt}]

    completion = chat(http, messages=messages, **fields).json()

    assert completion["choices"] == chat(http, messages=messages).json()["choices"]


def test_a_chunk_has_the_wanted_number_of_words(serve: Any) -> None:
    with serve(Embedded(chunk_words=4)) as url:
        answer = httpx.post(f"{url}/v1/chat/completions", json={**ASK, "stream": True}, trust_env=False)

    _, *chunks, _ = events(answer)
    words = [len(chunk["choices"][0]["delta"]["content"].split()) for chunk in chunks]
    total = len(NO_PROBLEM.split())
    assert words == [4] * (total // 4) + [total % 4] * (total % 4 > 0)


def test_latency_and_the_gaps_between_chunks_are_waited_for(serve: Any) -> None:
    behaviour = Embedded(latency_s=0.1, chunk_gap_s=0.02, chunk_words=4)
    with serve(behaviour) as url, httpx.Client(trust_env=False) as client:
        start = time.perf_counter()
        response = client.post(f"{url}/v1/chat/completions", json={**ASK, "stream": True})
        took = time.perf_counter() - start

    chunks = len(events(response)) - 2
    assert took >= 0.1 + chunks * 0.02


def test_the_spread_of_latency_is_seeded_by_the_request() -> None:
    behaviour = Embedded(latency_s=1, latency_spread_s=2)

    latencies = [latency_s(behaviour, b"request %d" % number) for number in range(100)]

    assert latencies == [latency_s(behaviour, b"request %d" % number) for number in range(100)]
    assert 1 <= min(latencies) < 1.2
    assert 2.8 < max(latencies) <= 3
    assert latency_s(Embedded(latency_s=1), b"request 1") == 1


def test_wrong_answers_are_the_canonical_ones_with_a_wrong_program(serve: Any, starter: ProblemSet) -> None:
    (task_id,) = wrong_tasks(starter.task_ids, 0, 1)
    problem = starter[task_id]
    body = {**ASK, "messages": [{"role": "user", "content": problem.prompt}]}
    with serve(Embedded(wrong_count=1)) as url:
        completion = httpx.post(f"{url}/v1/chat/completions", json=body, trust_env=False).json()

    wrong = wrong_programs([problem])[problem.task_id]
    assert completion["choices"][0]["message"]["content"] == chat_reply(problem, wrong)


@pytest.fixture(scope="module")
def short(serve: Any) -> Any:
    """A server that tells its context length, of 20 tokens."""
    with serve(Embedded(max_model_len=20)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def test_the_model_card_has_the_context_length(short: httpx.Client) -> None:
    assert short.get("/v1/models").json()["data"][0]["max_model_len"] == 20


def test_tokenize_counts_a_request(short: httpx.Client) -> None:
    told = short.post("/tokenize", json=ASK).json()

    assert (told["count"], told["max_model_len"], len(told["tokens"])) == (5, 20, 5)
    assert all(isinstance(token, int) for token in told["tokens"])


def test_tokenize_refuses_what_is_no_request(short: httpx.Client) -> None:
    assert short.post("/tokenize", json={"model": "canonical"}).status_code == 400


def test_a_request_that_just_fits_is_answered(short: httpx.Client) -> None:
    assert short.post("/v1/chat/completions", json={**ASK, "max_tokens": 15}).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_beyond_it_is_refused_in_vllms_words(short: httpx.Client, stream: bool) -> None:
    answer = short.post("/v1/chat/completions", json={**ASK, "max_completion_tokens": 16, "stream": stream})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(
        "This model's maximum context length is 20 tokens. However, you requested 21 tokens "
        "(5 in the messages, 16 in the completion)."
    )


def test_a_reply_without_a_limit_ends_where_the_context_does(short: httpx.Client) -> None:
    completion = short.post("/v1/chat/completions", json=ASK).json()

    assert completion["choices"][0]["finish_reason"] == "length"
    assert completion["usage"]["total_tokens"] == 20


def test_a_server_that_tells_no_context_length_has_no_tokenize_either(http: httpx.Client) -> None:
    assert "max_model_len" not in http.get("/models").json()["data"][0]
    assert http.post(str(http.base_url.copy_with(path="/tokenize")), json=ASK).status_code == 404


def test_connections_of_an_inherited_socket_do_not_wait_for_acknowledgements() -> None:
    async def option_of_an_accepted_connection() -> int:
        accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection: socket.socket = writer.get_extra_info("socket")
            accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = inherited(socket.create_server(("127.0.0.1", 0)).detach())
        async with await asyncio.start_server(accept, sock=listener):
            with contextlib.closing(socket.create_connection(listener.getsockname())):
                return await accepted

    assert asyncio.run(option_of_an_accepted_connection())


def test_problems_that_cannot_be_had_end_the_process_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--listen-fd", "0", "--known-fd", "0", "--model", "m", "--problems", "humanevil", "--behaviour", "{}"])

    assert code == 2
    assert "unknown problem set 'humanevil'" in capsys.readouterr().err


def test_faults_of_more_than_all_requests_are_an_error(starter: ProblemSet) -> None:
    with pytest.raises(UsageError, match=r"add up to 1\.2"):
        EmbeddedApp(CanonicalReplies([starter]), "m", Embedded(faults={"reset": 0.6, "empty": 0.6}))
