"""What is kept of a problem's prompt has the tools that it offers."""

from __future__ import annotations

import json
from typing import Any

from servecheck.problems.gpqa import GpqaStarter
from servecheck.protocols.function_calling import FunctionCalling
from servecheck.protocols.published_choice import GLM_CHOICE
from servecheck.runs.prompts import chat_tools, for_readers, prompts_of

from suites.selftest.tool_problems import problem

ASKED = problem({"x": "string"}, {"x": ["Aa"]})
PROBLEMS: Any = {"T/0": ASKED}


def test_messages_are_the_protocols_and_tools_those_that_are_offered() -> None:
    assert prompts_of(FunctionCalling(), PROBLEMS, ["T/0"]) == {"T/0": [{"role": "user", "content": "Do it."}]}
    assert chat_tools(FunctionCalling(), PROBLEMS, ["T/0"]) == {"T/0": [dict(tool) for tool in ASKED.tools]}


def test_tools_are_kept_as_one_more_item() -> None:
    kept = for_readers(FunctionCalling(), PROBLEMS, {"T/0": [{"role": "user", "content": "Do it."}]}, {"T/0": (0, 1)})

    assert [one["role"] for one in kept["T/0"]] == ["user", "tools"]
    assert json.loads(kept["T/0"][1]["content"]) == [dict(tool) for tool in ASKED.tools]


def test_what_samples_ask_otherwise_is_kept_with_their_numbers() -> None:
    starter, task_id = GpqaStarter(), "StarterChoice/0"
    prompts = prompts_of(GLM_CHOICE, starter, [task_id])

    kept = for_readers(GLM_CHOICE, starter, prompts, {task_id: (0, 1, 2)})[task_id]

    texts = [GLM_CHOICE.messages(starter[task_id].of_sample(sample))[0]["content"] for sample in range(3)]
    assert [one["content"] for one in kept] == texts
    assert [one["role"] for one in kept] == ["user", "user, sample 1", "user, sample 2"]


def test_of_a_text_that_nobody_would_read_the_ends_are_kept_with_what_is_left_out() -> None:
    text = "a" * 50_000 + "b" * 50_000
    kept = for_readers(FunctionCalling(), PROBLEMS, {"T/0": [{"role": "user", "content": text}]}, {"T/0": (0,)})

    half = 32 * 1024
    note = "\n\n[... 34,464 of 100,000 characters are left out here ...]\n\n"
    assert kept["T/0"][0] == {"role": "user", "content": "a" * half + note + "b" * half}
