"""The proxy driven over HTTP in any order of events: what it sends is what the chain makes of what the server sent."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections import Counter
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from prometheus_client.parser import text_string_to_metric_families
from servecheck.generation.sse import SseDecoder
from servecheck.proxy import ProxyApp
from servecheck.proxy.command import server_config
from servecheck.transforms import transform_chain

from suites.selftest.proxy.scripted import scripted_server, served
from suites.selftest.time_limits import NEVER_S
from suites.transforms.strategies import Json, chat_requests, completions, seeds, sse_pieces, streamed

pytestmark = pytest.mark.transforms

CHAT = "/v1/chat/completions"
ENDINGS = ("finishes", "stops early", "dies", "client leaves")
CHAINS: list[list[Any]] = [
    [],
    ["split_think_tags", "copy_reasoning_to_content", "strip_code_fences"],
    [{"name": "inject_chat_template_kwargs", "enable_thinking": False}, "drop_prefill_echo", "strip_code_fences"],
]
# A run of the machine is some dozen exchanges over HTTP; as many of them are made as a law has examples for 8.
RUNS = max(1, settings.default.max_examples // 8)


class Setting:
    """A server that does what each request's exchange says, and a proxy before it for each chain.

    Attributes:
        answering: requests that the server is not done with.
    """

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()
        server = self._open.enter_context(scripted_server())
        server.script = self._answer
        self._exchanges: dict[str, Any] = {}
        self._count = threading.Lock()
        self.answering = 0
        self.chains = [transform_chain(specs) for specs in CHAINS]
        self.clients = []
        for chain in self.chains:
            url = self._open.enter_context(served(server_config(ProxyApp(server.url, chain))))
            client = httpx.Client(base_url=url, trust_env=False, timeout=NEVER_S)
            self.clients.append(self._open.enter_context(client))

    def close(self) -> None:
        self._open.close()

    def headers(self, script: Any) -> dict[str, str]:
        """The headers that have a request answered by that script."""
        name = str(len(self._exchanges))
        self._exchanges[name] = script
        return {"x-exchange": name}

    def _answer(self, request: Any) -> None:
        with self._count:
            self.answering += 1
        try:
            self._exchanges[request.headers["x-exchange"]](request)
        finally:
            with self._count:
                self.answering -= 1


class OpenStream:
    """A streamed reply on its way: the server's side, what the client has to get, and what it got."""

    def __init__(self, setting: Setting, proxy: int, body: Json, pieces: list[bytes]) -> None:
        self.chain = setting.chains[proxy]
        self.left = list(pieces)
        self._acts: queue.Queue[Any] = queue.Queue()
        self._sent, self._state = SseDecoder(), self.chain.stream(body)
        self._done = self._told_error = False
        self._last = b""
        self.expected: list[Any] = []
        self._got, self._decoder = [], SseDecoder()
        headers = setting.headers(self._script)
        request = setting.clients[proxy].build_request("POST", CHAT, json=body, headers=headers)
        self._answer = setting.clients[proxy].send(request, stream=True)
        assert self._answer.status_code == 200
        self._pieces = self._answer.iter_raw()

    @property
    def applied(self) -> tuple[Any, ...]:
        return self._state.applied

    def step(self) -> None:
        """The server sends a piece, and the client gets what that completes."""
        piece = self.left.pop(0)
        self._acts.put(lambda request: request.send(piece))
        self._last = piece[-1:] or self._last
        for data in self._sent.feed(piece):
            self._event(data)
        while len(self._got) < len(self.expected):
            self._read()
        # The proxy knows an event that ends in a carriage return for whole before this decoder does.
        assert self._got[: len(self.expected)] == self.expected

    def end(self, how: str) -> None:
        """The stream ends in one of ``ENDINGS``."""
        if how == "finishes":
            while self.left:
                self.step()
        if how == "client leaves":
            self._acts.put(lambda request: request.until_client_leaves())
            self._acts.put(None)
            self._answer.close()
            if not self._done:
                self._state.end()
            return
        if self._last == b"\r":
            for data in self._sent.feed(b"\n"):
                self._event(data)
        self._acts.put(lambda request: request.die() if how == "dies" else request.end_stream())
        self._acts.put(None)
        if not self._done:
            self.expected += self._state.end()
            if not self._told_error:
                self.expected.append({"error": 502})
        with contextlib.suppress(StopIteration):
            while True:
                self._read()
        assert self._got == self.expected

    def _event(self, data: str) -> None:
        if data == "[DONE]":
            self.expected += [*self._state.end(), data]
            self._done = True
        else:
            chunk = json.loads(data)
            self._told_error |= "error" in chunk
            self.expected += self._state.feed(chunk)

    def _read(self) -> None:
        for data in self._decoder.feed(next(self._pieces)):
            event = data if data == "[DONE]" else json.loads(data)
            own = event != "[DONE]" and (event.get("error") or {}).get("type") == "upstream_error"
            self._got.append({"error": event["error"]["code"]} if own else event)

    def _script(self, request: Any) -> None:
        request.begin_stream()
        while (act := self._acts.get(timeout=NEVER_S)) is not None:
            act(request)


class ProxyMachine(RuleBasedStateMachine):
    streams = Bundle("streams")

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self.open: list[OpenStream] = []

    @initialize(proxy=st.sampled_from(range(len(CHAINS))))
    def choose(self, proxy: int) -> None:
        self.proxy, self.chain, self.http = proxy, self.setting.chains[proxy], self.setting.clients[proxy]
        self.counted = self.metrics()

    @rule(reply=completions(), body=chat_requests(st.just("P: ")))
    def whole_reply(self, reply: Json, body: Json) -> None:
        seen: list[bytes] = []

        def script(request: Any) -> None:
            seen.append(request.request_body)
            request.answer(200, json.dumps(reply).encode(), Content_Type="application/json")

        answer = self.http.post(CHAT, json=body, headers=self.setting.headers(script))

        sent, of_request = self.chain.request(body)
        expected, of_reply = self.chain.reply(reply, body)
        assert (answer.status_code, answer.json(), json.loads(seen[0])) == (200, expected, sent)
        self.count(200, (*of_request, *of_reply))

    @rule(reply=completions(), body=chat_requests(), status=st.sampled_from([400, 401, 404, 429, 500, 503]))
    def error_status(self, reply: Json, body: Json, status: int) -> None:
        raw = json.dumps(reply, indent=1).encode()
        headers = self.setting.headers(lambda request: request.answer(status, raw, Content_Type="application/json"))

        answer = self.http.post(CHAT, json=body, headers=headers)

        assert (answer.status_code, answer.content) == (status, raw)
        self.count(status, self.chain.request(body)[1])

    @rule(body=chat_requests())
    def server_dies_before_it_answers(self, body: Json) -> None:
        answer = self.http.post(CHAT, json=body, headers=self.setting.headers(lambda request: request.die()))

        assert (answer.status_code, answer.json()["error"]["code"]) == (502, 502)
        self.count(502, self.chain.request(body)[1])
        self.counted["before the reply"] += 1

    @rule(
        target=streams,
        reply=completions(),
        body=chat_requests(st.just("P: ")),
        seed=seeds,
        error_after=st.none() | st.integers(0, 6),
        finishes=st.booleans(),
    )
    def open_stream(self, reply: Json, body: Json, seed: int, error_after: int | None, finishes: bool) -> OpenStream:
        chunks = streamed(reply, seed)
        if error_after is not None:
            chunks = [*chunks[:error_after], {"error": {"message": "out of memory", "code": 500}}]
        if not finishes:
            chunks = [
                {**chunk, "choices": [{**choice, "finish_reason": None} for choice in chunk.get("choices", [])]}
                if "error" not in chunk
                else chunk
                for chunk in chunks
            ]
        pieces = [piece for piece in sse_pieces(chunks, seed) if piece]
        if error_after is not None and not finishes:  # nor does [DONE] follow the error
            pieces = [b"".join(pieces).partition(b"data: [DONE]")[0]]
        body = {**body, "stream": True}
        stream = OpenStream(self.setting, self.proxy, body, pieces)
        self.open.append(stream)
        self.counted["open"] += 1
        for one in self.chain.request(body)[1]:
            self.counted[one.transform, one.what] += one.count
        return stream

    @rule(reply=completions(), body=chat_requests(st.just("P: ")), seed=seeds, finishes=st.booleans())
    def streamed_reply(self, reply: Json, body: Json, seed: int, finishes: bool) -> None:
        self.end_of_a_stream(self.open_stream(reply, body, seed, None, finishes), "finishes")

    @rule(stream=streams, pieces=st.integers(1, 8))
    def some_more_of_a_stream(self, stream: OpenStream, pieces: int) -> None:
        for _ in range(min(pieces, len(stream.left))):
            stream.step()

    @rule(stream=consumes(streams), how=st.sampled_from(ENDINGS))
    def end_of_a_stream(self, stream: OpenStream, how: str) -> None:
        self.open.remove(stream)
        stream.end(how)
        self.counted["open"] -= 1
        self.counted["in mid-reply"] += how == "dies"
        self.count(499 if how == "client leaves" else 200, stream.applied)

    @invariant()
    def everything_is_counted(self) -> None:
        if not hasattr(self, "counted"):
            return
        # A client that leaves is noticed when the proxy's loop comes to it; all else is counted by the time it is sent.
        deadline_s = time.monotonic() + NEVER_S
        while (found := self.metrics()) != self.counted and time.monotonic() < deadline_s:
            time.sleep(0.005)
        assert found == self.counted

    def teardown(self) -> None:
        for stream in self.open:
            stream.end("client leaves")
        deadline_s = time.monotonic() + NEVER_S
        while self.setting.answering and time.monotonic() < deadline_s:
            time.sleep(0.005)
        assert self.setting.answering == 0
        if self.open:
            while self.metrics()["open"] and time.monotonic() < deadline_s:
                time.sleep(0.005)
        assert hasattr(self, "counted") is False or self.metrics()["open"] == 0

    def count(self, status: int, applied: tuple[Any, ...]) -> None:
        self.counted[status] += 1
        for one in applied:
            self.counted[one.transform, one.what] += one.count

    def metrics(self) -> Counter[Any]:
        """Status, (transform, what) or kind of failure, and how often; of chat requests alone."""
        found: Counter[Any] = Counter()
        for family in text_string_to_metric_families(self.http.get("/metrics").text):
            for sample in family.samples:
                labels = sample.labels
                if sample.name == "servecheck_proxy_requests_total" and labels["path"] == CHAT:
                    found[int(labels["status"])] = int(sample.value)
                elif sample.name == "servecheck_proxy_transforms_total":
                    found[labels["transform"], labels["what"]] = int(sample.value)
                elif sample.name == "servecheck_proxy_upstream_failures_total":
                    found[labels["when"]] = int(sample.value)
                elif sample.name == "servecheck_proxy_open_streams":
                    found["open"] = int(sample.value)
        return found


def test_replies_and_counts_are_right_in_any_order_of_events() -> None:
    setting = Setting()
    try:
        run_state_machine_as_test(
            lambda: ProxyMachine(setting),
            settings=settings(
                max_examples=RUNS,
                stateful_step_count=15,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            ),
        )
    finally:
        setting.close()
    assert setting.answering == 0
