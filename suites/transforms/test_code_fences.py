"""``strip_code_fences``: the code of a reply, all of it and nothing else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from servecheck.extraction import extract
from servecheck.transforms import transform_chain

from suites.transforms.strategies import (
    Presented,
    Program,
    bodies,
    completion,
    fenced,
    fragments,
    plain_text,
    presented,
    programs,
    prose,
)

pytestmark = pytest.mark.transforms

USES = ["print(f([1]))", "assert f([1]) == 1", "def test_it():\n    assert f([1])\n\ntest_it()", ">>> f([1])\n1"]


def stripped(reply, asked=""):
    request = {"messages": [{"role": "user", "content": asked}]}
    new, _ = transform_chain(["strip_code_fences"]).reply(completion(reply), request)
    return new["choices"][0]["message"]["content"]


def statements(source):
    return [ast.dump(statement) for statement in ast.parse(source).body]


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(character in rest for character in part)


@given(programs(fenced_strings=True))
@example(Program('x = f("""\n```\n""", 1)\n', "x"))
@example(Program('"""Use ```python\nf()\n``` for it."""\nx = 1\n', "x"))
def test_clean_code_is_left_as_it_is(program):
    assert stripped(program.source) == program.source


@given(plain_text)
def test_a_reply_without_fences_is_left_as_it_is(reply):
    assert stripped(reply) == reply


@given(presented(fenced_strings=True))
def test_the_program_is_never_lost(case):
    content = stripped(case.reply, asked=f"def {case.program.entry_point}(items):")

    found = extract(content, case.program.entry_point).program
    assert statements(found) == statements(case.extra) + statements(case.program.source)


@st.composite
def continued(draw):
    """A prompt, the body that continues it, and a reply that has the body."""
    prompt = 'from typing import List\n\n\ndef f(items, text=\'\'):\n    """Sum."""\n'
    body = draw(bodies())
    kind = draw(st.sampled_from(["bare", "fenced", "prose", "closed", "told"]))
    reply = {
        "bare": body,
        "fenced": f"```python\n{body}```\n{draw(prose)}",
        "prose": f"{draw(prose)}\n```\n{body}```",
        "closed": f"{body}```\n\n{draw(prose)}",
        "told": f"{body}\n```\n{draw(prose)}\n```python\nprint(f([1]))\n```\n",
    }[kind]
    return prompt, body, reply


@given(continued())
@example(("def f(items):\n", "    yield from items\n", "    yield from items\n```\n\nHere is the function:"))
def test_what_lm_eval_appends_to_the_prompt_is_the_body(case):
    prompt, body, reply = case
    content = stripped(reply, asked=prompt)

    # build_predictions_instruct of lm-evaluation-harness 0.4.13
    program = prompt + (content if content.find("```") == -1 else content[: content.find("```")])

    assert statements(program) == statements(prompt + body)


@given(presented(fenced_strings=True))
def test_twice_is_once(case):
    once = stripped(case.reply)

    assert stripped(once) == once


@given(fragments | presented(fenced_strings=True).map(lambda case: case.reply))
def test_nothing_is_invented_but_an_empty_line_between_blocks(reply):
    content = stripped(reply)

    assert is_subsequence(content.replace("\n", ""), reply)
    assert len(content) <= len(reply)


@given(presented())
def test_no_fence_is_left_that_lm_eval_would_cut_the_program_at(case):
    assert "```" not in stripped(case.reply)
    assert "~~~" not in stripped(case.reply)


@given(programs(), prose, st.sampled_from(USES), st.data())
def test_example_use_and_tests_after_the_program_are_left_out(program, said, use, data):
    reply = data.draw(fenced(program.source)) + said + "\n" + data.draw(fenced(use + "\n"))

    assert stripped(reply).rstrip() == program.source.rstrip()


@given(programs(), prose, st.data())
def test_a_block_that_defines_the_function_anew_follows_the_first(program, said, data):
    draft = f"def {program.entry_point}(items, text=''):\n    return 0\n"
    reply = data.draw(fenced(draft)) + said + "\n" + data.draw(fenced(program.source))

    assert statements(stripped(reply)) == statements(draft) + statements(program.source)


@given(programs(), prose, st.data())
def test_a_block_with_what_the_request_asks_for_follows_its_helpers(program, said, data):
    helper = "def scale(items):\n    return items\n"
    reply = data.draw(fenced(helper)) + said + "\n" + data.draw(fenced(program.source))

    asked = f"Write `scale`, and then:\n\n    def {program.entry_point}(items, text=''):\n        ...\n"

    assert statements(stripped(reply, asked)) == statements(helper) + statements(program.source)


@given(programs(), prose, st.integers(0, 400))
def test_a_reply_that_was_cut_off_keeps_what_there_is_of_its_program(program, said, cut):
    code = program.source[:cut]
    assume(code.strip())

    assert stripped(f"{said}\n```python\n{code}") == code


@given(presented(), prose)
def test_prose_before_and_after_makes_no_difference(case, said):
    asked = f"def {case.program.entry_point}(items):"
    assume(case.reply.rstrip().endswith(("```", "~~~")))

    assert stripped(f"{said}\n\n{case.reply}\n{said}", asked).strip() == stripped(case.reply, asked).strip()


@given(programs(), st.sampled_from(["bash", "json", "text", "c++", "output"]))
def test_blocks_in_other_languages_are_no_code(program, tag):
    other = f"```{tag}\npip install x\n```\n"

    assert stripped(other + f"```python\n{program.source}```\n" + other) == program.source
    assert stripped(other) == other


@given(presented())
@example(Presented("```python\n```\n", Program("", "f")))
def test_a_reply_is_never_made_empty(case):
    assert stripped(case.reply).strip()
