"""A line is a prompt with instructions of known kinds, or an error that names what is wrong with it."""

from __future__ import annotations

import json

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.instruction_kinds import NoComma, WordCount
from servecheck.problems.instructions import AnsweredInstructionProblem, InstructionProblem, problem_of_line

WORDS = "length_constraints:number_words"
FIELDS = {
    "key": 12,
    "prompt": "Say a.",
    "instruction_id_list": ["punctuation:no_comma", WORDS],
    "kwargs": [{}, {"num_words": 3, "relation": "at least"}],
}


def read(**changes: object) -> InstructionProblem:
    fields = {name: value for name, value in {**FIELDS, **changes}.items() if value is not None}
    return problem_of_line(json.dumps(fields).encode(), "IFEval/", "prompts, line 5")


def test_instructions_have_their_kinds_and_arguments():
    asked = (("punctuation:no_comma", NoComma()), (WORDS, WordCount(3, "at least")))

    assert read() == InstructionProblem("IFEval/12", "Say a.", asked)
    assert read(right_reply="a b c") == AnsweredInstructionProblem("IFEval/12", "Say a.", asked, "a b c")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kwargs": [{}]}, "it has not as many kwargs as instructions"),
        (
            {"instruction_id_list": ["punctuation:no_comma", "x:y\x1b"]},
            r'there is no kind of instruction "x:y\\x1b", but keywords:existence, ',
        ),
        ({"kwargs": [{}, {"num_words": 3}]}, "relation: Field required"),
        ({"kwargs": [{}, {"num_words": 3, "relation": "about"}]}, "relation: Input should be 'less than' or 'at le"),
        ({"kwargs": [{}, {"num_words": "3", "relation": "at least"}]}, "num_words: Input should be a valid integer"),
        ({"kwargs": [{"x": 1}, {"num_words": 3, "relation": "at least"}]}, "x: Unexpected keyword argument"),
        ({"hint": "a"}, "hint: Extra inputs are not permitted"),
        ({"prompt": None}, "prompt: Field required"),
        ({"instruction_id_list": [], "kwargs": []}, "instruction_id_list: List should have at least 1 item"),
    ],
    ids=["fewer", "unknown kind", "missing", "relation", "type", "unknown column", "unknown field", "prompt", "none"],
)
def test_what_is_wrong_with_a_line_is_named(changes, said):
    with pytest.raises(ProblemSetError, match=f"^prompts, line 5: {said}"):
        read(**changes)


def test_what_is_no_json_is_named():
    with pytest.raises(ProblemSetError, match=r"^prompts, line 5: the line: Invalid JSON"):
        problem_of_line(b"{", "IFEval/", "prompts, line 5")
