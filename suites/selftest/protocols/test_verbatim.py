"""A prompt is asked as it is."""

from __future__ import annotations

from servecheck.problems.instruction_kinds import NoComma
from servecheck.problems.instructions import InstructionProblem
from servecheck.protocols.verbatim import Verbatim


def test_the_prompt_is_the_whole_message_byte_for_byte():
    prompt = "  Say a.\n\nNo commas,\tplease. \n"
    problem = InstructionProblem("IFEval/1", prompt, (("punctuation:no_comma", NoComma()),))

    assert Verbatim().messages(problem) == [{"role": "user", "content": prompt}]
