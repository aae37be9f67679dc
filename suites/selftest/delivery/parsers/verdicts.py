"""What the contract finds in an engine's parsers: in every case of a chat, which they are called for as the engine
calls them, that needs no long prompt."""

from __future__ import annotations

from collections.abc import Mapping

from servecheck.evaluation.bench import Bench
from servecheck.grading.tool_contract import Delivery
from servecheck.profiles.schema import Profile
from servecheck.selfcheck.embedded.tool_text.fault import ToolFault

from suites.selftest.delivery.embedded_path import EmbeddedPath, conducted
from suites.selftest.delivery.replies import CASES

_BENCH = Bench(Profile(name="p", model="m"), "")


def told(parsers: ToolFault) -> dict[str, str]:
    """The reason of each case that is not delivered."""
    chats = [task_id for task_id in CASES.task_ids if CASES[task_id].api == "chat"]
    verdicts = {
        task_id: Delivery().grade(CASES[task_id], conducted(CASES[task_id], EmbeddedPath(parsers)), _BENCH)
        for task_id in chats
        if not CASES[task_id].is_deep
    }
    return {task_id: found.reason for task_id, found in verdicts.items() if not found.solved}


def beginnings(reasons: Mapping[str, str], expected: Mapping[str, str]) -> dict[str, str]:
    """As much of each reason as there is expected of it."""
    return {task_id: reason[: len(expected.get(task_id, reason))] for task_id, reason in reasons.items()}
