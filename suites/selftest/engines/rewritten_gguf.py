"""A GGUF model with its matrices stored anew, so that a real engine serves a known change of the weights.

Touched are matrices in Q4_1, blocks of 32 weights with a step and a least weight each; norms and the embedding stay as
they are, which ``llama-quantize`` leaves in more bits too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from numpy.typing import NDArray

_BLOCK = 32
_WRITTEN_ANYWAY = ("GGUF.", gguf.Keys.General.ARCHITECTURE)
StoredMatrix = tuple[NDArray[np.uint8], GGMLQuantizationType]
MatrixStorage = Callable[[NDArray[np.float32]], StoredMatrix]
"""How a matrix is stored, a row of it a row."""


def as_q4_0(weights: NDArray[np.float32]) -> StoredMatrix:
    """In Q4_0, one step a block around nought, by the ``gguf`` package."""
    return gguf.quantize(weights, GGMLQuantizationType.Q4_0), GGMLQuantizationType.Q4_0


def rounded_to(bits: int) -> MatrixStorage:
    """To the nearest of 2 ** ``bits`` evenly spaced values a block, its least and its largest weight among them.

    They are stored in Q4_1, which has room for 4 bits, so that the engine computes with the kernels that it had.
    """

    def rounded(weights: NDArray[np.float32]) -> StoredMatrix:
        blocks = weights.reshape(-1, _BLOCK)
        least = blocks.min(axis=1, keepdims=True)
        step = ((blocks.max(axis=1, keepdims=True) - least) / (2**bits - 1)).astype(np.float16)
        steps = step.astype(np.float32)
        codes = np.rint((blocks - least) / np.where(steps == 0, 1, steps)).clip(0, 2**bits - 1).astype(np.uint8)
        packed = codes[:, : _BLOCK // 2] | codes[:, _BLOCK // 2 :] << np.uint8(4)
        found = np.concatenate([step.view(np.uint8), least.astype(np.float16).view(np.uint8), packed], axis=1)
        return found.reshape(len(weights), -1), GGMLQuantizationType.Q4_1

    return rounded


def as_f16(weights: NDArray[np.float32]) -> StoredMatrix:
    """Not quantised any more: each weight is what the quantised one stands for, but for F16's rounding."""
    return weights.astype(np.float16).view(np.uint8), GGMLQuantizationType.F16


def rewrite(source: Path, target: Path, stored: MatrixStorage) -> Path:
    """Write ``source`` to ``target`` with its Q4_1 matrices stored so; returns ``target``, which is whole or not there.

    Raises:
        ValueError: there is no such matrix.
    """
    reader = GGUFReader(source)
    if not any(tensor.tensor_type is GGMLQuantizationType.Q4_1 for tensor in reader.tensors):
        raise ValueError(f"{source} has no matrix in Q4_1")
    partial = target.with_name(f"{target.name}.partial")
    architecture = reader.fields[gguf.Keys.General.ARCHITECTURE].contents()
    writer = GGUFWriter(partial, architecture)
    for field in reader.fields.values():
        if not field.name.startswith(_WRITTEN_ANYWAY):
            kind = field.types[0]
            of = field.types[-1] if kind is GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, of)
    for tensor in reader.tensors:
        data, dtype = tensor.data, tensor.tensor_type
        if dtype is GGMLQuantizationType.Q4_1:
            data, dtype = stored(gguf.dequantize(data, dtype))
        writer.add_tensor(tensor.name, data, raw_dtype=dtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return partial.replace(target)
