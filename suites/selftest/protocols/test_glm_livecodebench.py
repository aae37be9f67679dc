"""Messages are those of GLM's own harness, byte for byte.

The digests are of what its code makes of the same statements: ``get_question_template_answer(row, "cot")`` of
``evals/livecodebench_eval.py`` in zai-org/glm-simple-evals at db7fdc8, where a row is ``{"prompt": statement,
"starter_code": ...}``.
"""

from __future__ import annotations

import hashlib

import pytest
from servecheck.problems.contests import ContestProblem
from servecheck.protocols.glm_boxed import GLM_SAMPLING
from servecheck.protocols.glm_livecodebench import GlmLiveCodeBench


@pytest.mark.parametrize(
    ("statement", "starter_code", "digest"),
    [
        (
            "Add A and B.\n\nSample\n\n1 2\n",
            "",
            "bf85b8af66ce4b8abeef096d9833461e587b20c6355cc6fabd95e754511306e5",
        ),
        (
            "Add two numbers.",
            "class Solution:\n    def add(self, a: int, b: int) -> int:\n        ",
            "13b8b81a8e92c6b72fcfad9550a0facac7e8589a335a15b857cdebd4a65aa897",
        ),
    ],
    ids=["standard input", "starter code"],
)
def test_the_one_message_is_its_own(statement: str, starter_code: str, digest: str) -> None:
    (message,) = GlmLiveCodeBench().messages(ContestProblem("x", statement, starter_code, "", tuple))

    assert message["role"] == "user"
    assert hashlib.sha256(str(message["content"]).encode()).hexdigest() == digest


def test_temperature_and_limit_are_sent_and_no_top_p() -> None:
    fields = GlmLiveCodeBench().request_fields(GLM_SAMPLING)

    assert fields == {"temperature": 0.6, "max_completion_tokens": 81920}
