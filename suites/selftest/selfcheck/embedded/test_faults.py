"""Which requests have which fault, and what each fault looks like over real HTTP."""

import ast
import itertools
import json
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.problem import ProblemSet
from servecheck.profiles.schema import Embedded, FaultKind
from servecheck.protocols.lm_eval_instruct import LmEvalInstruct
from servecheck.selfcheck.embedded.canonical_replies import chat_reply, new_turn
from servecheck.selfcheck.embedded.chat_wire import EmbeddedReply
from servecheck.selfcheck.embedded.faults import KINDS, TRANSPORT, FaultPlan, spoilt
from servecheck.selfcheck.embedded.tokens import token_count

from suites.selftest.time_limits import NEVER_S

TASKS = [f"T/{number}" for number in range(44)]
ONE_EACH: dict[FaultKind, float] = dict.fromkeys(KINDS, 1 / 44)
LIMIT = 768
REPLY = EmbeddedReply("Here it is:\n\n```python\ndef f(x):\n    y = 2 * x\n    return y\n```\n\nDone.")


class Bench:
    """A server where one of the starter problems has each kind of fault."""

    def __init__(self, client: httpx.Client, problems: ProblemSet) -> None:
        self.client, self.problems = client, problems
        self.plan = FaultPlan(ONE_EACH, [problems.task_ids])

    def tasks(self, kind: FaultKind | None) -> list[str]:
        return [task for task in self.problems.task_ids if self.plan.kind(task) == kind]

    def request(self, kind: FaultKind | None, *, stream: bool = True) -> dict[str, Any]:
        prompt = self.problems[self.tasks(kind)[0]].prompt
        body = {"model": "canonical", "messages": [{"role": "user", "content": prompt}], "stream": stream}
        return {**body, "max_completion_tokens": LIMIT, "stream_options": {"include_usage": True}}

    def ask(self, kind: FaultKind | None, *, stream: bool = True, **fields: Any) -> httpx.Response:
        return self.client.post("/v1/chat/completions", json={**self.request(kind, stream=stream), **fields})

    def ask_after_begun_turn(self, kind: FaultKind) -> dict[str, Any]:
        return read_stream(self.ask(kind, messages=LmEvalInstruct().messages(self.problems[self.tasks(kind)[0]])))

    def receive(self, kind: FaultKind, received: list[bytes], *, stream: bool = True) -> None:
        """Ask, and keep what comes, until a second passes without anything."""
        body, timeout = self.request(kind, stream=stream), httpx.Timeout(NEVER_S, read=1.0)
        with self.client.stream("POST", "/v1/chat/completions", json=body, timeout=timeout) as response:
            for piece in response.iter_raw():
                received.append(piece)  # one by one: what came before an error counts


@pytest.fixture(scope="module")
def bench(serve: Any, starter: ProblemSet) -> Iterator[Bench]:
    with (
        serve(Embedded(faults=ONE_EACH)) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=NEVER_S) as client,
    ):
        yield Bench(client, starter)


def read_stream(response: httpx.Response) -> dict[str, Any]:
    """What a stream says in all; fails where it is not well-formed to its end."""
    *lines, done = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert done == "[DONE]"
    chunks = [json.loads(line) for line in lines]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return {
        "content": "".join(choice["delta"].get("content", "") for choice in choices),
        "reasoning": "".join(choice["delta"].get("reasoning", "") for choice in choices),
        "call": "".join(
            call["function"]["arguments"] for choice in choices for call in choice["delta"].get("tool_calls", ())
        ),
        "models": {chunk["model"] for chunk in chunks},
        "finish_reason": choices[-1]["finish_reason"],
        "usage": next((chunk["usage"] for chunk in chunks if "usage" in chunk), None),
    }


def read(response: httpx.Response, *, stream: bool) -> dict[str, Any]:
    if stream:
        return read_stream(response)
    completion = response.json()
    (choice,) = completion["choices"]
    message = {"reasoning": "", **choice["message"], "models": {completion["model"]}}
    message["call"] = "".join(call["function"]["arguments"] for call in message.get("tool_calls", ()))
    return {**message, "finish_reason": choice["finish_reason"], "usage": completion.get("usage")}


streamed_or_not = pytest.mark.parametrize("stream", [True, False])


def test_a_request_without_a_fault_is_answered_as_ever(bench: Bench) -> None:
    said = read_stream(bench.ask(None))

    assert said["content"] == chat_reply(bench.problems[bench.tasks(None)[0]])
    assert said["finish_reason"] == "stop"


@streamed_or_not
@pytest.mark.parametrize(("kind", "status"), [("http_429", 429), ("http_500", 500), ("http_503", 503)])
def test_http_errors(bench: Bench, kind: FaultKind, status: int, stream: bool) -> None:
    response = bench.ask(kind, stream=stream)

    assert response.status_code == status
    assert response.headers.get("retry-after") == ("1" if status == 429 else None)
    assert response.json()["error"]["message"]


@streamed_or_not
def test_reset(bench: Bench, stream: bool) -> None:
    body = json.dumps(bench.request("reset", stream=stream)).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    url = bench.client.base_url
    with socket.create_connection((url.host, url.port or 0), timeout=NEVER_S) as connection:
        connection.sendall(head + body)

        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_disconnect_breaks_a_stream_off_within_the_text(bench: Bench) -> None:
    received: list[bytes] = []

    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        bench.receive("disconnect", received)

    assert _has_text(received)
    assert b'"finish_reason": "' not in b"".join(received)


def test_disconnect_breaks_a_completion_off(bench: Bench) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        bench.ask("disconnect", stream=False)


def test_malformed_sse_has_a_line_that_is_not_json_and_goes_on(bench: Bench) -> None:
    *lines, done = [line.removeprefix("data: ") for line in bench.ask("malformed_sse").text.split("\n\n") if line]

    broken = [number for number, line in enumerate(lines) if not _is_json(line)]
    assert done == "[DONE]"
    assert len(broken) == 1
    assert 0 < broken[0] < len(lines) - 1


def test_malformed_sse_is_json_that_breaks_off_where_nothing_is_streamed(bench: Bench) -> None:
    response = bench.ask("malformed_sse", stream=False)

    assert response.status_code == 200
    assert not _is_json(response.text)


@streamed_or_not
def test_stall_sends_some_of_the_reply_and_then_nothing(bench: Bench, stream: bool) -> None:
    received: list[bytes] = []

    with pytest.raises(httpx.ReadTimeout):
        bench.receive("stall", received, stream=stream)

    assert b"".join(received)
    assert _has_text(received) == stream
    assert b'"finish_reason": "' not in b"".join(received)


@streamed_or_not
def test_no_usage(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("no_usage", stream=stream), stream=stream)

    assert said["usage"] is None
    assert said["content"] == chat_reply(bench.problems[bench.tasks("no_usage")[0]])
    assert said["finish_reason"] == "stop"


@streamed_or_not
def test_empty(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("empty", stream=stream), stream=stream)

    assert (said["content"], said["reasoning"], said["finish_reason"]) == ("", "", "stop")
    assert said["usage"]["completion_tokens"] == 0


@streamed_or_not
def test_reasoning_only(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("reasoning_only", stream=stream), stream=stream)

    assert (said["content"], said["finish_reason"]) == ("", "length")
    assert token_count(said["reasoning"]) == said["usage"]["completion_tokens"] == LIMIT


@streamed_or_not
def test_truncated(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("truncated", stream=stream), stream=stream)

    whole = chat_reply(bench.problems[bench.tasks("truncated")[0]])
    assert whole.startswith(said["content"])
    assert said["content"].count("```") == 1
    assert said["finish_reason"] == "length"
    assert said["usage"]["completion_tokens"] == token_count(said["content"])


@streamed_or_not
def test_loop(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("loop", stream=stream), stream=stream)

    assert said["content"].endswith("!" * (LIMIT // 2))
    assert said["finish_reason"] == "length"
    assert said["usage"]["completion_tokens"] == LIMIT


@streamed_or_not
def test_think_leak(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("think_leak", stream=stream), stream=stream)

    assert "think>" in said["content"]
    assert said["content"].endswith(chat_reply(bench.problems[bench.tasks("think_leak")[0]]))
    assert (said["reasoning"], said["finish_reason"]) == ("", "stop")


@streamed_or_not
def test_prose(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("prose", stream=stream), stream=stream)

    assert len(said["content"].split()) > 50
    assert "```" not in said["content"]
    assert (said["reasoning"], said["finish_reason"]) == ("", "stop")
    assert said["usage"]["completion_tokens"] == token_count(said["content"])


@streamed_or_not
def test_abort(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("abort", stream=stream), stream=stream)

    whole = chat_reply(bench.problems[bench.tasks("abort")[0]])
    assert whole.startswith(said["content"])
    assert 0 < len(said["content"]) < len(whole)
    assert said["finish_reason"] == "abort"
    assert said["usage"]["completion_tokens"] == token_count(said["content"])


@streamed_or_not
def test_zero_usage(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("zero_usage", stream=stream), stream=stream)

    assert said["usage"]["completion_tokens"] == 0
    assert said["content"] == chat_reply(bench.problems[bench.tasks("zero_usage")[0]])


@streamed_or_not
def test_limit_ignored(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("limit_ignored", stream=stream), stream=stream)

    assert said["usage"]["completion_tokens"] == token_count(said["content"]) > 3 * LIMIT
    assert said["content"].endswith(chat_reply(bench.problems[bench.tasks("limit_ignored")[0]]))
    assert said["finish_reason"] == "stop"


@streamed_or_not
def test_switch_ignored(bench: Bench, stream: bool) -> None:
    off = {"chat_template_kwargs": {"enable_thinking": False}}

    said = read(bench.ask("switch_ignored", stream=stream, **off), stream=stream)

    assert said["reasoning"]
    assert said["content"] == chat_reply(bench.problems[bench.tasks("switch_ignored")[0]])


@streamed_or_not
def test_other_model(bench: Bench, stream: bool) -> None:
    assert read(bench.ask("other_model", stream=stream), stream=stream)["models"] == {"canonical-other"}
    assert read(bench.ask(None, stream=stream), stream=stream)["models"] == {"canonical"}


@streamed_or_not
def test_unknown_end(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("unknown_end", stream=stream), stream=stream)

    assert said["finish_reason"] == "finished"
    assert said["content"] == chat_reply(bench.problems[bench.tasks("unknown_end")[0]])


@streamed_or_not
def test_tool_call(bench: Bench, stream: bool) -> None:
    said = read(bench.ask("tool_call", stream=stream), stream=stream)

    assert (said["content"], said["finish_reason"]) == ("", "tool_calls")
    assert json.loads(said["call"]) == {"code": chat_reply(bench.problems[bench.tasks("tool_call")[0]])}
    assert said["usage"]["completion_tokens"] == token_count(said["call"])


def test_endless_says_all_of_it_again_and_again(serve: Any, starter: ProblemSet) -> None:
    everything: dict[FaultKind, float] = {"endless": 1.0}
    behaviour = Embedded(faults=everything, chunk_gap_s=0.001, chunk_words=400)
    with serve(behaviour) as url, httpx.Client(base_url=url, trust_env=False, timeout=NEVER_S) as client:
        bench = Bench(client, starter)
        bench.plan = FaultPlan(everything, [starter.task_ids])
        whole = json.dumps(chat_reply(starter[bench.tasks("endless")[0]]))[1:-1].encode()
        received = b""
        with client.stream("POST", "/v1/chat/completions", json=bench.request("endless"), timeout=NEVER_S) as response:
            pieces = response.iter_raw()
            while received.count(whole) < 3:
                received += next(pieces)

    assert b'"finish_reason": "' not in received


@streamed_or_not
def test_trickle_is_json_a_byte_at_a_time(bench: Bench, stream: bool) -> None:
    body = bench.request("trickle", stream=stream)
    with bench.client.stream("POST", "/v1/chat/completions", json=body, timeout=NEVER_S) as response:
        received = list(itertools.islice(response.iter_raw(), 5))

    assert received[1:] == [b'"', b"i", b"d", b'"'][: len(received) - 1]
    assert len(received) == 5


def test_the_headers_of_the_models_never_end(serve: Any) -> None:
    with (
        serve(Embedded(models_header_gap_s=0.02)) as url,
        socket.create_connection((httpx.URL(url).host, httpx.URL(url).port or 0), timeout=NEVER_S) as connection,
    ):
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while received.count(b"x-padding") < 5:
            piece = connection.recv(4096)
            assert piece
            received += piece

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\n" not in received


def test_a_reply_to_a_begun_turn_has_the_faults_of_the_text_too(bench: Bench) -> None:
    of_the_text: list[FaultKind] = ["empty", "reasoning_only", "truncated", "loop", "think_leak", "prose"]
    whole = {kind: new_turn(bench.problems[bench.tasks(kind)[0]]) for kind in of_the_text}

    said = {kind: bench.ask_after_begun_turn(kind) for kind in of_the_text}

    assert said["empty"]["content"] == said["reasoning_only"]["content"] == ""
    assert said["reasoning_only"]["finish_reason"] == "length"
    assert whole["truncated"].startswith(said["truncated"]["content"])
    assert "```python\n" < said["truncated"]["content"] < whole["truncated"].removesuffix("\n```")
    assert said["loop"]["content"].endswith("!" * (LIMIT // 2))
    assert said["think_leak"]["content"].endswith(whole["think_leak"])
    assert said["prose"]["content"] == read_stream(bench.ask("prose"))["content"]


def test_a_transport_fault_ends_after_its_tries_and_another_fault_does_not(serve: Any, starter: ProblemSet) -> None:
    faults: dict[FaultKind, float] = {"http_503": 3 / 44, "empty": 3 / 44}
    with (
        serve(Embedded(faults=faults, fault_tries=2)) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=NEVER_S) as client,
    ):
        bench = Bench(client, starter)
        bench.plan = FaultPlan(faults, [starter.task_ids])

        statuses = [bench.ask("http_503").status_code for _ in range(4)]
        contents = {read_stream(bench.ask("empty"))["content"] for _ in range(4)}

    assert statuses == [503, 503, 200, 200]
    assert contents == {""}


def test_exactly_the_wanted_shares_have_faults_and_no_task_two() -> None:
    plan = FaultPlan({"reset": 0.1, "empty": 0.5}, [TASKS])

    assert Counter(map(plan.kind, TASKS)) == {"reset": 4, "empty": 22, None: 18}


def test_of_several_sets_each_has_its_shares_as_it_has_alone() -> None:
    others = [f"O/{number}" for number in range(20)]
    shares: dict[FaultKind, float] = {"reset": 0.1, "empty": 0.5}

    both = FaultPlan(shares, [TASKS, others])

    for tasks in (TASKS, others):
        assert list(map(both.kind, tasks)) == list(map(FaultPlan(shares, [tasks]).kind, tasks))


def test_where_rounding_asks_for_more_tasks_than_there_are_the_last_kind_gets_fewer() -> None:
    plan = FaultPlan({"http_500": 0.5, "loop": 0.5}, [TASKS[:3]])

    assert Counter(map(plan.kind, TASKS[:3])) == {"http_500": 2, "loop": 1}


def test_a_tasks_fault_depends_on_the_ids_and_shares_alone() -> None:
    plan = FaultPlan({"reset": 0.2, "empty": 0.2}, [TASKS])
    turned = FaultPlan({"empty": 0.2, "reset": 0.2}, [TASKS[::-1]])

    assert list(map(plan.kind, TASKS)) == list(map(turned.kind, TASKS))


def test_requests_for_no_known_problem_have_faults_by_their_text() -> None:
    plan = FaultPlan({"reset": 0.25, "empty": 0.25}, [TASKS])
    texts = [f"question {number}" for number in range(2000)]

    kinds = Counter(map(plan.kind, texts))

    assert kinds == Counter(map(plan.kind, texts))
    assert kinds["reset"] == pytest.approx(500, abs=100)
    assert kinds["empty"] == pytest.approx(500, abs=100)


def test_tries_are_counted_per_task_and_for_transport_faults_alone() -> None:
    plan = FaultPlan({"reset": 0.5, "loop": 0.5}, [TASKS], tries=2)
    first, second = [task for task in TASKS if plan.kind(task) == "reset"][:2]
    looping = next(task for task in TASKS if plan.kind(task) == "loop")

    struck = [plan.strikes(task) for task in (first, first, first, second, second, second)]

    assert struck == ["reset", "reset", None, "reset", "reset", None]
    assert [plan.strikes(looping) for _ in range(4)] == ["loop"] * 4


def test_without_tries_a_fault_is_for_ever() -> None:
    plan = FaultPlan({"reset": 1.0}, [TASKS])

    assert {plan.strikes(TASKS[0]) for _ in range(20)} == {"reset"}


def test_shares_of_more_than_all_requests_are_an_error() -> None:
    with pytest.raises(UsageError, match=r"add up to 1\.1"):
        FaultPlan({"reset": 0.6, "loop": 0.5}, [TASKS])


def test_the_transport_faults_are_those_up_to_stall() -> None:
    broken_off = {"abort", "endless", "trickle", "stall"}
    expected = {"http_429", "http_500", "http_503", "reset", "disconnect", "malformed_sse", *broken_off}

    assert expected == TRANSPORT


@pytest.mark.parametrize("kind", sorted({*TRANSPORT - {"abort"}, "no_usage", "zero_usage", "other_model"}))
def test_faults_that_are_not_of_the_text_leave_it_alone(kind: FaultKind) -> None:
    assert spoilt(kind, REPLY, "T/0", 100) is REPLY


@pytest.mark.parametrize("task", TASKS)
def test_a_truncated_reply_ends_within_its_program(task: str) -> None:
    content = spoilt("truncated", REPLY, task, None).content

    assert REPLY.content.startswith(content)
    assert content.count("```") == 1
    assert not content.rstrip().endswith("return y")


def test_tags_leak_in_three_forms() -> None:
    leaks = {spoilt("think_leak", REPLY, task, None).content for task in TASKS}

    forms = {("<think>" in content, "</think>" in content) for content in leaks}
    assert forms == {(True, True), (False, True), (True, False)}


def test_prose_is_no_python_and_another_for_each_task() -> None:
    answers = [spoilt("prose", REPLY, task, None).content for task in TASKS]

    assert len(set(answers)) == len(TASKS)
    for line in "\n".join(answers).split("\n"):
        if line:
            with pytest.raises(SyntaxError):
                ast.parse(line)
    assert answers == [spoilt("prose", REPLY, task, None).content for task in TASKS]


@pytest.mark.parametrize("kind", ["loop", "reasoning_only"])
@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_what_goes_on_to_the_limit_ends_right_there(kind: FaultKind, limit: int) -> None:
    answer = spoilt(kind, REPLY, "T/0", limit)

    assert token_count(answer.content) + token_count(answer.reasoning) == limit
    assert answer.finish_reason == "length"


def _has_text(received: list[bytes]) -> bool:
    """Whether a stream had text after its opening event, whose content is empty."""
    return b'"delta": {"content": "' in b"".join(received)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
