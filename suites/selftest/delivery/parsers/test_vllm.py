"""vLLM 0.32.0's own parsers for GLM-4.7 behind the embedded server: what they lose is found, and nothing else.

Each row was confirmed by feeding the parser's class alone. No grammar is in the way here, which in a real server keeps
the model from writing the format's tags.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from suites.selftest.delivery.parsers.engine_parser import vllm_parsers
from suites.selftest.delivery.parsers.verdicts import beginnings, told

pytestmark = pytest.mark.slow

WHOLE, BOTH = "parser fault, whole 6 of 6: ", "parser fault, whole 6 of 6, streamed 6 of 6: "
STRING = f"{BOTH}a value arrives with another type"
LENGTH = "the finish_reason is wrong: finish_reason tool_calls after all"
FAULTS = {
    # Schemas that are no plain type: #46924.
    **dict.fromkeys(
        ("echo/const", "echo/ref", "echo/ref/thinking", "echo/optional-ref", "choice/required-ref"), STRING
    ),
    # The format's tags in a value.
    "echo/call-end": f"{BOTH}the arguments are empty",
    "echo/value-end": f"{BOTH}a value arrives without its end",
    "echo/think-tags/thinking": "parser fault, whole 6 of 6",
    # Reasoning ends at the first tag of a call.
    "plain/quoted-in-reasoning/thinking": f"{BOTH}a call arrives that nobody wrote",
    "plain/tag-in-reasoning/thinking": f"{BOTH}no call arrives: 1 written, 0 arrived",
    # Text behind a call in the same delta, and a call of no tool that was offered.
    "count/text-after": f"{WHOLE}the text beside the calls is lost",
    "count/undeclared": f"{BOTH}a call is lost: of shred",
    # A call that the limit cut is {} where it is whole, with the finish_reason of one that can be executed: #53269.
    **dict.fromkeys(("cut/24", "cut/120", "cut/second-call"), f"{WHOLE}{LENGTH}"),
    **dict.fromkeys(("cut/8", "cut/24/thinking"), f"{BOTH}{LENGTH}"),
}


@pytest.mark.parametrize("tokens_a_delta", [1, 4])
def test_what_its_parsers_lose_is_found_and_nothing_else(tokens_a_delta: int, tmp_path: Path) -> None:
    with vllm_parsers(tmp_path / "log", tokens_a_delta) as fault:
        found = told(fault)

    assert beginnings(found, FAULTS) == FAULTS
