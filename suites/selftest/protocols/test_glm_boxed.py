"""The prompts are those of GLM's own harness, byte for byte.

The digests are of what its ``process_func`` hands to its sampler, from zai-org/glm-simple-evals at db7fdc8, with the
data of its commit 2974f4e in the folder ``data``; in its clone, with what its requirements name:

    python -c '
    import hashlib, json, pandas
    from evals import aime_eval, math_eval
    def digest(process, rows):
        sent = []
        def sampler(messages):
            sent.append(json.dumps(messages, sort_keys=True))
            return ""
        for row in rows:
            process(sampler, None, row)
        return hashlib.sha256("\\n".join(sent).encode()).hexdigest()
    table = pandas.read_csv("data/aime/AIME_Dataset_1983_2024.csv")
    print(digest(aime_eval.process_func, [row for _, row in table[table.Year == 2024].iterrows()]))
    print(digest(aime_eval.process_func, map(json.loads, open("data/aime/aime_2025.jsonl"))))
    print(digest(math_eval.process_func, map(json.loads, open("data/math/MATH500.jsonl"))))'
"""

from __future__ import annotations

import hashlib
import json

import pytest
from servecheck.problems.aime import AIME_2025, AIME_TO_2024, Aime24, Aime25
from servecheck.problems.answers import AnswerProblem
from servecheck.problems.math500 import MATH500, Math500
from servecheck.profiles.schema import Sampling
from servecheck.protocols.glm_boxed import GLM_SAMPLING, GlmBoxed


@pytest.mark.parametrize(
    ("problems", "file", "digest"),
    [
        (Aime24, AIME_TO_2024, "d7d1866c79b4da4008af526a6060c04f3562be235ecbf7d8166fa6d37309e51c"),
        (Aime25, AIME_2025, "4152a7d08240d2e214a646deadbf4dc9e347f33edfb98ada547fba33e09b7f53"),
        (Math500, MATH500, "5b16c45b25d4eea9a4cfca611cdf22a7f6613439ecb34227891312e9d35b43ac"),
    ],
)
def test_the_published_problems_are_asked_as_glms_harness_asks_them(problems, file, digest):
    if not file.is_here:
        pytest.skip(f"{file.override_variable} names no copy, and none was fetched")
    found = problems()
    sent = [json.dumps(GlmBoxed().messages(found[task_id]), sort_keys=True) for task_id in found.task_ids]

    assert hashlib.sha256("\n".join(sent).encode()).hexdigest() == digest


def test_a_question_stands_between_two_sentences_as_it_is():
    assert GlmBoxed().messages(AnswerProblem("sum/1", "What is\n{40} + 2? ", "42")) == [
        {
            "role": "user",
            "content": "Solve the following math problem step by step. Put your answer inside \\boxed{}.\n\n"
            "What is\n{40} + 2? \n\nRemember to put your answer inside \\boxed{}.",
        }
    ]


def test_of_the_sampling_temperature_and_limit_are_sent():
    assert GlmBoxed().request_fields(GLM_SAMPLING) == {"temperature": 0.6, "max_completion_tokens": 81920}
    assert GLM_SAMPLING.top_p == 1.0  # what none that is sent comes to
    assert GlmBoxed().request_fields(Sampling(seed=3))["seed"] == 3
