"""SGLang 0.5.23's own parsers for GLM-4.7 behind the embedded server: what they lose is found, and nothing else.

Each row was confirmed by feeding the parser's class alone, whole and symbol by symbol.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from suites.selftest.delivery.parsers.engine_parser import sglang_parsers
from suites.selftest.delivery.parsers.verdicts import beginnings, told

pytestmark = pytest.mark.slow

WHOLE, STREAMED = "parser fault, whole 6 of 6: ", "stream fault, streamed 6 of 6: "
BOTH = "parser fault, whole 6 of 6, streamed 6 of 6: "
CUT = f"{BOTH}a call that was cut off arrives as if it were whole: with {{}}"
CUT_TEXT = f"{WHOLE}markup of the format stands in the reply: <tool_call> in the content"
FAULTS = {
    "echo/quoted": f"{WHOLE}a value arrives with another type",
    "echo/single-quoted": f"{WHOLE}a value arrives with another type",
    "echo/call-end": f"{BOTH}the arguments are empty",
    "echo/value-end": f"{BOTH}a value arrives without its end",
    "echo/think-tags": f"{BOTH}reasoning arrives that nobody wrote",
    "count/undeclared": f"{WHOLE}a call is lost: of shred",
    # A delta without id or name, whose arguments are {}; the whole reply has the text of the call.
    **dict.fromkeys(("cut/1", "cut/3", "cut/8", "cut/24/thinking"), CUT),
    **dict.fromkeys(("cut/24", "cut/120", "cut/second-call"), CUT_TEXT),
}
# The streaming parser ends reasoning at the first tag of a call that comes by itself.
IN_STREAMS = FAULTS | {
    "echo/think-tags/thinking": STREAMED,
    "plain/quoted-in-reasoning/thinking": f"{STREAMED}a call arrives that nobody wrote",
    "plain/tag-in-reasoning/thinking": f"{STREAMED}a call names another tool",
}
# Of several calls in the last delta it finds the first.
AT_ONCE = FAULTS | {
    "echo/think-tags/thinking": STREAMED,
    "count/text-after": f"{STREAMED}the text beside the calls is lost",
    **dict.fromkeys(
        ("choice/parallel", "count/no-arguments-twice", "count/two", "count/two/thinking", "tools/dashes"),
        f"{STREAMED}a call is lost: 2 written, 1 arrived",
    ),
    **dict.fromkeys(("count/five", "count/same-twice"), f"{STREAMED}a call is lost"),
}


@pytest.mark.parametrize(("tokens_a_delta", "expected"), [(1, IN_STREAMS), (5, IN_STREAMS), (400, AT_ONCE)])
def test_what_its_parsers_lose_is_found_and_nothing_else(
    tokens_a_delta: int, expected: dict[str, str], tmp_path: Path
) -> None:
    with sglang_parsers(tmp_path / "log", tokens_a_delta) as fault:
        found = told(fault)

    assert beginnings(found, expected) == expected
