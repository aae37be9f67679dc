"""What is computed of the embedded language model is what it serves, faults and all."""

from __future__ import annotations

import numpy as np
import pytest
from servecheck.fingerprint.abilities import ServerAbilities
from servecheck.fingerprint.generation import generated
from servecheck.fingerprint.prompt_logprobs import PromptLogprobs
from servecheck.fingerprint.prompts import FingerprintPrompt
from servecheck.fingerprint.reading import Condition, Reading
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.selfcheck.embedded.language_model.model import LanguageModel
from servecheck.selfcheck.embedded.language_model.vocabulary import FIRST_WRITTEN

from suites.selftest.fingerprint.embedded_model import embedded_model
from suites.selftest.fingerprint.modelled_readings import SOUND, RecordedText, logits_of

PROMPT = FingerprintPrompt("chat-256-1", "chat", 256, ({"role": "user", "content": "the old house by the sea " * 20},))
ABILITIES = ServerAbilities(listed=20, tells_ids=True)


@pytest.fixture(scope="module")
def recorded() -> tuple[Reading, RecordedText]:
    with embedded_model() as served:
        reading = generated(served.endpoint, PROMPT, ABILITIES, Condition.IDLE)
        prompt = served.endpoint.prompt_ids[PROMPT.id]
    assert reading.token_ids is not None
    return reading, RecordedText(PROMPT.id, prompt, reading.token_ids)


def assert_read_so(reading: Reading, behaviour: EmbeddedLanguageModel, text: RecordedText) -> None:
    vocabulary, rows = LanguageModel(behaviour).vocabulary, logits_of(behaviour, text)
    assert len(reading.positions) == len(rows)
    for position, row in zip(reading.positions, rows, strict=True):
        # that the text is at its end is likely too, and no token that it goes on with
        likely = [(vocabulary.ids(token)[0], logprob) for token, logprob in position.alternatives if token != "<|end|>"]
        told = [logprob for _, logprob in likely]
        assert np.allclose(row[[token - FIRST_WRITTEN for token, _ in likely]], told)
        assert np.isclose(row.max(), told[0])


def test_a_sound_server_writes_what_is_computed(recorded: tuple[Reading, RecordedText]):
    reading, text = recorded

    assert_read_so(reading, SOUND, text)


@pytest.mark.parametrize("keys", [{"swapped_block": 32}, {"weight_bits": 3}, {"kv_step": 1.0, "kv_depth": 32}])
def test_a_faulty_one_scores_what_is_computed(recorded: tuple[Reading, RecordedText], keys: dict[str, float]):
    reading, text = recorded
    with embedded_model(**keys) as served:
        (found,) = PromptLogprobs().read(served.endpoint, PROMPT, [reading], ABILITIES, Condition.IDLE)

    assert_read_so(found, EmbeddedLanguageModel.model_validate(keys), text)
