"""The known fault that a symptom looks like: by its case, by how its detail begins, or by its kind alone."""

from __future__ import annotations

import pytest
from servecheck.delivery.known import looks_like
from servecheck.delivery.symptoms import Blame, Defect, Symptom
from servecheck.delivery.template_difference import NONE


@pytest.mark.parametrize(
    ("kind", "detail", "about", "told"),
    [
        (Defect.OTHER_TYPE, "", "ref", "vLLM #46924"),
        (Defect.STATUS, "", "cut", "llama.cpp"),
        (Defect.BLOCK_INDEX, "output_index None where 0 is due", "", "llama.cpp"),
        (Defect.OTHER_PROMPT, f"{NONE}: 'a' for 'b'", "", "GLM-4.7's published template"),
        (Defect.IRREGULAR, "a delta of a call has no index", "", "ai-dynamo/dynamo #4723"),
        (Defect.SAME_ID, "", "", "HKUDS/nanobot #3943"),
        (Defect.LEFT_OUT, "", "result-list", "vLLM #39614"),
        (Defect.LEFT_OUT, "", "tools", "a chat template without tools"),
    ],
)
def test_what_is_known_is_named(kind: Defect, detail: str, about: str, told: str) -> None:
    assert looks_like(Symptom(kind, Blame.PARSER, detail), about).startswith(told)


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("stalled: it sent nothing in answer for 3 s", "SGLang #13514: a forced call never ends"),
        ("answered HTTP 500: died", "vLLM #46149: a forced call ends with HTTP 500, or with an error in mid-stream"),
        ("broke the connection before it answered: reset", "llama.cpp #15608: the server ends itself over a grammar"),
    ],
)
def test_a_failure_is_like_those_of_grammars_where_a_grammar_is_to_blame_alone(detail: str, told: str) -> None:
    assert looks_like(Symptom(Defect.FAILED, Blame.GRAMMAR, detail), "") == told
    assert looks_like(Symptom(Defect.FAILED, Blame.PARSER, detail), "") == ""


def test_of_a_schema_a_failure_is_like_that_of_its_grammar_unless_it_never_ends() -> None:
    ended, endless = (Symptom(Defect.FAILED, Blame.GRAMMAR, words) for words in ("answered HTTP 500", "stalled"))

    assert looks_like(ended, "ref").startswith("llama.cpp #26737")
    assert looks_like(endless, "ref").startswith("SGLang #13514")


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (Defect.BLOCK_INDEX, "content block 1 where 0 is due"),
        (Defect.OTHER_PROMPT, "'an index' for 'b'"),
        (Defect.STATUS, "finish_reason stop with a call"),
        (Defect.LEFT_OUT, "'of an earlier call' and 0 more"),
    ],
)
def test_what_is_not_is_likened_to_nothing(kind: Defect, detail: str) -> None:
    assert looks_like(Symptom(kind, Blame.PARSER, detail), "") == ""
