"""A model's weights have several names, and the file of scores says which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.gates.reference_file import load_references

from suites.selftest.gates.test_references import entry, file_with


@pytest.mark.parametrize(
    ("releases", "fault"),
    [
        ({"example/other": ["example/other-fp8"]}, "releases name example/other, of which there is no score"),
        ({"example/model": ["example/FP8", "example/fp8"]}, "releases have example/fp8 twice"),
    ],
)
def test_a_release_of_no_model_or_of_two_is_refused(tmp_path: Path, releases: dict[str, list[str]], fault: str) -> None:
    path = file_with(tmp_path, entry(model="example/model"))
    path.write_text(json.dumps({"releases": releases, **json.loads(path.read_text())}))

    with pytest.raises(UsageError, match=fault):
        load_references(path)


def test_the_releases_of_a_model_are_of_its_published_scores_alone(tmp_path: Path) -> None:
    path = file_with(tmp_path, entry(model="example/model"))
    path.write_text(json.dumps({"releases": {"example/model": ["example/fp8"]}, **json.loads(path.read_text())}))

    (found,) = load_references(path).entries

    assert found.is_of("example/FP8")
    assert "releases" not in found.model_dump()


def test_a_key_that_an_entry_has_twice_is_refused_and_not_read_by_its_last(tmp_path: Path) -> None:
    path = file_with(tmp_path, entry(model="example/model"))
    path.write_text(path.read_text().replace('"model": ', '"model": "example/other", "model": ', 1))

    with pytest.raises(UsageError, match=r"reference scores .*: an object has the key 'model' twice"):
        load_references(path)
