"""``split_think_tags``: reasoning and answer, each whole and each in its place."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servecheck.extraction import extract
from servecheck.transforms import transform_chain

from suites.transforms.strategies import completion, fragments, plain_text, presented, programs, replies, said, thoughts

pytestmark = pytest.mark.transforms

TAG = re.compile(r"<[ \t]{0,3}(?:/[ \t]{0,3})?think(?:ing)?[ \t]{0,3}>", re.IGNORECASE)
answers = presented().map(lambda case: case.reply)


def split(content, *, bare_close=True, **fields):
    chain = transform_chain([{"name": "split_think_tags", "bare_close": bare_close}])
    return said(chain.reply(completion(content, **fields), {})[0]["choices"][0]["message"])


@given(thoughts, answers, st.booleans())
def test_what_stands_between_the_tags_is_reasoning_and_the_rest_is_the_answer(thought, answer, bare_close):
    assert split(f"<think>{thought}</think>{answer}", bare_close=bare_close) == (answer, thought)


@given(thoughts, answers)
def test_a_closing_tag_alone_ends_reasoning_that_the_template_began(thought, answer):
    assert split(f"{thought}</think>\n{answer}") == (f"\n{answer}", thought)


@given(thoughts, plain_text)
def test_reasoning_that_never_ends_is_no_answer(thought, blank):
    assert split(f"{' ' * (len(blank) % 3)}<think>{thought}") == ("", thought)


@given(plain_text | answers, st.booleans())
def test_a_reply_without_tags_is_left_as_it_is(answer, bare_close):
    assert split(answer, bare_close=bare_close) == (answer, "")


@given(thoughts, programs(), st.sampled_from(["{}", "```python\n{}```\n"]), st.sampled_from(["", "<think>"]))
def test_a_program_that_names_the_tags_is_kept(thought, program, form, opening):
    content, _ = split(f"{opening}{thought}</think>\n" + form.format(program.source))

    assert content == "\n" + form.format(program.source)
    assert split(form.format(program.source))[0] == form.format(program.source)
    assert extract(content, program.entry_point).program.strip() == program.source.strip()


@given(fragments)
@example("<think><<think>think>")
@example("< think>")
def test_no_text_is_lost_or_invented_but_tags_and_white_space(reply):
    content, reasoning = split(reply)

    def letters(text):
        return Counter("".join(TAG.sub("\n", text).split()))

    assert letters(content) + letters(reasoning) == letters(reply)


@given(fragments | answers, st.booleans())
def test_twice_is_once(reply, bare_close):
    once, _ = split(reply, bare_close=bare_close)

    assert split(once, bare_close=bare_close) == (once, "")


@given(thoughts, thoughts, answers, st.sampled_from(["reasoning", "reasoning_content"]))
def test_it_follows_the_reasoning_that_the_server_has_separated(separated, thought, answer, name):
    chain = transform_chain(["split_think_tags"])
    whole = completion(f"<think>{thought}</think>{answer}", **{name: separated})

    message = chain.reply(whole, {})[0]["choices"][0]["message"]

    assert message == {"role": "assistant", "content": answer, name: separated + thought}


@given(replies)
@example("<think>")
def test_reasoning_is_never_shown_as_answer_where_it_is_tagged_at_the_beginning(reply):
    content, reasoning = split(f"<think>secret\n</think>\n{reply}")

    assert "secret" not in content
    assert reasoning.startswith("secret\n")
