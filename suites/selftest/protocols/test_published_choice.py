"""Messages are those of the published harnesses, byte for byte, in their order of choices, sample by sample.

The digests are of what the harnesses' own code asks of the same 198 questions; the script says what a folder holds:

    python suites/selftest/choice_harnesses.py <<< '{"harness": "glm", "folder": "glm-simple-evals",
        "csv": "rows.csv", "passes": 8}'

(and ``simple_evals`` with 10 passes, ``nvidia`` with 5), where ``rows.csv`` is ``gpqa_csv()`` of ``gpqa_rows``, and
prompts and right letters are joined as below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from servecheck.problems.choice import ChoiceProblem
from servecheck.problems.choice_orders import ReorderedProblem
from servecheck.problems.gpqa import NVIDIA_SEED, SIMPLE_EVALS_SEED, problems_in
from servecheck.profiles.schema import Sampling
from servecheck.protocols.published_choice import AA_CHOICE, GLM_CHOICE, SIMPLE_EVALS_CHOICE, PublishedChoice
from servecheck.runs.declared import declared

from suites.selftest.gpqa_rows import gpqa_csv

HARNESSES = {
    "glm": (
        GLM_CHOICE,
        SIMPLE_EVALS_SEED,
        8,
        "6bdccd50ef3856746d2caa4e783c856b9a8524dc673b42082999c3c45fb5b619",
        "18c93998ee909f4b93e938692d7283dccc3d514a779ff794a8f2e6deab31bea3",
    ),
    "simple_evals": (
        SIMPLE_EVALS_CHOICE,
        SIMPLE_EVALS_SEED,
        10,
        "bce7041f1a631532306be87a4946f6dd6225906cab3cfe9c6cc3eb3364b4bae5",
        "fbfa60b7cee2790391c364f548a7dd77f03a234e441abea3fba95ba3f5df17b0",
    ),
    "nvidia": (
        AA_CHOICE,
        NVIDIA_SEED,
        5,
        "221aba9bcda55d6e3ceeffdab1f8a4252f9f4571ea91c56cb481e0089703b3e1",
        "38e4fad9aa2dcf893e2a7815b6d4f5b6827cbadc8d580b2da287f06add1f4627",
    ),
}

SUITES = ("gpqa", "gpqa_simple_evals", "gpqa_aa", "mmlu", "mmlu_pro")


def asked(seed: int, passes: int) -> Sequence[ReorderedProblem]:
    """Pass by pass, as the harnesses ask."""
    problems = problems_in(gpqa_csv(), "rows", seed, "GPQA").values()
    return [problem.of_sample(sample) for sample in range(passes) for problem in problems]


def sha256(texts: Sequence[str], between: str = "\0") -> str:
    return hashlib.sha256(between.join(texts).encode()).hexdigest()


@pytest.mark.parametrize("harness", HARNESSES)
def test_what_is_asked_is_what_the_harness_asks_and_right_what_is_right_there(harness):
    protocol, seed, passes, prompts, right = HARNESSES[harness]

    problems = asked(seed, passes)

    assert sha256([str(protocol.messages(problem)[0]["content"]) for problem in problems]) == prompts
    assert sha256([problem.answer for problem in problems], between="") == right


@pytest.mark.parametrize("protocol", [GLM_CHOICE, SIMPLE_EVALS_CHOICE, AA_CHOICE], ids=lambda one: one.name)
def test_one_user_message_has_the_question_and_the_lettered_choices(protocol):
    problem = ChoiceProblem("q/1", "Which is it? {A}", ("one", "two", "three", "{four}"), "B")

    [message] = protocol.messages(problem)

    assert message["role"] == "user"
    assert "Which is it? {A}\n\nA) one\nB) two\nC) three\nD) {four}" in message["content"]


def test_no_two_of_them_ask_alike():
    problem = ChoiceProblem("q/1", "Which is it?", ("one", "two", "three", "four"), "B")

    texts = {one.messages(problem)[0]["content"] for one in (GLM_CHOICE, SIMPLE_EVALS_CHOICE, AA_CHOICE)}
    assert len(texts) == 3


def test_runs_state_the_top_p_that_is_not_sent():
    """A score that was measured with another one is not theirs."""
    assert {declared(suite).sampling.top_p for suite in SUITES} == {1.0}


def test_no_top_p_is_sent():
    fields = PublishedChoice("any").request_fields(Sampling(temperature=0.6, max_tokens=81920))

    assert fields == {"temperature": 0.6, "max_completion_tokens": 81920}
