"""The proxy as clients and servers see it, over real HTTP."""

import json
import socket
import threading
import time
from typing import Any

import httpx
import pytest
from servecheck.errors import UsageError
from servecheck.proxy import ProxyApp
from servecheck.transforms import transform_chain

from suites.selftest.time_limits import NEVER_S

CHAT = "/v1/chat/completions"
FENCED = "Here you are:\n```python\ndef f():\n    return 1\n```\nEnjoy!"
CODE = "def f():\n    return 1"
DONE = b"data: [DONE]\n\n"
ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Write f"}]}


def completion(content: str, **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": "stop"}
    return {"id": "c1", "object": "chat.completion", "choices": [choice], "unknown": [1.0, None]}


def chunk(content: str | None = None, index: int = 0, finish_reason: str | None = None, **delta: Any) -> bytes:
    said = delta if content is None else {"content": content, **delta}
    choice = {"index": index, "delta": said, "finish_reason": finish_reason}
    return (
        b"data: " + json.dumps({"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"
    )


def streams(*pieces: bytes) -> Any:
    """A script that streams these and ends properly."""

    def script(request: Any) -> None:
        request.begin_stream()
        request.end_stream(*pieces)

    return script


def ask_stream(http: httpx.Client) -> httpx.Response:
    return http.post(CHAT, json={**ASK, "stream": True})


def said(body: bytes, index: int = 0) -> str:
    """The content of one choice, all chunks together."""
    found = []
    for event in body.decode().split("\n\n"):
        if event.startswith("data: {"):
            for choice in json.loads(event[6:]).get("choices", []):
                if choice["index"] == index:
                    found.append(choice["delta"].get("content") or "")
    return "".join(found)


class TestPassingOn:
    def test_an_error_is_the_servers_to_the_byte(self, upstream, proxy) -> None:
        body = json.dumps({"error": {"message": "no"}, **completion(FENCED)}, indent=3).encode()
        upstream.script = lambda request: request.answer(429, body, Retry_After="7", Content_Type="application/json")

        with proxy("strip_code_fences") as http:
            answer = http.post(CHAT, json=ASK)

        assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (429, body, "7")
        assert answer.headers["content-length"] == str(len(body))

    def test_an_unknown_path_goes_through_as_it_is(self, upstream, proxy) -> None:
        seen = []

        def script(request: Any) -> None:
            seen.append((request.command, request.path, request.request_body))
            request.answer(201, b"\x00\xff```", X_Server="own")

        upstream.script = script
        with proxy("strip_code_fences") as http:
            answer = http.request("DELETE", "/v1/odd%2Fpath/?b=%20&a", content=b"\xfe{")

        assert seen == [("DELETE", "/v1/odd%2Fpath/?b=%20&a", b"\xfe{")]
        assert (answer.status_code, answer.content, answer.headers["x-server"]) == (201, b"\x00\xff```", "own")
        assert answer.headers["content-length"] == "5"

    def test_headers_go_on_but_those_of_the_connection(self, upstream, proxy) -> None:
        seen: dict[str, str] = {}

        def script(request: Any) -> None:
            seen.update({name.lower(): value for name, value in request.headers.items()})
            request.answer(200, b"{}", X_One="1", Keep_Alive="timeout=9", Connection="X-Two", X_Two="2")

        upstream.script = script
        headers = {"Authorization": "Bearer secret", "X-Mine": "yes", "TE": "trailers", "Proxy-Authorization": "no"}
        with proxy() as http:
            answer = http.post(CHAT, json=ASK, headers=headers)

        assert seen["authorization"] == "Bearer secret"
        assert seen["x-mine"] == "yes"
        assert seen["host"] == upstream.url.removeprefix("http://")
        assert seen["user-agent"] == http.headers["user-agent"]
        assert not {"te", "proxy-authorization"} & seen.keys()
        assert dict(answer.headers) == {"x-one": "1", "content-length": "2"}

    def test_a_prefix_of_the_servers_address_comes_before_every_path(self, upstream, proxy) -> None:
        upstream.script = lambda request: request.answer(200, request.path.encode())

        with proxy(url=f"{upstream.url}/team/v1") as http:
            assert http.get("/v1/models").text == "/team/v1/models"

    def test_a_reply_that_no_transform_reads_comes_to_the_byte(self, upstream, proxy) -> None:
        upstream.script = lambda request: request.answer(200, b'{"a":  1}', Content_Type="application/json")

        with proxy() as http:
            assert http.post(CHAT, json=ASK).content == b'{"a":  1}'

    def test_an_answer_that_breaks_off_breaks_off_for_the_client(self, upstream, proxy) -> None:
        def script(request: Any) -> None:
            request.begin_stream()
            request.send(b"data: half")
            request.die()

        upstream.script = script
        with proxy() as http, pytest.raises(httpx.RemoteProtocolError):
            http.post("/v1/completions", json={})

    def test_a_server_that_is_not_there_is_a_502_in_openais_shape(self, proxy) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]

        with proxy(url=f"http://127.0.0.1:{port}") as http:
            answer = http.post(CHAT, json=ASK)

        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["type"]) == (502, 502, "upstream_error")
        assert f"127.0.0.1:{port}" in error["message"]

    def test_an_address_with_credentials_is_refused(self) -> None:
        with pytest.raises(UsageError, match="credentials"):
            ProxyApp("http://me:secret@host", transform_chain([]))


class TestRequests:
    def asked(self, upstream: Any, proxy: Any, body: bytes, *transforms: Any) -> bytes:
        seen = []

        def script(request: Any) -> None:
            seen.append(request.request_body)
            request.answer(200, b"{}")

        upstream.script = script
        with proxy(*transforms) as http:
            http.post(CHAT, content=body)
        return seen[0]

    def test_a_transform_changes_what_it_names_alone(self, upstream, proxy) -> None:
        body = json.dumps({**ASK, "unknown": {"a": [1.0, "\u00e9"]}}).encode()

        sent = self.asked(upstream, proxy, body, {"name": "inject_chat_template_kwargs", "enable_thinking": False})

        assert json.loads(sent) == {**json.loads(body), "chat_template_kwargs": {"enable_thinking": False}}

    @pytest.mark.parametrize("body", [b'{"model":  "m", "x": 1.50}', b"not json", b"[1, 2]", b"[" * 100_000])
    def test_what_is_not_changed_is_sent_on_to_the_byte(self, upstream, proxy, body) -> None:
        assert self.asked(upstream, proxy, body, "strip_code_fences") == body


class TestWholeReplies:
    def replied(self, upstream: Any, proxy: Any, body: bytes) -> httpx.Response:
        upstream.script = lambda request: request.answer(200, body, Content_Type="application/json")
        with proxy("strip_code_fences") as http:
            answer: httpx.Response = http.post(CHAT, json=ASK)
        return answer

    def test_a_reply_is_transformed_and_its_length_right(self, upstream, proxy) -> None:
        answer = self.replied(upstream, proxy, json.dumps(completion(FENCED)).encode())

        assert answer.json()["choices"][0]["message"]["content"].strip() == CODE
        assert answer.json()["unknown"] == [1.0, None]
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.headers["content-type"] == "application/json"

    @pytest.mark.parametrize("body", [b'{"choices":  [], "x": 1.50}', b"{broken", b"[1,  2]"])
    def test_one_that_is_not_changed_comes_to_the_byte(self, upstream, proxy, body) -> None:
        answer = self.replied(upstream, proxy, body)

        assert answer.content == body
        assert answer.headers["content-length"] == str(len(body))

    def test_tool_calls_stay(self, upstream, proxy) -> None:
        calls = [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"code": "```x```"}'}}]

        answer = self.replied(upstream, proxy, json.dumps(completion(FENCED, tool_calls=calls)).encode())

        assert answer.json()["choices"][0]["message"]["tool_calls"] == calls


class TestStreams:
    @pytest.mark.parametrize("transforms", [(), ("strip_code_fences",), ("copy_reasoning_to_content",)])
    def test_each_event_is_delivered_before_the_next_is_sent(self, upstream, proxy, transforms) -> None:
        seen = threading.Event()
        waited = []

        def script(request: Any) -> None:
            request.begin_stream()
            for event in (chunk(tool_calls=[{"index": 0, "id": str(at)}]) for at in range(5)):
                seen.clear()
                request.send(event)
                waited.append(seen.wait(NEVER_S))
            request.end_stream(DONE)

        upstream.script = script
        with proxy(*transforms) as http, http.stream("POST", CHAT, json={**ASK, "stream": True}) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    seen.set()

        assert waited == [True] * 5

    def test_a_stream_is_transformed(self, upstream, proxy) -> None:
        upstream.script = streams(*(chunk(letter) for letter in FENCED), chunk("", finish_reason="stop"), DONE)

        with proxy("strip_code_fences") as http:
            answer = ask_stream(http)

        assert said(answer.content).strip() == CODE
        assert answer.content.endswith(DONE)
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"

    def test_each_choice_is_read_apart(self, upstream, proxy) -> None:
        pairs = zip(FENCED, FENCED.replace("return 1", "return 2"), strict=True)
        events = [chunk(letter, index) for pair in pairs for index, letter in enumerate(pair)]
        ends = [chunk("", index, "stop") for index in range(2)]
        usage = b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
        upstream.script = streams(*events, *ends, usage, DONE)

        with proxy("strip_code_fences") as http:
            body = ask_stream(http).content

        assert said(body, 0).strip() == CODE
        assert said(body, 1).strip() == CODE.replace("1", "2")
        assert body.endswith(usage + DONE)

    def test_what_no_transform_changes_comes_to_the_byte(self, upstream, proxy) -> None:
        body = (
            b": keep-alive\r\n\r\n"
            b'id: 1\r\nevent: x\r\ndata: {"choices":  [{"index": 0, "delta": {"role": "assistant"}}]}\r\n\r\n'
            b'data:{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"```"}}]}}]}\n\n'
            b"data: not json\n\ndata: [1]\n\ndata: \xff\n\n"
            b'data: {"choices": [{"index": 0,  "delta": {}, "finish_reason": "stop"}]}\n\n'
            b'data: {"choices":  [], "usage": {}}\n\n'
        ) + DONE
        upstream.script = streams(body[:50], body[50:51], body[51:])

        with proxy("strip_code_fences") as http:
            assert ask_stream(http).content == body

    def test_data_without_a_space_is_transformed_and_what_is_beside_it_stays(self, upstream, proxy) -> None:
        event = chunk(FENCED, finish_reason="stop").replace(b"data: ", b": note\nid: 4\ndata:")
        upstream.script = streams(event, b"data:[DONE]\n\n")

        with proxy("strip_code_fences") as http:
            body = ask_stream(http).content

        assert said(body.replace(b": note\nid: 4\n", b"")).strip() == CODE
        assert b": note\nid: 4\n" in body
        assert body.endswith(b"data:[DONE]\n\n")

    def test_a_comment_beside_text_that_is_held_back_is_not(self, upstream, proxy) -> None:
        upstream.script = streams(b": note\n" + chunk("``"), chunk("", finish_reason="stop"), DONE)

        with proxy("strip_code_fences") as http:
            assert ask_stream(http).content.startswith(b": note\n")

    def test_text_that_is_held_back_comes_before_done_without_a_finish_reason(self, upstream, proxy) -> None:
        upstream.script = streams(chunk("", reasoning="a = 1"), DONE)

        with proxy("copy_reasoning_to_content") as http:
            body = ask_stream(http).content

        assert said(body) == "a = 1"
        assert body.endswith(DONE)

    def test_a_line_of_5_mb_goes_through(self, upstream, proxy) -> None:
        long = f"x = {'1' * 100}\n" * 50_000
        upstream.script = streams(chunk(f"```python\n{long}```"), chunk("", finish_reason="stop"), DONE)

        with proxy("strip_code_fences") as http:
            body = ask_stream(http).content

        assert said(body).strip() == long.strip()

    @pytest.mark.parametrize("transforms", [(), ("strip_code_fences",)])
    def test_a_server_that_dies_is_an_error_event_after_all_that_came(self, upstream, proxy, transforms) -> None:
        def script(request: Any) -> None:
            request.begin_stream()
            request.send(chunk("a = 1\n"), chunk("b = 2"), chunk("lost")[:-10])
            request.die()

        upstream.script = script
        with proxy(*transforms) as http:
            body = ask_stream(http).content

        *_, last = body.removesuffix(b"\n\n").split(b"\n\n")
        assert said(body) == "a = 1\nb = 2"
        assert json.loads(last.removeprefix(b"data: "))["error"]["code"] == 502
        assert b"broke off" in last
        assert b"[DONE]" not in body

    def test_every_whole_event_before_a_cut_is_delivered_wherever_it_is(self, upstream, proxy) -> None:
        stream = b"".join(chunk(f"{at}\n") for at in range(4))

        def script(request: Any) -> None:
            cut = int(request.headers["x-cut"])
            request.begin_stream()
            request.send(stream[:cut])
            request.die()

        upstream.script = script
        with proxy("strip_code_fences") as http:
            for cut in range(1, len(stream), 9):
                body = http.post(CHAT, json=ASK, headers={"x-cut": str(cut)}).content
                assert said(body) == "".join(f"{at}\n" for at in range(stream[:cut].count(b"\n\n")))
                assert b"broke off" in body
            assert "servecheck_proxy_open_streams 0.0" in http.get("/metrics").text.splitlines()

    def test_a_stream_without_done_is_an_error(self, upstream, proxy) -> None:
        upstream.script = streams(chunk("a = 1"))

        with proxy("strip_code_fences") as http:
            body = ask_stream(http).content

        assert said(body) == "a = 1"
        assert b"ended without [DONE]" in body

    def test_done_without_its_empty_line_will_do(self, upstream, proxy) -> None:
        upstream.script = streams(chunk("a"), b"data: [DONE]\n")

        with proxy() as http:
            assert ask_stream(http).content == chunk("a") + DONE

    @pytest.mark.parametrize("ending", [DONE, b""])
    @pytest.mark.parametrize(
        "error",
        [
            b'data: {"error":  {"message": "out of memory"}}\n\n',
            b'error: {"code": 500, "message": "out of memory"}\n\n',
            b'event: error\ndata: {"message": "out of memory"}\n\n',
        ],
        ids=["data", "llama.cpp", "event"],
    )
    def test_an_error_event_of_the_server_is_passed_on_and_the_only_one(self, upstream, proxy, error, ending) -> None:
        upstream.script = streams(chunk("a = 1"), error, ending) if ending else streams(chunk("a = 1"), error)

        with proxy("strip_code_fences") as http:
            answer = ask_stream(http)

        assert answer.status_code == 200
        assert answer.content.endswith(error + ending)
        assert said(answer.content.removesuffix(error + ending)) == "a = 1"
        assert b'"error"' not in answer.content.removesuffix(error + ending)

    def test_a_client_that_leaves_takes_the_upstream_connection_with_it(self, upstream, proxy) -> None:
        left = threading.Event()

        def script(request: Any) -> None:
            request.begin_stream()
            request.send(chunk("a"))
            if request.until_client_leaves():
                left.set()

        upstream.script = script
        with proxy() as http:
            with http.stream("POST", CHAT, json={**ASK, "stream": True}) as answer:
                next(answer.iter_lines())
            assert left.wait(NEVER_S)
            counted = f'servecheck_proxy_requests_total{{path="{CHAT}",status="499"}} 1.0'
            deadline_s = time.monotonic() + NEVER_S
            while counted not in (lines := http.get("/metrics").text.splitlines()):
                assert time.monotonic() < deadline_s

        assert "servecheck_proxy_open_streams 0.0" in lines

    def test_so_does_one_that_leaves_before_the_server_says_anything(self, upstream, proxy) -> None:
        asked, left = threading.Event(), threading.Event()

        def script(request: Any) -> None:
            asked.set()
            if request.until_client_leaves():
                left.set()

        upstream.script = script
        with proxy() as http:
            address = (http.base_url.host, http.base_url.port)
            with socket.create_connection(address) as client:
                client.sendall(b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" % CHAT.encode())
                assert asked.wait(NEVER_S)
            assert left.wait(NEVER_S)


class TestOwnPages:
    def test_health_is_the_proxys_and_tells_the_servers(self, upstream, proxy) -> None:
        upstream.script = lambda request: request.answer(503 if request.path == "/health" else 200, b"")

        with proxy("strip_code_fences") as http:
            answer = http.get("/health")

        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ok",
            "upstream": {"url": upstream.url, "status": 503, "failure": None},
            "profile": "glm",
            "transforms": ["strip_code_fences"],
        }

    def test_metrics_count_requests_and_what_transforms_did(self, upstream, proxy) -> None:
        whole = json.dumps(completion(FENCED)).encode()

        def script(request: Any) -> None:
            if b'"stream"' in request.request_body:
                streams(chunk(FENCED), chunk("", finish_reason="stop"), DONE)(request)
            else:
                request.answer(200 if request.path == CHAT else 404, whole)

        upstream.script = script
        with proxy("strip_code_fences") as http:
            http.post(CHAT, json=ASK)
            ask_stream(http)
            http.get("/v1/nothing/42")
            lines = http.get("/metrics").text.splitlines()

        assert f'servecheck_proxy_requests_total{{path="{CHAT}",status="200"}} 2.0' in lines
        assert 'servecheck_proxy_requests_total{path="other",status="404"} 1.0' in lines
        assert "servecheck_proxy_added_seconds_count 3.0" in lines
        assert "servecheck_proxy_open_streams 0.0" in lines
        did = [
            line for line in lines if line.startswith('servecheck_proxy_transforms_total{transform="strip_code_fences"')
        ]
        assert did
        assert all(float(line.rpartition(" ")[2]) >= 2 for line in did)
