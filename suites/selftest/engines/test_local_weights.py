from __future__ import annotations

import json
from pathlib import Path

import pytest
from servecheck.engines.local_weights import check_folder, local_folder
from servecheck.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    for number in (1, 2):
        (tmp_path / f"model-0000{number}-of-00002.safetensors").write_bytes(b"\0" * 200)
    index = {"weight_map": {f"layer.{number}": f"model-0000{number}-of-00002.safetensors" for number in (1, 2)}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    return tmp_path


def test_a_whole_model_passes(folder: Path) -> None:
    check_folder(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "consolidated.safetensors"])
def test_other_forms_of_weights_pass(tmp_path: Path, name: str) -> None:
    (tmp_path / "params.json").write_text("{}")
    (tmp_path / name).write_bytes(b"\0")

    check_folder(tmp_path)


def test_a_name_to_be_downloaded_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glm").mkdir()

    assert local_folder("zai-org/GLM-4.7-FP8") is None
    assert local_folder("glm") == tmp_path / "glm"
    assert local_folder("./absent") == tmp_path / "absent"
    assert local_folder("~/absent") == Path.home() / "absent"
    assert local_folder("/absent") == Path("/absent")


@pytest.mark.parametrize("weights", ["~servecheck-no-such-user/x", "org/" + "x" * 5000, "/" + "x" * 5000])
def test_what_can_be_no_path_is_a_usage_error(weights: str) -> None:
    with pytest.raises(UsageError, match=r"are no path .*: correct the profile's weights") as caught:
        local_folder(weights)

    assert str(caught.value).isprintable()


def test_a_folder_that_is_absent_or_a_file(folder: Path) -> None:
    with pytest.raises(UsageError, match="absent does not exist"):
        check_folder(folder / "absent")
    with pytest.raises(UsageError, match=r"config\.json is a file"):
        check_folder(folder / "config.json")


def test_a_folder_without_configuration(folder: Path) -> None:
    (folder / "config.json").unlink()

    with pytest.raises(UsageError, match=r"has no config\.json"):
        check_folder(folder)


def test_a_folder_without_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    with pytest.raises(UsageError, match=r"no weights \(\*\.safetensors\): download them"):
        check_folder(tmp_path)


def test_a_download_that_is_not_whole(folder: Path) -> None:
    (folder / "model-00002-of-00002.safetensors").unlink()

    with pytest.raises(UsageError, match=r"lacks model-00002-of-00002\.safetensors: download"):
        check_folder(folder)


def test_links_into_a_cache_that_was_cleared(folder: Path) -> None:
    part = folder / "model-00001-of-00002.safetensors"
    part.unlink()
    part.symlink_to(folder / "blobs" / "0")

    with pytest.raises(UsageError, match=r"lacks model-00001-of-00002\.safetensors"):
        check_folder(folder)


def test_a_clone_without_its_large_files(folder: Path) -> None:
    (folder / "model-00001-of-00002.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid x\n")

    with pytest.raises(
        UsageError, match=r"pointers in place of weights \(model-00001-of-00002\.safetensors\): run `git"
    ):
        check_folder(folder)


@pytest.mark.parametrize("text", ["<html>", "{}", "[]", '{"weight_map": 3}'])
def test_an_index_that_is_none(folder: Path, text: str) -> None:
    (folder / "model.safetensors.index.json").write_text(text)

    with pytest.raises(UsageError, match="is no index"):
        check_folder(folder)
