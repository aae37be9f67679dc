"""What the entries of ``/v1/models`` tell, engine by engine."""

from typing import Any

import pytest
from servecheck.servers.served_models import ServedModel, listed, nearest_first, one_model_of, served_models

VLLM = {
    "id": "glm",
    "object": "model",
    "owned_by": "vllm",
    "root": "/models/glm",
    "parent": None,
    "max_model_len": 8192,
}
LORA = {
    "id": "sql",
    "object": "model",
    "owned_by": "vllm",
    "root": "/loras/sql",
    "parent": "glm",
    "max_model_len": None,
}


def _model(**entry: Any) -> ServedModel:
    return served_models({"data": [{"id": "m", **entry}]})[0]


def test_everything_that_vllm_tells_is_read() -> None:
    (model,) = served_models({"object": "list", "data": [VLLM]})

    assert model.to_json() == {"id": "glm", "root": "/models/glm", "owned_by": "vllm", "max_model_len": 8192}


def test_what_is_not_told_is_left_out() -> None:
    assert _model().to_json() == {"id": "m"}


@pytest.mark.parametrize(
    ("entry", "length"),
    [
        ({"max_model_len": 4096}, 4096),
        ({"meta": {"n_ctx": 2048, "n_ctx_train": 131072}}, 2048),
        ({"meta": {"n_ctx_train": 131072}}, None),
        ({"loaded_context_length": 4096, "max_context_length": 32768}, 4096),
        ({"context_length": 32768}, 32768),
        ({"max_context_length": 32768}, 32768),
        ({"max_model_len": None, "context_length": 32768}, 32768),
        ({"max_model_len": "4096"}, None),
        ({"max_model_len": -1}, None),
        ({"max_model_len": 0}, None),
        ({"max_model_len": True}, None),
        ({"max_model_len": 4096.5}, None),
        ({"meta": [4096]}, None),
        ({}, None),
    ],
)
def test_the_length_is_the_servers_own_or_none(entry: dict[str, Any], length: int | None) -> None:
    assert _model(**entry).max_model_len == length


def test_an_adapter_has_the_length_of_its_base() -> None:
    _, adapter = served_models({"data": [VLLM, LORA]})

    assert adapter.to_json() == {
        "id": "sql",
        "root": "/loras/sql",
        "parent": "glm",
        "owned_by": "vllm",
        "max_model_len": 8192,
    }


def test_fields_of_another_type_are_not_told() -> None:
    model = _model(root=["/m"], parent=7, owned_by={}, aliases=["a", 1, ""])

    assert model == ServedModel("m", aliases=("a",))


def test_an_id_listed_twice_is_one_model() -> None:
    assert [model.id for model in served_models({"data": [{"id": "a"}, {"id": "b"}, {"id": "a"}]})] == ["a", "b"]


@pytest.mark.parametrize(
    "listing", [None, [], {}, {"data": None}, {"data": {"id": "a"}}, {"data": ["a"]}, {"data": [{}]}]
)
def test_anything_but_a_list_of_models_is_an_error(listing: Any) -> None:
    with pytest.raises(ValueError, match="no list of models"):
        served_models(listing)


@pytest.mark.parametrize("name", [1, None, "", ["a"], {"id": "a"}])
def test_an_id_that_is_no_name_is_an_error_that_shows_it(name: Any) -> None:
    with pytest.raises(TypeError) as caught:
        served_models({"data": [{"id": "a"}, {"id": name}]})

    assert str(caught.value) == repr(name)


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        ("glm-4.7-fp8", "GLM-4.7-FP8"),
        ("zai-org/GLM-4.7-FP8", "GLM-4.7-FP8"),
        ("GLM-4.7-FP4", "GLM-4.7-FP8"),
        ("qwen", "/models/Qwen3-Coder"),
        ("org/qwen3-coder", "/models/Qwen3-Coder"),
    ],
)
def test_the_nearest_name_stands_first(wanted: str, nearest: str) -> None:
    models = [ServedModel(name) for name in ("a", "/models/Qwen3-Coder", "GLM-4.7-FP8")]

    assert nearest_first(wanted, models)[0].id == nearest


@pytest.mark.parametrize(
    ("models", "one"),
    [
        ([ServedModel("a")], True),
        ([ServedModel("a", root="/m"), ServedModel("b", root="/m")], True),
        ([ServedModel("a", root="/m"), ServedModel("b", root="/n")], False),
        ([ServedModel("a"), ServedModel("b")], False),
        ([ServedModel("a", root="/m"), ServedModel("b", root="/m", parent="a")], False),
    ],
)
def test_names_of_one_model_share_their_root(models: list[ServedModel], one: bool) -> None:
    assert one_model_of(models) is one


def test_a_list_says_which_are_adapters() -> None:
    assert listed([ServedModel("a"), ServedModel("b", parent="a")]) == "a, b (adapter of a)"


def test_a_long_list_is_cut_and_says_so() -> None:
    text = listed([ServedModel(f"m{number}") for number in range(25)])

    assert text.endswith("m18, m19 and 5 more")


def test_control_characters_of_a_name_are_escaped() -> None:
    text = listed([ServedModel("\x1b[2Ja\n\ud800", parent="\u202eb")])

    assert text == r"\x1b[2Ja\n\ud800 (adapter of \u202eb)"
