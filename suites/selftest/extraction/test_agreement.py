"""Extraction, faults, transforms and proxy agree on what is reasoning, in texts in which any mark stands anywhere.

``pytest suites/selftest/extraction/test_agreement.py -m slow`` reads 20,000 of them.
"""

from __future__ import annotations

import json
import random

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.extraction import extract
from servecheck.extraction.pieces import Kind
from servecheck.extraction.reasoning import ReasoningFinder
from servecheck.extraction.reasoning_marks import FAMILIES, markers_with
from servecheck.extraction.reply_parts import Parts, parts_of
from servecheck.grading.faults import Fault, faults_of
from servecheck.grading.sent_parameters import SentParameters
from servecheck.proxy import ProxyApp
from servecheck.proxy.command import server_config
from servecheck.transforms import transform_chain

from suites.selftest.extraction.marked_replies import ANSWER, DRAFT, closing, cuts, random_text, spelled
from suites.selftest.proxy.scripted import Upstream, scripted_server, served
from suites.selftest.time_limits import NEVER_S
from suites.transforms.strategies import completion, said

PLAN = markers_with([["<plan>", "</plan>"]])
CHAIN = transform_chain(["split_think_tags"], PLAN)
SENT = SentParameters(max_tokens=768, markers=PLAN)
seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=200, derandomize=True, deadline=None, database=None)
TEXTS = 100  # an example, at full size: hypothesis takes longer to draw one than these take to be read


def read(pieces):
    answer = "".join(text for kind, text in pieces if kind is not Kind.REASONING)
    return answer, "".join(text for kind, text in pieces if kind is Kind.REASONING)


def streamed(pieces):
    state, content, reasoning = CHAIN.stream({}), [], []
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in pieces]
    for chunk in [*(out for one in chunks for out in state.feed(one)), *state.end()]:
        for choice in chunk["choices"]:
            content.append(choice["delta"].get("content") or "")
            reasoning.append(choice["delta"].get("reasoning") or "")
    return "".join(content), "".join(reasoning)


def faults(text):
    timings = Timings(dispatched_at=0.0, first_token_s=0.1, end_s=1.0)
    return faults_of(Reply(text, None, "stop", "m", Usage(1, 1), timings, ""), SENT)


def check_agreement(seed):
    chance = random.Random(seed)
    text = random_text(chance)
    pieces = cuts(text, chance)
    finder = ReasoningFinder(PLAN)
    found = read([*finder.feed(text), *finder.end()])

    cut = ReasoningFinder(PLAN)
    assert read([one for piece in pieces for one in cut.feed(piece)] + cut.end()) == found
    assert said(CHAIN.reply(completion(text), {})[0]["choices"][0]["message"]) == found
    assert streamed(pieces) == found
    parts = parts_of(text, PLAN)
    assert parts.reasoning == found[1]
    assert found[0].endswith(parts.answer + parts.end_token + parts.after) or "<" in found[0] or "[" in found[0]
    assert (Fault.THINK_LEAK in faults(text)) == bool(found[1].strip())
    if not parts.end_token and parts_of(found[0], PLAN) == Parts(found[0]):  # no words that begin a reply either
        assert extract(text, "f", markers=PLAN).program == extract(found[0], "f", markers=PLAN).program


@quick
@given(seeds)
def test_all_who_read_a_reply_agree_on_what_is_reasoning(seed):
    check_agreement(seed)


@pytest.mark.slow
@quick
@given(seeds)
def test_all_who_read_a_reply_agree_on_what_is_reasoning_in_20_000_texts(seed):
    for number in range(TEXTS):
        check_agreement(f"{seed} {number}")


THOUGHTS = [
    "Let me see.",
    "It's easy, isn't it?",
    'First """ then',
    f"```python\n{DRAFT}```",
    f"```python\n{DRAFT}",
    f"```python\n{DRAFT}    # it's wrong",
    '```python\ndef f(x):\n    """Docs of the draft',
    DRAFT,
    "It is `</think>` that ends it.",
    "- one\n- two",
]


def check_draft(seed):
    """No draft is graded, however its reasoning is marked; what comes after it is; nothing is where it is cut off."""
    chance = random.Random(seed)
    family = chance.choice(FAMILIES)
    opens = spelled(chance.choice(family.opens), None if family.exact else chance)
    first = "We look.\n" if family.exact else chance.choice(["", "\n"])
    thought = first + "\n".join(chance.choices(THOUGHTS, k=chance.randint(1, 4))) + chance.choice(["", "\n"])
    if thought.endswith("wrong"):
        thought += "\n"  # see the limits of ``servecheck.extraction.mentions``
    answer = chance.choice([ANSWER, f"```python\n{ANSWER}```\n", f"Here it is:\n```python\n{ANSWER}```\nDone.\n"])
    reply = f"{opens}{thought}{closing(family, None if family.exact else chance)}{answer}"

    assert extract(reply, "f").program.strip() == ANSWER.strip()
    assert Fault.THINK_LEAK in faults(reply)
    cut_off = f"{opens}{thought}"
    assert extract(cut_off[: chance.randint(len(opens) + family.exact, len(cut_off))], "f").program == ""
    if family.template_opens:
        assert "draft" not in extract(f"{thought}{closing(family, chance)}{answer}", "f").program


@quick
@given(seeds)
def test_no_draft_is_graded_and_no_reply_that_is_cut_off_in_its_reasoning(seed):
    check_draft(seed)


@pytest.mark.slow
@quick
@given(seeds)
def test_no_draft_is_graded_and_no_reply_that_is_cut_off_in_its_reasoning_in_20_000_texts(seed):
    for number in range(TEXTS):
        check_draft(f"{seed} {number}")


def through_proxy(texts):
    """What clients of the proxy read, whole and streamed, of replies whose choices are these texts."""

    def script(request: Upstream) -> None:
        chance = random.Random(0)
        if not json.loads(request.request_body).get("stream"):
            messages = [{"role": "assistant", "content": text} for text in texts]
            choices = [{"index": at, "message": message} for at, message in enumerate(messages)]
            request.answer(200, json.dumps({"choices": choices}).encode(), Content_Type="application/json")
            return
        request.begin_stream()
        for at, text in enumerate(texts):
            deltas = ({"choices": [{"index": at, "delta": {"content": piece}}]} for piece in cuts(text, chance))
            request.send(b": a comment\n\n", *(b"data: %b\n\n" % json.dumps(delta).encode() for delta in deltas))
        request.end_stream(b"data: [DONE]\n\n")

    with scripted_server() as server:
        server.script = script
        with (
            served(server_config(ProxyApp(server.url, CHAIN))) as base,
            httpx.Client(base_url=base, trust_env=False, timeout=NEVER_S) as http,
        ):
            choices = http.post("/v1/chat/completions", json={"messages": []}).json()["choices"]
            stream = http.post("/v1/chat/completions", json={"messages": [], "stream": True}).text
    whole = [said(choice["message"]) for choice in choices]
    pieces = [["", ""] for _ in texts]
    for line in stream.splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line.removeprefix("data: "))["choices"]:
                for place, value in enumerate(said(choice["delta"])):
                    pieces[choice["index"]][place] += value
    return whole, [tuple(piece) for piece in pieces]


def check_proxy(count):
    chance = random.Random(count)
    texts = [random_text(chance) for _ in range(count)]
    found = []
    for text in texts:
        finder = ReasoningFinder(PLAN)
        found.append(read([*finder.feed(text), *finder.end()]))

    whole, streams = through_proxy(texts)

    assert whole == found
    assert streams == found


def test_clients_of_the_proxy_read_the_same():
    check_proxy(100)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_clients_of_the_proxy_read_the_same_in_20_000_texts(part):
    check_proxy(1_000 + part)
