"""About sixty texts that are the same in every run, of each kind, at depths up to what the profile serves."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

import pytest
from servecheck.fingerprint.filler_text import STYLES, filler_text
from servecheck.fingerprint.groups import LEAST
from servecheck.fingerprint.prompts import DEPTHS, KINDS, FingerprintPrompt, depths_for, prompts_for

pytestmark = pytest.mark.selftest


def text_of(prompt: FingerprintPrompt) -> str:
    return "".join(str(message["content"]) for message in prompt.messages)


@pytest.mark.parametrize(
    ("length", "depths"),
    [
        (None, (16, 256, 2048)),
        (512, (16, 192)),
        (2048, (16, 256, 1600)),
        (8192, (16, 256, 2048, 7296)),
        (131072, (16, 256, 2048, 8192, 32768, 120320)),
        (200000, (*DEPTHS, 183744)),
        (10**30, (*DEPTHS, 964416)),
    ],
)
def test_depths_reach_the_length_that_is_served(length, depths):
    assert depths_for(length) == depths


def test_there_are_about_sixty_up_to_128k_tokens_and_each_kind_is_there_at_each_depth_but_the_last():
    prompts = prompts_for(131072)
    counts = Counter((prompt.kind, prompt.depth) for prompt in prompts)

    assert len(prompts) == len({prompt.id for prompt in prompts}) == 62
    assert {counts[kind, depth] for kind in KINDS for depth in (16, 256, 2048)} == {2}
    assert {counts[kind, depth] for kind in KINDS for depth in (8192, 32768)} == {1}
    assert [prompt.depth for prompt in prompts] == sorted(prompt.depth for prompt in prompts)


@pytest.mark.parametrize("length", [4096, 65536, 131072, 202752])
def test_each_depth_can_be_judged_by_itself_though_a_fault_spares_one_of_its_prompts(length):
    depths = Counter(prompt.depth for prompt in prompts_for(length))

    assert min(depths.values()) > LEAST


@pytest.mark.parametrize("length", [1024, 4096, 32768])
def test_a_prompt_and_its_continuation_fit(length):
    deepest = max(prompt.depth for prompt in prompts_for(length))

    assert length * 0.65 < deepest < length - 64 - 100


def test_texts_are_as_long_as_their_depth_says():
    styles = {"prose": 0.25, "code": 0.5, "chinese": 1.0, "records": 0.2}
    lengths = {prompt.id: len(text_of(prompt)) for prompt in prompts_for(8192, styles)}

    assert lengths["chat-2048-1"] == pytest.approx(2048 / 0.25, rel=0.03)
    assert lengths["code-7296-1"] == pytest.approx(7296 / 0.5, rel=0.03)
    assert lengths["chinese-2048-2"] == pytest.approx(2048, rel=0.03)
    assert lengths["json-2048-1"] == pytest.approx(2048 / 0.2, rel=0.03)


def test_no_two_texts_begin_alike():
    """A prefix cache would have the second of them computed once, and their faults would be one."""
    beginnings = [text_of(prompt)[:80] for prompt in prompts_for(8192) if prompt.depth > 16]

    assert len(set(beginnings)) == len(beginnings)


def test_texts_are_the_same_in_every_run_and_on_every_machine():
    told = "\n".join(text_of(prompt) for prompt in prompts_for(32768))

    assert sha256(told.encode()).hexdigest()[:16] == "06b63cecc8e85de2"


@pytest.mark.parametrize("style", STYLES)
def test_filler_goes_on_and_does_not_repeat_itself(style):
    text = filler_text(style, "seed", 20_000)
    beginnings = Counter(text[at : at + 60] for at in range(0, len(text) - 60, 30))

    assert 19_500 < len(text) <= 20_000
    assert text.startswith(filler_text(style, "seed", 3000))
    assert text[:200] != filler_text(style, "another", 200)
    assert beginnings.most_common(1)[0][1] <= 4


def test_tools_stand_in_every_prompt_of_their_kind_and_in_no_other():
    assert {prompt.kind for prompt in prompts_for(8192) if prompt.tools} == {"tools"}
    assert all(prompt.tools for prompt in prompts_for(8192) if prompt.kind == "tools")
