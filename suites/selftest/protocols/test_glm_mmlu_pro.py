"""Messages are those of GLM's own harness, byte for byte.

The digest is of what its code asks of the same 200 rows; the script says what a folder holds:

    python suites/selftest/mmlu_harnesses.py <<< '{"harness": "glm", "folder": "glm-simple-evals", "texts": [], "rows":
        [...]}'

where the rows are ``mmlu_pro_rows()``, and prompts are joined as below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from servecheck.problems.choice import CategoryProblem
from servecheck.profiles.schema import Sampling
from servecheck.protocols.glm_mmlu_pro import GlmMmluPro

from suites.selftest.mmlu_pro_rows import mmlu_pro_rows

PROMPTS = "a890d26b97d619b8201425afe8a9c07387df4a0ffcd702f9acd250135c66b22d"


def sha256(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def test_what_is_asked_is_what_the_harness_asks():
    problems = [
        CategoryProblem("x/y/0", row["question"], tuple(row["options"]), row["answer"], row["category"])
        for row in mmlu_pro_rows()
    ]

    assert sha256([str(GlmMmluPro().messages(problem)[0]["content"]) for problem in problems]) == PROMPTS


def test_one_user_message_has_the_category_and_the_options_a_line_each():
    [message] = GlmMmluPro().messages(CategoryProblem("x/y/0", "Which?", ("one", "{two}"), "A", "computer science"))

    assert message["role"] == "user"
    content = str(message["content"])
    assert content.startswith("The following are multiple choice questions (with answers) about computer science.")
    assert content.endswith("\n\nQuestion: Which?\nOptions: A. one\nB. {two}\n")


def test_no_top_p_is_sent():
    fields = GlmMmluPro().request_fields(Sampling(temperature=0.6, max_tokens=81920))

    assert fields == {"temperature": 0.6, "max_completion_tokens": 81920}
