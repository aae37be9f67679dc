"""The request queue, against real servers."""

import asyncio
import errno
import json
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import GenerationError
from servecheck.evaluation.bench import Bench, no_sandbox
from servecheck.evaluation.conversation import Conversation, Tool, single_turn, with_tools
from servecheck.evaluation.problem import ProblemSet
from servecheck.evaluation.transcript import ToolResult, Transcript
from servecheck.generation.announcements import ReadinessClient, ReadinessServer
from servecheck.generation.conversation_request import ConversationRequest
from servecheck.generation.queue import LONGEST_LOSING_RUN, Progress, RequestQueue
from servecheck.generation.retry import RetryPolicy
from servecheck.generation.tool_threads import ToolThreads
from servecheck.profiles.schema import Profile
from servecheck.protocols import prompt_protocol
from servecheck.rundir.transcripts import ReplyStore
from servecheck.selfcheck.embedded.canonical_replies import chat_reply
from servecheck.selfcheck.embedded.server import EmbeddedServer

from suites.selftest.time_limits import NEVER_S

AT_ONCE = RetryPolicy(retries=4, base_s=0.0)


class Heard:
    """An announcer that keeps what it is told, and whether the reply was on disk by then."""

    def __init__(self, store: ReplyStore) -> None:
        self.store = store
        self.readies: list[tuple[str, bool]] = []
        self.failures: list[tuple[str, str]] = []

    def ready(self, key: str) -> None:
        self.readies.append((key, key in self.store.finished()))

    def failed(self, key: str, message: str) -> None:
        self.failures.append((key, message))


def requests(count: int) -> list[ConversationRequest]:
    return [ConversationRequest(f"T/{number}", 0, asking(f"{number}")) for number in range(count)]


def asking(text: str) -> Callable[[], Conversation]:
    return partial(single_turn, [{"role": "user", "content": text}])


def answer_text(handler: Any, text: str = "hi") -> None:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 5}
    handler.answer_events({"model": "m", "choices": [choice]}, {"model": "m", "choices": [], "usage": usage})


def test_every_request_is_asked_stored_and_announced(
    profile: Profile, embedded_server: EmbeddedServer, starter: ProblemSet, tmp_path: Path
) -> None:
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    converse = prompt_protocol(profile.protocol).converse
    asked = [ConversationRequest(task_id, 0, partial(converse, starter[task_id])) for task_id in starter.task_ids]
    queue = RequestQueue(asked, embedded_server.base_url, profile, store, heard)
    assert queue.progress == Progress(total=len(asked))
    before = time.time()

    queue.start()

    assert queue.join(NEVER_S)
    assert sorted(heard.readies) == sorted((request.key, True) for request in asked)
    assert heard.failures == []
    replies = {task_id: store.read(task_id, 0) for task_id in starter.task_ids}
    assert all(replies[task_id].content == chat_reply(starter[task_id]) for task_id in starter.task_ids)
    progress = queue.progress
    assert (progress.asked, progress.done, progress.failed) == (len(asked), len(asked), 0)
    assert progress.completion_tokens == sum(reply.usage.completion_tokens for reply in replies.values() if reply.usage)
    assert progress.started_at is not None
    assert before <= progress.started_at <= time.time()


def test_requests_go_out_in_order_and_never_more_than_concurrency_at_once(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    lock = threading.Lock()
    order: list[int] = []
    in_flight = most_in_flight = 0
    three_there = threading.Barrier(3)

    def answer(handler: Any, body: Any) -> None:
        nonlocal in_flight, most_in_flight
        with lock:
            order.append(int(body["messages"][0]["content"]))
            in_flight += 1
            most_in_flight = max(most_in_flight, in_flight)
        three_there.wait(NEVER_S)
        with lock:
            in_flight -= 1
        answer_text(handler)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    three = profile.model_copy(update={"concurrency": 3})
    queue = RequestQueue(requests(12), scripted_server.base_url, three, store, heard)

    queue.start()

    assert queue.join(NEVER_S)
    assert len(heard.readies) == 12
    assert most_in_flight == 3
    # Those in flight together may overtake one another on the way, later ones may not.
    assert [sorted(order[start : start + 3]) for start in range(0, 12, 3)] == [
        list(range(start, start + 3)) for start in range(0, 12, 3)
    ]


def test_a_failed_request_is_announced_and_stops_no_other(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    def answer(handler: Any, body: Any) -> None:
        if body["messages"][0]["content"] == "1":
            handler.answer_json({"error": {"message": "boom"}}, status=500)
        else:
            answer_text(handler)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    queue = RequestQueue(requests(4), scripted_server.base_url, profile, store, heard, AT_ONCE)

    queue.start()

    assert queue.join(NEVER_S)
    assert {key for key, _ in heard.readies} == {"T_0-0", "T_2-0", "T_3-0"}
    ((key, message),) = heard.failures
    assert key == "T_1-0"
    assert "HTTP 500" in message
    assert "boom" in message
    progress = queue.progress
    assert (progress.asked, progress.done, progress.failed, progress.completion_tokens) == (4, 3, 1, 15)
    assert progress.retries == 4
    assert progress.last_fault == message


def test_replies_that_cannot_be_kept_end_the_queue_with_one_message(
    profile: Profile, scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(handler: Any, body: Any) -> None:
        asked.append(body["messages"][0]["content"])
        answer_text(handler)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    finish = store.finish

    def full_after_two(task_id: str, sample: int, transcript: Transcript) -> None:
        if len(store.finished()) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        finish(task_id, sample, transcript)

    monkeypatch.setattr(store, "finish", full_after_two)
    one = profile.model_copy(update={"concurrency": 1})
    queue = RequestQueue(requests(50), scripted_server.base_url, one, store, heard)

    queue.start()

    assert queue.join(NEVER_S)
    assert [key for key, _ in heard.readies] == ["T_0-0", "T_1-0"]
    assert [key for key, _ in heard.failures] == [f"T_{number}-0" for number in range(2, 50)]
    (message,) = {message for _, message in heard.failures}
    assert f"replies cannot be kept in {tmp_path} ([Errno 28] No space left on device): make room" in message
    assert "run again with the same --run-dir; the 2 replies" in message
    assert len(asked) == 3
    assert queue.progress.failed == 48


def test_a_run_directory_that_cannot_be_written_ends_the_queue(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    (tmp_path / "generations").write_text("a file where the folder should be")
    scripted_server.answer = lambda handler, _: answer_text(handler)
    heard = Heard(ReplyStore(tmp_path / "elsewhere"))
    queue = RequestQueue(requests(3), scripted_server.base_url, profile, ReplyStore(tmp_path), heard)

    queue.start()

    assert queue.join(NEVER_S)
    assert sorted(key for key, _ in heard.failures) == ["T_0-0", "T_1-0", "T_2-0"]
    assert all("make it writable" in message for _, message in heard.failures)


def test_a_temporary_fault_is_asked_again_and_kept_with_the_reply(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    asked: list[Any] = []

    def answer(handler: Any, body: Any) -> None:
        asked.append(body)
        if len(asked) == 1:
            handler.answer_json({"error": {"message": "overloaded"}}, status=503)
        elif len(asked) == 2:
            handler.answer_events({"choices": [{"index": 0, "delta": {"content": "cut"}}]}, done=False)
        else:
            answer_text(handler)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    before = time.time()
    queue = RequestQueue(requests(1), scripted_server.base_url, profile, store, heard, AT_ONCE)

    queue.start()

    assert queue.join(NEVER_S)
    assert heard.readies == [("T_0-0", True)]
    reply = store.read("T/0", 0)
    assert (reply.content, reply.earlier) == (
        "hi",
        ("answered HTTP 503: overloaded", "broke its reply off without a finish_reason"),
    )
    assert asked[0] == asked[1] == asked[2]
    progress = queue.progress
    assert (progress.asked, progress.retries, progress.last_fault) == (1, 2, reply.earlier[1])
    assert progress.dispatched_at is not None
    assert progress.ended_at is not None
    assert before <= progress.dispatched_at <= reply.timings.dispatched_at <= progress.ended_at <= time.time()


def test_a_refused_request_is_asked_once(profile: Profile, scripted_server: Any, tmp_path: Path) -> None:
    asked: list[Any] = []

    def answer(handler: Any, body: Any) -> None:
        asked.append(body)
        handler.answer_json({"error": {"message": "context length exceeded"}}, status=400)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    many = LONGEST_LOSING_RUN + 3
    queue = RequestQueue(requests(many), scripted_server.base_url, profile, store, heard, AT_ONCE)

    queue.start()

    assert queue.join(NEVER_S)
    assert len(asked) == many, "a refusal says nothing about the next request"
    assert all("HTTP 400: context length exceeded" in message for _, message in heard.failures)
    assert len(heard.failures) == many


def test_a_request_that_waits_keeps_its_place_among_those_in_flight(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    order: list[str] = []

    def answer(handler: Any, body: Any) -> None:
        order.append(body["messages"][0]["content"])
        if len(order) == 1:
            handler.answer_json({"error": "later"}, status=429)
        else:
            answer_text(handler)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    one = profile.model_copy(update={"concurrency": 1})
    queue = RequestQueue(requests(3), scripted_server.base_url, one, store, Heard(store), AT_ONCE)

    queue.start()

    assert queue.join(NEVER_S)
    assert order == ["0", "0", "1", "2"]


def test_a_dead_server_does_not_take_for_ever(profile: Profile, scripted_server: Any, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(handler: Any, body: Any) -> None:
        asked.append(body["messages"][0]["content"])
        handler.answer_json({"error": "engine dead"}, status=500)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    one = profile.model_copy(update={"concurrency": 1})
    queue = RequestQueue(requests(100), scripted_server.base_url, one, store, heard, AT_ONCE)

    queue.start()

    assert queue.join(NEVER_S)
    assert len(asked) == LONGEST_LOSING_RUN * 5
    assert [key for key, _ in heard.failures] == [f"T_{number}-0" for number in range(100)]
    assert "was asked 5 times" in heard.failures[LONGEST_LOSING_RUN - 1][1]
    rest = {message for _, message in heard.failures[LONGEST_LOSING_RUN:]}
    assert len(rest) == 1
    assert f"{LONGEST_LOSING_RUN} requests in a row used up their attempts; the last: " in rest.pop()


def test_a_reply_between_them_ends_a_losing_run(profile: Profile, scripted_server: Any, tmp_path: Path) -> None:
    def answer(handler: Any, body: Any) -> None:
        if int(body["messages"][0]["content"]) % LONGEST_LOSING_RUN:
            handler.answer_json({"error": "unlucky"}, status=500)
        else:
            answer_text(handler)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    one = profile.model_copy(update={"concurrency": 1})
    queue = RequestQueue(requests(3 * LONGEST_LOSING_RUN), scripted_server.base_url, one, store, heard, AT_ONCE)

    queue.start()

    assert queue.join(NEVER_S)
    assert len(heard.readies) == 3
    assert all("was asked 5 times" in message for _, message in heard.failures)


def test_a_server_that_died_fails_everything_that_is_not_stored_at_once(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    stuck, release = threading.Event(), threading.Event()

    def answer(handler: Any, body: Any) -> None:
        if body["messages"][0]["content"] == "0":
            answer_text(handler)
        else:
            stuck.set()
            release.wait(NEVER_S)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    one = profile.model_copy(update={"concurrency": 1})
    queue = RequestQueue(requests(20), scripted_server.base_url, one, store, heard)
    queue.start()
    assert stuck.wait(NEVER_S)

    queue.fail_all("the server died: signal 9")
    queue.fail_all("again")

    assert queue.join(NEVER_S)
    release.set()
    assert [key for key, _ in heard.readies] == ["T_0-0"]
    assert heard.failures == [(f"T_{number}-0", "the server died: signal 9") for number in range(1, 20)]
    assert (queue.progress.done, queue.progress.failed, queue.progress.last_fault) == (
        1,
        19,
        "the server died: signal 9",
    )
    queue.fail_all("after the end")
    assert len(heard.failures) == 19


def test_a_server_that_died_before_the_start_is_asked_nothing(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    asked: list[Any] = []
    scripted_server.answer = lambda _handler, body: asked.append(body)
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    queue = RequestQueue(requests(3), scripted_server.base_url, profile, store, heard)

    queue.fail_all("died")
    queue.start()

    assert queue.join(NEVER_S)
    assert heard.failures == [(f"T_{number}-0", "died") for number in range(3)]
    assert asked == []


def test_a_request_that_waits_to_be_asked_again_does_not_hold_up_the_end(
    profile: Profile, scripted_server: Any, tmp_path: Path
) -> None:
    waiting = threading.Event()

    async def sleep(_seconds: float) -> None:
        waiting.set()
        await asyncio.sleep(600)

    scripted_server.answer = lambda handler, _: handler.answer_json({"error": "later"}, status=429)
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    policy = RetryPolicy(4, sleep=sleep)
    queue = RequestQueue(requests(1), scripted_server.base_url, profile, store, heard, policy)
    queue.start()
    assert waiting.wait(NEVER_S)

    queue.fail_all("died")

    assert queue.join(NEVER_S)
    assert heard.failures == [("T_0-0", "died")]


def test_no_client_to_be_had_fails_every_request(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a\nb")
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    queue = RequestQueue(requests(2), "http://127.0.0.1:1/v1", profile, store, heard)

    queue.start()

    assert queue.join(NEVER_S)
    assert [("OPENAI_API_KEY" in message, key) for key, message in heard.failures] == [(True, "T_0-0"), (True, "T_1-0")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_queue_that_breaks_announces_every_request_that_is_left(
    profile: Profile, embedded_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    monkeypatch.setattr(store, "finish", lambda *_: 1 / 0)
    one = profile.model_copy(update={"concurrency": 1})
    queue = RequestQueue(requests(3), embedded_server.base_url, one, store, heard)

    queue.start()

    assert queue.join(NEVER_S)
    assert [key for key, message in heard.failures if "the request queue broke" in message] == [
        "T_0-0",
        "T_1-0",
        "T_2-0",
    ]


def test_no_requests_end_at_once(profile: Profile, tmp_path: Path) -> None:
    store = ReplyStore(tmp_path)
    queue = RequestQueue([], "http://127.0.0.1:1/v1", profile, store, Heard(store))

    queue.start()

    assert queue.join(NEVER_S)


class Double(Tool):
    name = "double"
    description = "Doubles a number."
    parameters: Mapping[str, Any] = {
        "type": "object",
        "properties": {"x": {"type": "integer"}},
        "required": ["x"],
    }

    def __init__(self) -> None:
        self.called: list[int] = []

    def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
        self.called.append(arguments["x"])
        return str(2 * arguments["x"])


class TestConversations:
    """A model that doubles 1 three times with a tool, and then says what came out."""

    def request(self, tool: Double) -> ConversationRequest:
        messages = [{"role": "user", "content": "Double 1 three times."}]

        def converse() -> Conversation:
            return with_tools(messages, [tool], most_replies=4)

        return ConversationRequest("T/0", 0, converse, seed=7)

    def queue(self, tool: Double, base_url: str, profile: Profile, store: ReplyStore, heard: Heard) -> RequestQueue:
        tools = ToolThreads([tool], Bench(profile, "0" * 64), no_sandbox, 1)
        return RequestQueue([self.request(tool)], base_url, profile, store, heard, call_tool=tools.call)

    def answer(self, handler: Any, body: Any) -> None:
        said = [message["content"] for message in body["messages"] if message["role"] == "tool"]
        if len(said) == 3:
            answer_text(handler, said[-1])
            return
        arguments = json.dumps({"x": int(said[-1]) if said else 1})
        call = {"index": 0, "id": f"c{len(said)}", "type": "function"}
        delta = {"tool_calls": [{**call, "function": {"name": "double", "arguments": arguments}}]}
        choice = {"index": 0, "delta": delta, "finish_reason": "tool_calls"}
        usage = {"prompt_tokens": 1, "completion_tokens": 5}
        handler.answer_events({"model": "m", "choices": [choice]}, {"model": "m", "choices": [], "usage": usage})

    def test_every_exchange_is_asked_kept_and_told_as_one_answer(
        self, profile: Profile, scripted_server: Any, tmp_path: Path
    ) -> None:
        bodies: list[Any] = []

        def answer(handler: Any, body: Any) -> None:
            bodies.append(body)
            self.answer(handler, body)

        scripted_server.answer = answer
        store, tool = ReplyStore(tmp_path), Double()
        heard = Heard(store)
        queue = self.queue(tool, scripted_server.base_url, profile, store, heard)

        queue.start()

        assert queue.join(NEVER_S)
        assert heard.readies == [("T_0-0", True)]
        transcript = store.transcript("T/0", 0)
        assert (transcript.ended, transcript.reply.content, tool.called) == ("answered", "8", [1, 2, 4])
        assert [one.outcome.content for one in transcript.exchanges if isinstance(one.outcome, ToolResult)] == [*"248"]
        assert store.read("T/0", 0) == transcript.reply
        assert queue.progress.completion_tokens == transcript.completion_tokens == 20
        assert all(body["tools"][0]["function"]["name"] == "double" for body in bodies)
        assert [body["seed"] for body in bodies] == [7] * 4

    @pytest.mark.parametrize("whole", range(7))
    def test_broken_off_it_goes_on_at_its_last_whole_exchange(
        self, profile: Profile, scripted_server: Any, tmp_path: Path, whole: int
    ) -> None:
        scripted_server.answer = self.answer
        store, tool = ReplyStore(tmp_path), Double()
        queue = self.queue(tool, scripted_server.base_url, profile, store, Heard(store))
        queue.start()
        assert queue.join(NEVER_S)
        transcript = store.transcript("T/0", 0)
        store.path("T/0", 0).unlink()
        for path in sorted(store.exchanges("T/0", 0).folder.iterdir())[whole:]:
            path.unlink()
        asked: list[int] = []

        def answer(handler: Any, body: Any) -> None:
            asked.append(len(body["messages"]))
            self.answer(handler, body)

        scripted_server.answer = answer
        again = Double()

        queue = self.queue(again, scripted_server.base_url, profile, store, Heard(store))
        queue.start()

        assert queue.join(NEVER_S)
        assert asked == [1, 3, 5, 7][(whole + 1) // 2 :]
        assert again.called == [1, 2, 4][whole // 2 :]
        found = store.transcript("T/0", 0)
        assert [one.sha256 for one in found.exchanges] == [one.sha256 for one in transcript.exchanges]
        assert found.exchanges[:whole] == transcript.exchanges[:whole]

    def test_a_conversation_whose_exchanges_are_gone_is_not_read_as_whole(
        self, profile: Profile, scripted_server: Any, tmp_path: Path
    ) -> None:
        scripted_server.answer = self.answer
        store = ReplyStore(tmp_path)
        queue = self.queue(Double(), scripted_server.base_url, profile, store, Heard(store))
        queue.start()
        assert queue.join(NEVER_S)

        (store.exchanges("T/0", 0).folder / "0003.json").unlink()

        with pytest.raises(GenerationError, match=r"holds 3 whole exchanges of 7; resuming the run asks"):
            store.transcript("T/0", 0)


def test_stop_gives_up_what_is_in_flight_promptly(profile: Profile, scripted_server: Any, tmp_path: Path) -> None:
    arrived, release = threading.Event(), threading.Event()

    def answer(_handler: Any, _body: Any) -> None:
        arrived.set()
        release.wait(NEVER_S)

    scripted_server.answer = answer
    store = ReplyStore(tmp_path)
    heard = Heard(store)
    queue = RequestQueue(requests(20), scripted_server.base_url, profile, store, heard)
    queue.start()
    assert arrived.wait(NEVER_S)

    queue.stop()
    queue.stop()
    release.set()  # it has not been waited for

    assert queue.join(0)
    assert queue.progress.asked == profile.concurrency
    assert (heard.readies, heard.failures) == ([], [])


def test_a_queue_stopped_before_it_started_asks_nothing(profile: Profile, scripted_server: Any, tmp_path: Path) -> None:
    asked: list[Any] = []
    scripted_server.answer = lambda _handler, body: asked.append(body)
    store = ReplyStore(tmp_path)
    queue = RequestQueue(requests(3), scripted_server.base_url, profile, store, Heard(store))

    queue.stop()
    queue.start()

    assert queue.join(NEVER_S)
    assert asked == []


def test_queue_readiness_and_store_together_serve_a_waiting_test(
    profile: Profile, embedded_server: EmbeddedServer, tmp_path: Path
) -> None:
    store = ReplyStore(tmp_path)
    wrong_model = profile.model_copy(update={"served_name": "gpt-5"})
    with ReadinessServer() as readiness, ReadinessClient(readiness.path) as client:
        RequestQueue(requests(2), embedded_server.base_url, profile, store, readiness).start()
        client.wait("T_1-0", timeout=NEVER_S)
        assert store.read("T/1", 0).finish_reason == "stop"

        failing = [ConversationRequest("F/0", 0, asking("?"))]
        RequestQueue(failing, embedded_server.base_url, wrong_model, store, readiness).start()
        with pytest.raises(GenerationError, match=r"no reply for F_0-0: .*HTTP 404"):
            client.wait("F_0-0", timeout=NEVER_S)
