"""The text with speculative decoding is held to the band that two servers without it show."""

from __future__ import annotations

import pytest
from servecheck.fingerprint.text_likelihood import NotScored, ReplyTokens, at_once
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.logprob_gap import OnLikelihood
from servecheck.gates.measured import Measured, MeasuredSpeed
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Profile
from servecheck.runs.throughput import likelihood as speed_likelihood
from servecheck.runs.throughput.likelihood import IDLE_PROMPTS, Likelihood

PROFILE = Profile(name="p", model="m", backend="vllm")
STARTER = load_problem_set("starter")
BLOCKS = ("off", "on", "on", "off")
IDLE, LOADED = 1, PROFILE.concurrency


@pytest.fixture
def servers(monkeypatch):
    """Servers that write a text of their number and of how many are asked at once, and score it as told; what they were
    asked to score."""
    scores = {(number, load): -0.1 for number in range(1, 5) for load in (IDLE, LOADED)}
    texts_scored: list[tuple[int, int]] = []

    def write(profile, prompts, base_url, condition):
        return {name: ReplyTokens((0,), (int(base_url), at_once(profile, condition))) for name in prompts}

    def score(profile, texts, base_url):
        (text,) = {text.reply for text in texts.values()}
        texts_scored.append(text)
        return {name: scores[text] - 1e-3 * int(name.split("/")[1]) for name in texts}

    monkeypatch.setattr(speed_likelihood, "reply_tokens", write)
    monkeypatch.setattr(speed_likelihood, "scored", score)
    return scores, texts_scored


def decided(likelihood: Likelihood) -> Decision:
    found = OnLikelihood().decide(Measured(speed=MeasuredSpeed(likelihood=likelihood.found)))
    assert found is not None
    return found


def measured() -> Likelihood:
    likelihood = Likelihood(STARTER, lambda _: None)
    for number, arm in enumerate(BLOCKS, 1):
        likelihood.ask(arm, PROFILE, str(number))
    return likelihood


def test_the_texts_of_the_first_off_and_on_and_of_the_last_off_are_scored(servers):
    _, texts_scored = servers

    gate = decided(measured())

    assert texts_scored == [(1, IDLE), (2, IDLE), (4, IDLE), (1, LOADED), (2, LOADED), (4, LOADED)]
    assert gate.verdict is GateVerdict.PASS
    assert (gate.figures["prompts"], gate.figures["idle"]["prompts"]) == (len(STARTER.task_ids), IDLE_PROMPTS)


@pytest.mark.parametrize(
    ("loads", "loaded", "idle", "said"),
    [([LOADED], -0.5, 0, "only under load"), ([IDLE, LOADED], -0.5, -0.5, "idle already")],
)
def test_a_text_that_the_model_would_not_have_written_fails(servers, loads, loaded, idle, said):
    servers[0].update({(2, load): -0.6 for load in loads})

    gate = decided(measured())

    assert gate.verdict is GateVerdict.FAIL
    assert gate.figures["mean_nats"] == pytest.approx(loaded)
    assert gate.figures["idle"]["mean_nats"] == pytest.approx(idle)
    assert said in gate.headline


def test_servers_that_differ_among_themselves_widen_the_band(servers):
    servers[0].update({(2, load): -0.6 for load in (IDLE, LOADED)} | {(4, load): -0.7 for load in (IDLE, LOADED)})

    assert decided(measured()).verdict is GateVerdict.PASS


def test_a_prompt_without_text_in_one_arm_is_not_vouched_for_by_the_others(servers, monkeypatch):
    write = speed_likelihood.reply_tokens

    def write_less(profile, prompts, base_url, condition):
        found = write(profile, prompts, base_url, condition)
        return found if base_url != "2" else {name: found[name] for name in list(found)[1:]}

    monkeypatch.setattr(speed_likelihood, "reply_tokens", write_less)

    gate = decided(measured())

    assert gate.verdict is GateVerdict.INCONCLUSIVE
    assert "2 prompts have no text in one arm, such as Starter/0 (idle)" in gate.headline


def test_an_engine_that_gives_none_decides_nothing_and_is_told(servers, monkeypatch):
    monkeypatch.setattr(speed_likelihood, "reply_tokens", lambda *_: NotScored("it has none"))

    gate = decided(measured())

    assert gate.verdict is GateVerdict.INCONCLUSIVE
    assert gate.headline == "INCONCLUSIVE: log-probability gap unknown: it has none"
