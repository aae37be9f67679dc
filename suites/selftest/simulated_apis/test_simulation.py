"""What calls do in a simulated world is told turn by turn, and nothing that a model writes is more than data there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servecheck.problems.bfcl_multi_turn import STARTER_APIS, BfclMultiTurnStarter
from servecheck.problems.dialogues import ApiCall, Scenario
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.simulated_apis import simulation
from servecheck.simulated_apis.simulation import Ended, Simulated, simulated
from servecheck.simulated_apis.sources import ApiSource

from suites.selftest.dialogue_problems import BORROWED, SHELF, calls

ODD = """
class Odd:
    def __init__(self):
        self.seen, self._hidden = [], 0

    def _load_scenario(self, scenario, long_context=False):
        self.seen = [long_context]

    def _secret(self):
        return "told"

    def remove(self):
        return "removed"

    def say(self, value):
        self.seen.append(value)
        return {"type": type(value).__name__, "object": object} if value == "object" else value

    def fail(self):
        raise ValueError("as asked")

    def leave(self):
        raise SystemExit(0)

    def loop(self):
        while True:
            pass

    def fill(self):
        return "x" * (1 << 40)
"""
WORLD = Scenario("odd", ("Odd",), {}, long_context=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield sandbox


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another world, whose class does what none should."""
    monkeypatch.setattr(simulation, "_program", simulation._program.__wrapped__)
    monkeypatch.setattr(simulation, "api_source", lambda *_: ApiSource({"Odd": "odd"}, {"odd": ODD}))


def _said(sandbox: Sandbox, call: ApiCall) -> str:
    found = simulated(sandbox, WORLD, [[call]])
    assert isinstance(found, Simulated)
    return found.results[0][0]


def test_results_and_states_are_told_by_turn(sandbox: Sandbox) -> None:
    found = simulated(sandbox, SHELF, [calls(BORROWED, BORROWED), [], calls("list_books()")])

    assert found == Simulated(
        results=(('{"title": "Emma", "left": 1}', '{"title": "Emma", "left": 0}'), (), ('{"Emma": 0}',)),
        states=({"Shelf": {"copies": {"Emma": 0}, "loans": [{"title": "Emma", "reader": "Anna"}] * 2}},) * 3,
    )


def test_every_run_begins_a_world_of_its_own(sandbox: Sandbox) -> None:
    assert simulated(sandbox, SHELF, [calls(BORROWED)]) == simulated(sandbox, SHELF, [calls(BORROWED)])


def test_a_conversation_that_solves_a_starter_problem_is_known_to_the_letter(sandbox: Sandbox) -> None:
    starter = BfclMultiTurnStarter()
    for problem in (starter[task_id] for task_id in starter.task_ids):
        found = simulated(sandbox, problem.scenario, [turn.accepted for turn in problem.turns])
        known = [one.result.content for one in problem.right_replies if one.result is not None]

        assert isinstance(found, Simulated)
        for result in (one for turn in found.results for one in turn):
            assert any(result.replace('"', '\\"') in content for content in known)


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (ApiCall("say", {"value": 1.0}), "1.0"),
        (ApiCall("say", {}, ("by place",)), "by place"),
        (ApiCall("say", {"value": None}), "None"),
        (ApiCall("say", {"value": {"a": [True]}}), '{"a": [true]}'),
        (ApiCall("say", {"value": "object"}), "{'type': 'str', 'object': <class 'object'>}"),
        (ApiCall("say", {"value": "half \ud800"}), "half \ud800"),
        (ApiCall("say", {"value": "say(1) # __import__('os')"}), "say(1) # __import__('os')"),
        (ApiCall("say", {"value": float("nan")}), "Error during execution: name 'nan' is not defined"),
        (ApiCall("say", {"value": [{"a": float("-inf")}]}), "Error during execution: name 'inf' is not defined"),
        (ApiCall("say", {"value": 1, "other": 2}), "Error during execution: Odd.say() got an unexpected keyword "
                                                   "argument 'other'"),
        (ApiCall("say", {"value=1) or print": 1}), "Error during execution: invalid syntax (<string>, line 1)"),
        (ApiCall("say", {"class": 1}), "Error during execution: invalid syntax (<string>, line 1)"),
        (ApiCall("fail", {}), "Error during execution: as asked"),
        (ApiCall("print", {}), "Error during execution: name 'print' is not defined"),
        (ApiCall("_secret", {}), "Error during execution: name '_secret' is not defined"),
        (ApiCall("__class__", {}), "Error during execution: name '__class__' is not defined"),
        (ApiCall("say(1); say", {}), "Error during execution: name 'say(1); say' is not defined"),
        (ApiCall("remove", {}), "Error during execution: Function call remove is not allowed."),
    ],
)  # fmt: skip
def test_a_call_is_data_and_says_what_bfcl_says_of_it(sandbox: Sandbox, call: ApiCall, told: str) -> None:
    assert _said(sandbox, call) == told


@pytest.mark.usefixtures("odd")
def test_what_is_private_is_no_part_of_the_state(sandbox: Sandbox) -> None:
    found = simulated(sandbox, WORLD, [[ApiCall("say", {"value": [1, "a"]})]])

    assert isinstance(found, Simulated)
    assert found.states == ({"Odd": {"seen": [True, [1, "a"]]}},)


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize(
    ("name", "reason"), [("loop", "it may take 0.2 s of CPU time"), ("fill", "MemoryError"), ("leave", "SystemExit: 0")]
)
def test_a_call_that_ends_the_program_is_named(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.setattr(simulation, "CPU_S", 0.2)

    found = simulated(sandbox, WORLD, [[ApiCall("say", {"value": 1})], [ApiCall(name, {})]])

    assert isinstance(found, Ended)
    assert (found.call, found.reason[: len(reason)]) == (1, reason)


def test_a_world_that_cannot_be_made_is_no_call_s_fault(sandbox: Sandbox) -> None:
    found = simulated(sandbox, Scenario(STARTER_APIS, ("Shelf",), {"Shelf": {"copies": 1}}), [calls(BORROWED)])

    assert isinstance(found, Ended)
    assert found.call == -1
