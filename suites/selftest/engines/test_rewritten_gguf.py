"""A model's matrices are stored in fewer bits, and everything else of its file stays as it was."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter

from suites.selftest.engines.rewritten_gguf import MatrixStorage, as_f16, as_q4_0, rewrite, rounded_to

ROWS, COLUMNS = 4, 64
NORM = np.arange(COLUMNS, dtype=np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "model.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_name("small")
    writer.add_token_list(["a", "b"])
    writer.add_tensor("norm", NORM)
    weights = np.random.default_rng(1).normal(size=(ROWS, COLUMNS)).astype(np.float32)
    writer.add_tensor("matrix", gguf.quantize(weights, GGMLQuantizationType.Q4_1), raw_dtype=GGMLQuantizationType.Q4_1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def matrix(path: Path) -> tuple[np.ndarray, GGMLQuantizationType]:
    tensor = next(tensor for tensor in GGUFReader(path).tensors if tensor.name == "matrix")
    return gguf.dequantize(tensor.data, tensor.tensor_type), tensor.tensor_type


@pytest.mark.parametrize(
    ("stored", "kind", "values", "most"),
    [
        (as_f16, "F16", 16, 0.002),
        (as_q4_0, "Q4_0", 16, 0.4),
        (rounded_to(3), "Q4_1", 8, 0.5),
        (rounded_to(2), "Q4_1", 4, 1.0),
    ],
)
def test_a_block_has_so_many_values_none_of_them_far_from_what_it_was(
    tmp_path: Path, model: Path, stored: MatrixStorage, kind: str, values: int, most: float
) -> None:
    before, (now, found) = matrix(model)[0], matrix(rewrite(model, tmp_path / "now.gguf", stored))

    assert found.name == kind
    assert max(len(np.unique(block)) for block in now.reshape(-1, 32)) <= values
    assert 0 < np.abs(now - before).max() < most


def test_whatever_else_it_has_stays(tmp_path: Path, model: Path) -> None:
    was, now = GGUFReader(model), GGUFReader(rewrite(model, tmp_path / "now.gguf", as_q4_0))

    assert {name: field.contents() for name, field in was.fields.items()} == {
        name: field.contents() for name, field in now.fields.items()
    }
    assert np.array_equal(next(tensor.data for tensor in now.tensors if tensor.name == "norm"), NORM)
    assert [path.name for path in tmp_path.iterdir()] == ["now.gguf"]


def test_a_model_without_such_matrices_is_refused(tmp_path: Path, model: Path) -> None:
    other = rewrite(model, tmp_path / "f16.gguf", as_f16)

    with pytest.raises(ValueError, match="no matrix in Q4_1"):
        rewrite(other, tmp_path / "again.gguf", as_q4_0)
