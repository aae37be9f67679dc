"""Checks of a real model are kept a line each, told a variant a line, and held to what the variant may come to."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from servecheck.gates.compared_fingerprint import Sameness

from suites.selftest.fingerprint.real_llamacpp_rows import (
    VARIANTS,
    VariantCheck,
    VariantChecks,
    check_table,
    missed,
)

pytestmark = pytest.mark.selftest

CHECK = VariantCheck(
    variant="KV cache in 4 bits",
    number=0,
    sameness=Sameness.CHANGED,
    nats=0.4,
    agreement=0.9,
    worst="scored idle, depth 192",
    worst_nats=0.5,
    worst_agreement=0.85,
    cause="the KV cache",
    prompt_tokens=9000,
    completion_tokens=3000,
    seconds=60.0,
)


def of(variant, sameness, number=0):
    return VariantCheck(**{**asdict(CHECK), "variant": variant, "sameness": sameness, "number": number})


def test_what_is_kept_is_read_again(tmp_path):
    checks = VariantChecks(tmp_path, 512, 4, 0, print)
    checks.runs.mkdir()
    (checks.runs / "rows.jsonl").write_text(f"{json.dumps(asdict(CHECK))}\n")

    assert checks.rows() == [CHECK]


def test_none_is_there_before_the_first(tmp_path):
    assert VariantChecks(tmp_path, 512, 4, 0, print).rows() == []


def test_a_line_has_the_verdicts_the_means_and_the_furthest_prompts_of_a_variant():
    lines = [*check_table([CHECK, of(CHECK.variant, Sameness.BROKEN, 1)])]

    assert lines[2:] == [
        "| KV cache in 4 bits | 2 | 0 | 1 | 1 | 0.400 | 90.0 | 9,000 | 3,000 | 60 "
        "| 0.500 nats, 85 %: scored idle, depth 192 | the KV cache |"
    ]


@pytest.mark.parametrize(
    ("variant", "sameness", "is_missed"),
    [
        ("as it was", Sameness.SAME, False),
        ("as it was", Sameness.CHANGED, True),
        ("flash attention off", Sameness.CHANGED, False),
        ("flash attention off", Sameness.BROKEN, True),
        ("KV cache in 4 bits", Sameness.SAME, True),
        ("KV cache in 8 bits", Sameness.BROKEN, False),
        ("weights of 2 bits", Sameness.CHANGED, True),
        ("weights of 2 bits", Sameness.BROKEN, False),
    ],
)
def test_a_check_that_came_to_what_its_variant_may_not_is_told(variant, sameness, is_missed):
    assert bool(missed([of(variant, sameness)])) is is_missed


def test_no_two_variants_are_served_alike():
    assert len({(tuple(one.settings.items()), one.weights) for one in VARIANTS}) == len(VARIANTS)
