"""The model file for llama.cpp is the same each time, and its weights name the reply token by token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from suites.selftest.engines.tiny_gguf import REPLY, THOUGHT, write_tiny_gguf


def followed(path: Path, start: str) -> str:
    """The text that the most likely tokens spell after ``start``, the layers left out, until ``<|im_end|>``."""
    reader = gguf.GGUFReader(path)
    vocabulary: list[str] = reader.get_field("tokenizer.ggml.tokens").contents()
    weights: dict[str, Any] = {tensor.name: tensor.data.astype(np.float32) for tensor in reader.tensors}
    successors = (weights["token_embd.weight"] @ weights["output.weight"].T).argmax(axis=1)
    text, token = "", successors[vocabulary.index(start)]
    while vocabulary[token] != "<|im_end|>":
        text += vocabulary[token]
        token = successors[token]
    return text.replace("Ġ", " ").replace("Ċ", "\n")


def test_two_files_of_one_model_are_equal_and_of_a_few_hundred_kilobytes(tmp_path: Path) -> None:
    first, second = (write_tiny_gguf(tmp_path / name).read_bytes() for name in ("a.gguf", "b.gguf"))

    assert first == second
    assert 100_000 < len(first) < 500_000


def test_any_byte_is_followed_by_the_reply_and_an_opened_thought_by_the_thought_first(tmp_path: Path) -> None:
    model = write_tiny_gguf(tmp_path / "model.gguf")

    assert followed(model, "a") == followed(model, "</think>") == REPLY
    assert followed(model, "<think>") == THOUGHT + "</think>" + REPLY


def test_a_reply_that_repeats_itself_is_still_told_from_its_place(tmp_path: Path) -> None:
    reply = "    return x\n" * 40

    assert followed(write_tiny_gguf(tmp_path / "model.gguf", reply=reply), "a") == reply


def test_each_token_of_the_longest_reply_is_16_logits_ahead_of_any_other(tmp_path: Path) -> None:
    longest = "".join(f"{number:04d}" for number in range(3800))

    reader = gguf.GGUFReader(write_tiny_gguf(tmp_path / "model.gguf", reply=longest))

    weights = {tensor.name: tensor.data.astype(np.float32) for tensor in reader.tensors}
    second, first = np.partition(weights["token_embd.weight"] @ weights["output.weight"].T, -2, axis=1)[:, -2:].T
    assert (first - second).min() >= 16


@pytest.mark.parametrize(
    ("reply", "reason"),
    [("", "empty"), ("a", "cannot be cut"), ("".join(f"{number:04d}" for number in range(4096)), "tokens")],
)
def test_a_reply_that_no_chain_of_tokens_can_hold_is_refused(tmp_path: Path, reply: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        write_tiny_gguf(tmp_path / "model.gguf", reply=reply)
