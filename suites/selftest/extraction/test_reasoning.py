"""What is reasoning, whatever marks a model has: drafts in it are no answers, and marks that are spoken of are none."""

from __future__ import annotations

import random
import sys

import pytest
from servecheck.extraction import extract
from servecheck.extraction.pieces import Kind
from servecheck.extraction.reasoning import ReasoningFinder
from servecheck.extraction.reasoning_marks import FAMILIES, MarkFamily, markers_with
from servecheck.extraction.reply_parts import parts_of

from suites.selftest.extraction.marked_replies import ANSWER, DRAFT, closing, spelled

EVERY = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.opens[0])
FENCED = f"```python\n{ANSWER}```\n"


def thought(family: MarkFamily, chance: random.Random | None = None) -> str:
    first = "We" if family.exact else "\nMaybe"
    return f"{spelled(family.opens[0], None if family.exact else chance)}{first}\n```python\n{DRAFT}```\nbut wait"


@EVERY
@pytest.mark.parametrize("answer", [ANSWER, FENCED], ids=["bare", "fenced"])
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_the_answer_after_the_reasoning_is_the_program(family, answer, seed):
    chance = None if seed is None or family.exact else random.Random(seed)
    reply = f"{thought(family, chance)}\n{closing(family, chance)}\n{answer}"

    assert extract(reply, "f").program.strip() == ANSWER.strip()
    assert "draft" in parts_of(reply).reasoning


@EVERY
@pytest.mark.parametrize("opens", [0, -1])
def test_a_reply_cut_off_in_its_reasoning_has_no_answer(family, opens):
    reply = thought(family).replace(spelled(family.opens[0]), spelled(family.opens[opens]))
    for end in range(reply.index("def"), len(reply)):
        assert extract(reply[:end], "f").program == ""


@pytest.mark.parametrize("family", [one for one in FAMILIES if one.template_opens], ids=lambda one: one.opens[0])
def test_where_the_template_opened_it_the_closing_mark_alone_ends_it(family):
    draft = f"Maybe\n```python\n{DRAFT}```\n"

    assert extract(f"{draft}{closing(family)}{ANSWER}", "f").program == ANSWER
    if family.begins:
        assert extract(f"{draft}{spelled(family.begins[0])}{ANSWER}", "f").program == ANSWER


@pytest.mark.parametrize(
    ("reply", "reasoning"),
    [
        ("<think><<think>think>", "<\nthink>"),
        ("<think>a<think>b</think>c", "a\nb"),
        ("<think>a\n<think>b</think>c", "a\nb"),
        ("<think><thi</think>c\n<think>nk></think>", "<thi\nnk>"),
    ],
)
def test_reasoning_around_a_mark_that_was_taken_out_does_not_grow_together(reply: str, reasoning: str):
    parts = parts_of(reply)

    assert parts.reasoning == reasoning
    assert parts_of(parts.reasoning).marks == 0


def test_harmony_goes_from_channel_to_channel():
    reply = (
        "<|channel|>analysis<|message|>I look.<|end|><|start|>assistant<|channel|>commentary<|message|>First:<|end|>"
        f"<|start|>assistant<|channel|>analysis<|message|>{DRAFT}<|end|>"
        f"<|start|>assistant<|channel|>final<|message|>{ANSWER}<|return|>"
    )

    parts = parts_of(reply)

    assert parts.answer == f"First:\n{ANSWER}"
    assert parts.reasoning == f"I look.\n{DRAFT}"
    assert parts.end_token == "<|return|>"


def test_reasoning_is_ended_by_a_mark_of_its_own_family_alone():
    parts = parts_of(f"<think>\n[/THINK] and <|end|>\n{DRAFT}</THINKING>{ANSWER}")

    assert parts.answer == ANSWER
    assert "[/THINK] and <|end|>" in parts.reasoning


@pytest.mark.parametrize("block", ["<think>\n\n</think>\n\n", "<think></think>", "[THINK][/THINK]", "</think>\n"])
def test_an_empty_block_is_no_reasoning(block):
    parts = parts_of(f"{block}{FENCED}")

    assert not parts.reasoned
    assert extract(f"{block}{FENCED}", "f").program == ANSWER
    assert extract(f"{block}{FENCED}", "f").dropped == ()


@pytest.mark.parametrize(
    "wrapped", ["\n<answer>\n{}\n</answer>", "\n\n<response>\n{}</response>\n", "<|begin_of_solution|>{}"]
)
def test_what_stands_around_the_answer_is_left_out(wrapped):
    assert extract(f"<think>hm</think>{wrapped.format(ANSWER)}", "f").program.strip() == ANSWER.strip()


# Mentions.


@pytest.mark.parametrize("mark", ["<think>", "[THINK]", "</think>", "◁/think▷", "<|im_end|>", "</s>", "[INST]"])
@pytest.mark.parametrize(
    "program",
    [
        "def f(s):\n    return s.split('{0}')[-1]\n",
        'import re\ndef f(s):\n    return re.sub(r"{0}.*?", "", s)\n',
        'def f(s):\n    """Strip.\n\n    All before {0} goes.\n    """\n    return s\n',
        'def f(s):\n    """Strip.\n\n{0} goes.\n    """\n    return s\n',
        "def f(s):\n    # cut at {0} first\n    return s\n",
        'TABLE = {{\n    "a": "x{0}y",\n}}\n\n\ndef f(s):\n    return TABLE[s]\n',
    ],
    ids=["string", "pattern", "docstring", "line of a docstring", "comment", "table"],
)
@pytest.mark.parametrize("before", ["", f"<think>{DRAFT}</think>\n", f"{DRAFT}\n</think>\n"])
def test_a_program_may_name_the_marks(program, mark, before):
    source = program.format(mark)

    assert extract(f"{before}Here:\n```python\n{source}```\nIt splits at `{mark}`.\n", "f").program == source


def test_a_bare_program_may_name_them_in_its_strings():
    source = 'def f(s):\n    """All before </think> goes, and <think> too.\n    """\n    return s.strip("<think>")\n'

    assert extract(source, "f").program == source
    assert extract(f"<think>{DRAFT}</think>\n{source}", "f").program.strip() == source.strip()


@pytest.mark.parametrize("code", ["x = rows[think]\n", "x = [think]\n", "x = d[ THINK ]\n"])
def test_code_that_looks_like_a_mark_of_square_brackets_is_code(code):
    source = f"def f(think, a, b, rows, d, THINK):\n    {code}    return x\n"

    assert extract(f"Here:\n```python\n{source}```\n", "f").program == source


@pytest.mark.parametrize(
    "thought",
    [
        "It's easy, isn't it?",
        'I write """ first',
        f"```python\n{DRAFT}",
        '```python\ndef f(x):\n    """Docs',
        f"```python\n{DRAFT}    # it's wrong",
        "```python\nx = 'draft",
        f"'''\n{DRAFT}",
    ],
)
@pytest.mark.parametrize("glued", ["", "\n"])
@pytest.mark.parametrize("opening", ["", "<think>", "<think>\n"])
def test_quotes_and_fences_left_open_in_a_thought_hide_no_closing_mark(thought, glued, opening):
    reply = f'{opening}{thought}{glued}</think>\n```python\ndef f(x):\n    """Add."""\n    return x + 1\n```\n'

    assert "draft" not in parts_of(reply).answer
    assert extract(reply, "f").program == 'def f(x):\n    """Add."""\n    return x + 1\n'


def test_words_that_open_reasoning_count_where_the_reply_begins():
    said = f"Sure.\nHere is my thought process: none.\nHere is my response:\n{FENCED}"

    assert parts_of(said).reasoning == ""
    assert extract(said, "f").program == ANSWER
    assert parts_of("analysis of the input:\nx").reasoning == ""
    assert parts_of("analysisWe add.assistantfinalx").reasoning == "We add."


# Tokens that end a turn.


@pytest.mark.parametrize("token", ["<|im_end|>", "</s>", "<|endoftext|>", "<|eot_id|>", "<|user|>", "[/INST]"])
@pytest.mark.parametrize("form", ["{}", "```python\n{}", "```python\n{}\n```"])
@pytest.mark.parametrize("more", ["", "\n", "\n<|im_start|>user\nAnd g?\n```python\ndef f(x):\n    return 0\n```"])
def test_a_program_ends_where_a_leaked_end_token_stands(token, form, more):
    found = extract(form.format(ANSWER.rstrip()) + token + more, "f")

    assert found.program.strip() == ANSWER.strip()
    assert found.dropped[0].endswith(f"from the end token {token} on")


def test_tokens_before_the_answer_end_nothing():
    assert extract(f"<|im_start|>assistant\n{FENCED}", "f").program == ANSWER
    assert extract(f"</s>\n{FENCED}", "f").program == ANSWER


def test_an_end_token_in_the_reasoning_ends_nothing():
    assert extract(f"<think>done<|im_end|>\n</think>{ANSWER}", "f").program == ANSWER


def test_html_is_no_end_token():
    assert parts_of("Use <s>x</s> for it.\n").end_token == ""


# Marks that a profile adds.


def test_marks_of_a_profile_are_read_like_those_of_the_table():
    markers = markers_with([["<plan>", "</plan>"], ["**Reasoning**", "**Answer**"]])

    for opens, closes in (("<PLAN>", "</ plan >"), ("**Reasoning**", "**answer**")):
        reply = f"{opens}\n```python\n{DRAFT}```\n{closes}\n{ANSWER}"
        assert extract(reply, "f", markers=markers).program.strip() == ANSWER.strip()
        assert extract(reply, "f").program.strip() == DRAFT.strip()


# Streams, and time.


def test_reasoning_is_passed_on_as_it_comes():
    finder = ReasoningFinder(bare_close=False)

    assert finder.feed("<think>a < b") == [(Kind.REASONING, "a < b")]
    assert finder.feed(" c\n</th") == [(Kind.REASONING, " c"), (Kind.REASONING, "\n")]
    assert finder.feed("ink>x") == [(Kind.ANSWER, "x")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "<think>",
        "x <think> a </think>",
        "</think>\n```python\n'''\n",
        "'''\nx</think>\n",
        "```\n'''\n</think>\n```\n",
        "x = '<think>' # </think> it's\n",
        "<|channel|>analysis<|message|>a<|end|>",
        "<|start|>assistant<|channel|>" + " " * 50,
        "x<|im_end|>",
        "[THINK]",
        "\n[THINK] ",
        "< think",
        "<|",
        '"<think> ',
        "Here is my ",
    ],
)
def test_what_a_model_in_a_loop_writes_takes_time_in_proportion(unit):
    """Counted in lines of this package that run, for the clock of a busy machine tells nothing."""

    def work(text: str) -> int:
        count = 0

        def trace(frame, event, _):
            nonlocal count
            count += 1
            return trace if "extraction" in frame.f_code.co_filename else None

        sys.settrace(trace)
        try:
            finder = ReasoningFinder()
            for at in range(0, len(text), 40):
                finder.feed(text[at : at + 40])
            finder.end()
        finally:
            sys.settrace(None)
        return count

    short = work(unit * 100)

    assert work(unit * 800) < 12 * short
