"""Who is to blame when a runner breaks, and when a runner is replaced: tried on a backend that breaks as told."""

import dataclasses
import hashlib
import json
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from servecheck.errors import SandboxError
from servecheck.sandbox import pool
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.protocol import ProgramRun
from servecheck.sandbox.turnstile import Turnstile
from servecheck.sandbox.wire import Large

_PROGRAM = ProgramRun(code="def g(x): return x", entry_point="g", inputs="[[1]]", count=1)
_TEXT = "[" + "1," * 200 + "1]"
_LARGE = Large(hashlib.sha256(_TEXT.encode()).hexdigest(), len(_TEXT), False, _TEXT[:120])
Answers = Callable[[dict[str, Any]], dict[str, Any]]


def answer(status: str = "complete", results: tuple[str, ...] = ("1",), **more: Any) -> dict[str, Any]:
    common = {"detail": "", "at": 0, "cpu_s": 0.5, "program_cpu_s": 0.25, "wall_s": 1.0, "timings": None}
    common |= {"waited_s": 0.0, "waits_told": True}
    return {"status": status, "results": list(results), **common, **more}


class FakeRunner:
    hello: Mapping[str, Any] = {"python": "3", "isolation": {"pid_namespace": False}}

    def __init__(self, behaviour: Answers) -> None:
        self._behaviour, self._answers = behaviour, deque[dict[str, Any]]()
        self.messages: list[dict[str, Any]] = []
        self.timeouts: list[float] = []
        self.closed = False

    def send(self, data: bytes) -> None:
        assert not self.closed
        assert struct.unpack(">I", data[:4])[0] == len(data) - 4
        message = json.loads(data[4:])
        self.messages.append(message)
        if "code" in message:
            self._answers.append(self._behaviour(message))
        elif "fetch" in message:
            self._answers.append({"texts": [_TEXT]})

    def receive(self, timeout_s: float) -> dict[str, Any]:
        self.timeouts.append(timeout_s)
        return self._answers.popleft()

    def close(self) -> None:
        self.closed = True


class FakeBackend:
    """Each runner behaves as the next entry says, the last entry holds for all further ones."""

    name = "fake"

    def __init__(self, *behaviours: Answers) -> None:
        self._behaviours = behaviours
        self.runners: list[FakeRunner] = []

    def prepare(self) -> Mapping[str, str]:
        return {}

    def start(self) -> FakeRunner:
        behaviour = self._behaviours[min(len(self.runners), len(self._behaviours) - 1)]
        self.runners.append(FakeRunner(behaviour))
        return self.runners[-1]

    @property
    def open(self) -> int:
        return sum(not runner.closed for runner in self.runners)


def is_canary(message: dict[str, Any]) -> bool:
    return message["count"] == 2


def fine(message: dict[str, Any]) -> dict[str, Any]:
    return answer(results=("2", "3")) if is_canary(message) else answer()


def deadly(message: dict[str, Any]) -> dict[str, Any]:
    """Dies of the program, not of the canary."""
    return fine(message) if is_canary(message) else dead(message)


def dead(message: dict[str, Any]) -> dict[str, Any]:
    raise SandboxError("the runner has ended")


def says(*answers: dict[str, Any]) -> Answers:
    left = deque(answers)
    return lambda _: left.popleft() if len(left) > 1 else left[0]


class TestBlame:
    def test_a_program_that_kills_two_fresh_runners_is_at_fault(self) -> None:
        backend = FakeBackend(deadly)

        outcome = Sandbox(backend).execute(_PROGRAM)

        assert outcome.status == "killed_runner"
        assert outcome.results == []
        assert len(backend.runners) == 3
        assert is_canary(backend.runners[2].messages[0])

    def test_a_sandbox_in_which_nothing_runs_is_an_error_of_the_run(self) -> None:
        with pytest.raises(SandboxError, match="the runner has ended"):
            Sandbox(FakeBackend(dead)).execute(_PROGRAM)

    def test_a_sandbox_that_computes_wrongly_is_an_error_of_the_run(self) -> None:
        def wrong(message: dict[str, Any]) -> dict[str, Any]:
            return answer(results=("2", "4")) if is_canary(message) else dead(message)

        with pytest.raises(SandboxError, match="fails with any program"):
            Sandbox(FakeBackend(wrong)).execute(_PROGRAM)

    def test_one_failure_is_forgiven(self) -> None:
        backend = FakeBackend(dead, fine)

        outcome = Sandbox(backend).execute(_PROGRAM)

        assert outcome.status == "complete"
        assert backend.runners[0].closed

    def test_what_a_used_runner_dies_of_does_not_count_against_the_program(self) -> None:
        backend = FakeBackend(fine, deadly, fine)
        sandbox = Sandbox(backend)
        sandbox.execute(_PROGRAM)
        backend.runners[0]._behaviour = dead

        outcome = sandbox.execute(_PROGRAM)

        assert outcome.status == "complete"
        assert len(backend.runners) == 3

    def test_a_candidate_that_could_not_be_set_up_is_tried_again(self) -> None:
        backend = FakeBackend(says(answer("infra", ())), fine)

        assert Sandbox(backend).execute(_PROGRAM).status == "complete"
        assert backend.runners[0].closed

    def test_a_backend_that_starts_nothing_is_an_error_of_the_run(self) -> None:
        class Broken(FakeBackend):
            def start(self) -> FakeRunner:
                raise SandboxError("no engine")

        with pytest.raises(SandboxError, match="no engine"):
            Sandbox(Broken(fine)).execute(_PROGRAM)


class RecordingTurnstile(Turnstile):
    def __init__(self) -> None:
        self.passed: list[str] = []

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        self.passed.append("exclusive" if alone else "shared")
        yield


class TestTimeouts:
    def test_a_timeout_is_run_once_more_alone_in_a_fresh_runner(self) -> None:
        backend, turnstile = FakeBackend(says(answer("timeout", ())), fine), RecordingTurnstile()

        outcome = Sandbox(backend, turnstile=turnstile).execute(_PROGRAM)

        assert outcome.status == "complete"
        assert turnstile.passed == ["shared", "exclusive"]
        assert backend.runners[0].closed

    def test_a_second_timeout_counts(self) -> None:
        backend, turnstile = FakeBackend(says(answer("timeout", ()))), RecordingTurnstile()

        outcome = Sandbox(backend, turnstile=turnstile).execute(_PROGRAM)

        assert outcome.status == "timeout"
        assert turnstile.passed == ["shared", "exclusive"]

    def test_nothing_else_is_run_twice(self) -> None:
        for status in ("exception", "memory", "output_limit", "malformed", "unserialisable", "died"):
            turnstile = RecordingTurnstile()

            outcome = Sandbox(FakeBackend(says(answer(status, ()))), turnstile=turnstile).execute(_PROGRAM)

            assert (outcome.status, turnstile.passed) == (status, ["shared"])

    @pytest.mark.parametrize("told", [True, False])
    def test_a_calibration_loop_runs_beside_the_second_one_where_waiting_was_not_told(self, told: bool) -> None:
        backend = FakeBackend(says(answer("timeout", (), waits_told=told)), fine)

        Sandbox(backend).execute(_PROGRAM)

        paced = [message["paced"] for runner in backend.runners for message in runner.messages if "code" in message]
        assert paced == [False, not told]

    def test_a_run_goes_on_as_long_as_its_supervisor_says_so(self) -> None:
        backend = FakeBackend(fine)
        sandbox = Sandbox(backend)
        sandbox.hello  # noqa: B018 - starts the runner
        backend.runners[0]._answers.extend([{"beat": True}] * 40)

        outcome = sandbox.execute(_PROGRAM)

        assert outcome.status == "complete"
        assert len(set(backend.runners[0].timeouts)) == 1


class TestReplacement:
    @pytest.mark.parametrize("status", ["complete", "exception", "unserialisable"])
    def test_a_runner_stays_after_an_end_of_the_programs_own(self, status: str) -> None:
        backend = FakeBackend(says(answer(status, ())))
        sandbox = Sandbox(backend)

        for _ in range(3):
            sandbox.execute(_PROGRAM)

        assert len(backend.runners) == 1
        assert [message for message in backend.runners[0].messages if "done" in message] == [
            {"done": True, "more": True}
        ] * 2

    @pytest.mark.parametrize("status", ["memory", "output_limit", "malformed", "died"])
    def test_a_runner_is_replaced_after_any_other_end(self, status: str) -> None:
        backend = FakeBackend(says(answer(status, ())), fine)
        sandbox = Sandbox(backend)

        sandbox.execute(_PROGRAM)
        sandbox.execute(_PROGRAM)

        assert [runner.closed for runner in backend.runners] == [True, False]

    def test_a_runner_is_replaced_after_so_many_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pool, "RUNS_PER_RUNNER", 3)
        backend = FakeBackend(fine)
        sandbox = Sandbox(backend)

        for _ in range(7):
            sandbox.execute(_PROGRAM)

        assert len(backend.runners) == 3
        assert backend.open == 1

    def test_isolation_by_problem_gives_every_problem_a_runner_of_its_own(self) -> None:
        backend = FakeBackend(fine)
        sandbox = Sandbox(backend, isolation="problem")

        for _ in range(2):
            sandbox.execute(_PROGRAM)
            sandbox.execute(_PROGRAM)
            sandbox.release()

        assert len(backend.runners) == 2
        assert backend.open == 0

    def test_isolation_by_worker_keeps_the_runner_over_problems(self) -> None:
        backend = FakeBackend(fine)
        sandbox = Sandbox(backend)

        for _ in range(2):
            sandbox.execute(_PROGRAM)
            sandbox.release()

        assert len(backend.runners) == 1
        assert backend.runners[0].messages[-1] == {"done": True, "more": False}

    def test_leaving_ends_every_runner_the_siblings_too(self) -> None:
        backend = FakeBackend(fine)

        with Sandbox(backend) as sandbox:
            sandbox.execute(_PROGRAM)
            sandbox.sibling.execute(_PROGRAM)
            assert backend.open == 2

        assert backend.open == 0

    def test_a_closed_sandbox_starts_anew(self) -> None:
        backend = FakeBackend(fine)
        sandbox = Sandbox(backend)
        sandbox.execute(_PROGRAM)
        sandbox.close()

        assert sandbox.execute(_PROGRAM).status == "complete"
        assert len(backend.runners) == 2


class TestFetch:
    def test_the_text_of_a_long_result(self) -> None:
        sandbox = Sandbox(FakeBackend(says(answer(results=(str(_LARGE),)))))

        outcome = sandbox.execute(_PROGRAM)

        assert outcome.results == [_LARGE]
        assert sandbox.fetch(0, _LARGE) == _TEXT

    def test_a_text_of_another_digest_is_an_error_of_the_run(self) -> None:
        sandbox = Sandbox(FakeBackend(fine))
        sandbox.execute(_PROGRAM)

        with pytest.raises(SandboxError, match="does not match its digest"):
            sandbox.fetch(0, Large("0" * 64, 401, False, "["))

    @pytest.mark.parametrize("end", [Sandbox.release, Sandbox.close, lambda sandbox: sandbox.hello])
    def test_nothing_can_be_fetched_once_the_run_is_done(self, end: Callable[[Sandbox], object]) -> None:
        sandbox = Sandbox(FakeBackend(fine))
        sandbox.execute(_PROGRAM)
        end(sandbox)

        with pytest.raises(SandboxError, match="replaced"):
            sandbox.fetch(0, _LARGE)

    def test_what_came_before_a_timeout_can_be_fetched(self) -> None:
        sandbox = Sandbox(FakeBackend(says(answer("timeout", (str(_LARGE),)))))
        sandbox.execute(_PROGRAM)

        assert sandbox.fetch(0, _LARGE) == _TEXT

    def test_a_siblings_run_leaves_this_one_open(self) -> None:
        sandbox = Sandbox(FakeBackend(fine))
        sandbox.execute(_PROGRAM)

        sandbox.sibling.execute(_PROGRAM)

        assert sandbox.fetch(0, _LARGE) == _TEXT


def test_usage_adds_up_over_runs_and_re_runs() -> None:
    sandbox = Sandbox(FakeBackend(says(answer("timeout", (), program_cpu_s=None)), fine))

    sandbox.execute(_PROGRAM)
    sandbox.execute(_PROGRAM)

    assert sandbox.usage.candidate_s == 1.5
    assert sandbox.usage.program_s == 0.5 + 0.25 + 0.25


def test_the_message_carries_the_whole_run() -> None:
    backend = FakeBackend(fine)
    limits: dict[str, Any] = {"limits_s": {2: 5.5}, "total_limit_s": 7.0, "output_bytes": 99}
    run = ProgramRun("code", "g", "[[1],[2],[3]]", 3, **limits, timings=True, tagged=True, textless="set")

    Sandbox(backend, memory_bytes=123).execute(run)

    assert backend.runners[0].messages == [
        {
            "code": "code",
            "entry_point": "g",
            "inputs": "[[1],[2],[3]]",
            "count": 3,
            "limits": {"2": 5.5},
            "total_limit_s": 7.0,
            "output_bytes": 99,
            "memory_bytes": 123,
            "timings": True,
            "tagged": True,
            "textless": "set",
            "paced": False,
        }
    ]


class TestSupervisor:
    """What one supervisor has read, its next candidate may find: only runs of one program may share one."""

    def _mores(self, *codes: str) -> list[bool]:
        backend = FakeBackend(fine)
        sandbox = Sandbox(backend)
        for code in codes:
            sandbox.execute(dataclasses.replace(_PROGRAM, code=code))
        return [message["more"] for message in backend.runners[0].messages if "done" in message]

    def test_runs_of_one_program_share_it(self) -> None:
        assert self._mores("a", "a") == [True]

    def test_another_program_gets_another(self) -> None:
        assert self._mores("a", "b", "b", "a") == [False, True, False]

    def test_it_serves_so_many_runs(self) -> None:
        assert self._mores(*["a"] * 6) == [True, True, True, False, True]

    def test_it_ends_with_the_problem(self) -> None:
        backend = FakeBackend(fine)
        sandbox = Sandbox(backend)
        sandbox.execute(_PROGRAM)

        sandbox.release()

        assert backend.runners[0].messages[-1] == {"done": True, "more": False}

    def test_it_serves_one_run_where_each_needs_a_namespace_of_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FakeRunner, "hello", {"isolation": {"pid_namespace": True}})

        assert self._mores("a", "a") == [False]
