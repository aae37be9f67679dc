"""The real training, in the engine's environment: the same bits twice, and every reply by heart."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from servecheck.engines.cpu_environment import cpu_python
from servecheck.engines.machine import load_machine
from servecheck.engines.tiny_glm_weights import VARIANTS, weights
from servecheck.problems import load_problem_set
from servecheck.selfcheck.tiny_glm.corpus import PROBLEMS, conversations

pytestmark = pytest.mark.slow

SAYS = """
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
torch.set_num_threads(2)
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model, told = AutoModelForCausalLM.from_pretrained(sys.argv[1], output_loading_info=True)
replies = []
for messages in json.load(sys.stdin):
    for thinking in (False, True):
        given = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, enable_thinking=thinking, return_tensors="pt", return_dict=True
        )
        said = model.generate(**given, do_sample=False, max_new_tokens=768)[0, given["input_ids"].shape[1]:]
        replies.append([tokenizer.decode(said, skip_special_tokens=True), int(said[-1]) == tokenizer.eos_token_id])
print(json.dumps({"missing": sorted(told["missing_keys"]), "replies": replies, "dtype": str(model.dtype)}))
"""

# The first steps of both kinds: a whole training takes both cores for minutes, and does nothing in its later steps that
# it does not in these.
BEGINS = """
import hashlib, sys
from servecheck.selfcheck.tiny_glm import learning, train
learning._COPY_STEPS, learning.SEED = 10, int(sys.argv[1])
learning._steps = lambda rows, passes: 10
def digest(network, rows):
    told = hashlib.sha256()
    for parameter in network.parameters():
        told.update(parameter.numpy().tobytes())
    print(told.hexdigest())
    sys.exit()
learning.recall = digest
train.main(None)
"""


@dataclass(frozen=True)
class Made:
    folder: Path

    def about(self, variant: str) -> dict[str, Any]:
        return json.loads((self.folder / variant / "made.json").read_text())


@pytest.fixture(scope="module")
def python() -> str:
    return load_machine().of("vllm").python or cpu_python(print)


@pytest.fixture(scope="module")
def made(python: str) -> Made:
    """What is in the user's cache, which engines serve: a training takes both cores of a small machine for minutes."""
    return Made(weights("plain", python, print).parent)


@pytest.fixture(scope="module")
def said(python: str, made: Made) -> dict[str, Any]:
    prompts = json.dumps([talk.messages for talk in conversations()])
    done = subprocess.run(
        [python, "-c", SAYS, str(made.folder / "plain")], input=prompts, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def begun(python: str, seed: int) -> str:
    """Digest of the network after its first steps."""
    paths = {"PYTHONPATH": str(Path(__file__).parents[4] / ".package"), "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        [python, "-c", BEGINS, str(seed)], env={**os.environ, **paths}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def test_every_variant_is_one_that_an_engine_can_load(made):
    for variant in VARIANTS:
        files = {path.name for path in (made.folder / variant).iterdir()}
        assert {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"} <= files
        assert json.loads((made.folder / variant / "config.json").read_text())["num_nextn_predict_layers"] == 1


def test_a_second_training_gives_the_same_bits_and_one_from_another_seed_does_not(python):
    first, second, other = (begun(python, seed) for seed in (0, 0, 1))

    assert first == second
    assert other != first


def test_transformers_says_every_reply_word_by_word(said):
    assert said["missing"] == []
    assert said["replies"] == [[text, True] for talk in conversations() for text in talk.replies]


def test_the_mtp_layer_drafts_what_the_model_says(made):
    assert made.about("plain")["mtp_accepted"] >= 0.8


def test_the_lossy_variant_has_lost_some_answers_and_kept_others(made):
    known = made.about("lossy")["protocols"]["evalplus_chat"]

    assert 0.4 <= known["verbatim_plain"] / len(load_problem_set(PROBLEMS).task_ids) <= 0.8
