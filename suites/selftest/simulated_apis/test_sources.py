"""Sources of simulated APIs are read as text: out of a package that nobody installs, or the project's own file."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from servecheck.problems.bfcl_multi_turn import BFCL_APIS, STARTER_APIS
from servecheck.problems.published_wheel import PublishedWheel
from servecheck.simulated_apis import sources
from servecheck.simulated_apis.sources import api_source

FOLDER = "bfcl_eval/eval_checker/multi_turn_eval/func_source_code"
NOBODY_RUNS_THIS = "raise SystemExit('nobody runs this')"
THEIRS = {
    "bfcl_eval/__init__.py": NOBODY_RUNS_THIS,
    f"{FOLDER}/__init__.py": "",
    f"{FOLDER}/long_context.py": "LONG = 1",
    f"{FOLDER}/math_api.py": "class MathAPI: ...",
    f"{FOLDER}/ticket_api.py": "class TicketAPI: ...",
}
MATHEMATICS = {"mpmath/__init__.py": "", "mpmath/libmp/libmpf.py": "", "mpmath/tests/test_a.py": NOBODY_RUNS_THIS}


@pytest.fixture(autouse=True)
def _wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sources, "BFCL_V4", _wheel("BFCL", THEIRS, tmp_path, monkeypatch))
    monkeypatch.setattr(sources, "MPMATH", _wheel("MPMATH", MATHEMATICS, tmp_path, monkeypatch))
    api_source.cache_clear()
    yield
    api_source.cache_clear()


def _wheel(name: str, files: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedWheel:
    path = folder / f"{name}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    monkeypatch.setenv(f"{name}_TEST_PATH", str(path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PublishedWheel(name, f"{name}==1", path.name, digest, f"{name}_TEST_PATH")


def test_a_class_comes_with_its_module_its_packages_and_the_long_texts() -> None:
    found = api_source(BFCL_APIS, ("TicketAPI",))

    package = FOLDER.replace("/", ".")
    assert found.modules == {"TicketAPI": f"{package}.ticket_api"}
    assert found.sources == {
        "bfcl_eval": NOBODY_RUNS_THIS,
        package: "",
        f"{package}.long_context": "LONG = 1",
        f"{package}.ticket_api": "class TicketAPI: ...",
    }


def test_mathematics_come_with_mpmath_without_its_tests() -> None:
    found = api_source(BFCL_APIS, ("TicketAPI", "MathAPI"))

    assert {name for name in found.sources if name.startswith("mpmath")} == {"mpmath", "mpmath.libmp.libmpf"}


def test_the_project_s_own_comes_out_of_its_file() -> None:
    found = api_source(STARTER_APIS, ("Shelf",))

    assert found.modules == {"Shelf": "shelf"}
    assert "class Shelf:" in found.sources["shelf"]


@pytest.mark.parametrize(("apis", "name"), [("nowhere", "Shelf"), (STARTER_APIS, "MathAPI")])
def test_what_there_is_not_is_refused(apis: str, name: str) -> None:
    with pytest.raises(KeyError):
        api_source(apis, (name,))
