"""The image holds the interpreter, its library, numpy and the runner; it is made once for what goes in."""

import io
import os
import platform
import re
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import docker.errors
import pytest
from servecheck.errors import SandboxUnavailable
from servecheck.sandbox import image, image_pruning, interpreter

from suites.selftest.time_limits import NEVER_S

_OWN = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


class FakeClient:
    """An engine that has no image but those imported."""

    def __init__(self, system: str = "linux", architecture: str = _OWN) -> None:
        self.images: Any = SimpleNamespace(get=self.get)
        self.api: Any = SimpleNamespace(
            images=lambda name: [name] if name in self.imported else [],
            prune_images=lambda _filters: None,
            tag=self.tag,
            import_image_from_data=self.import_image_from_data,
        )
        self._version = {"Os": system, "Arch": architecture}
        self.imported: list[str] = []
        self.names: dict[str, tarfile.TarInfo] = {}
        self.sources: dict[str, bytes] = {}
        self.stamps: list[str] = []

    def version(self) -> dict[str, str]:
        return self._version

    def tag(self, _image: str, repository: str, tag: str) -> None:
        self.stamps.append(f"{repository}:{tag}")

    def get(self, tag: str) -> SimpleNamespace:
        if tag not in self.imported:
            raise docker.errors.ImageNotFound(tag)
        return SimpleNamespace(attrs={"RepoTags": [tag, *self.stamps]})

    def import_image_from_data(self, file: IO[bytes], repository: str, tag: str, changes: list[str]) -> None:
        assert changes == [f"LABEL {image_pruning.LABEL}=1"]
        with tarfile.open(fileobj=file) as tar:
            for entry in tar:
                assert entry.name not in self.names, "twice in the image"
                self.names[entry.name] = entry
                if entry.name.startswith("servecheck/runner/") and entry.isfile():
                    self.sources[entry.name] = (tar.extractfile(entry) or io.BytesIO()).read()
        self.imported.append(f"{repository}:{tag}")


@pytest.fixture(scope="module")
def built() -> tuple[FakeClient, str]:
    client = FakeClient()
    return client, image.ensure_image(client)


class TestContent:
    def test_the_interpreter_its_library_numpy_and_the_runner_are_in_it(self, built: tuple[FakeClient, str]) -> None:
        names = built[0].names
        library = str(interpreter.standard_library()[0]).lstrip("/")

        assert names[str(interpreter.executable()).lstrip("/")].mode == 0o755
        assert f"{library}/os.py" in names
        assert "servecheck/packages/numpy/__init__.py" in names
        assert any(name.rpartition("/")[2].startswith("ld-") for name in names)

    def test_the_runner_is_there_byte_for_byte(self, built: tuple[FakeClient, str]) -> None:
        sources = {f"servecheck/runner/{path.name}": path.read_bytes() for path in image.runner_files()}

        assert built[0].sources == sources
        assert "servecheck/runner/__main__.py" in sources

    def test_no_other_package_is_in_it(self, built: tuple[FakeClient, str]) -> None:
        parts = {part for name in built[0].names for part in Path(name).parts}

        assert not parts & {"site-packages", "dist-packages", "openai", "docker", "pytest", "fixtures", "idlelib"}

    def test_everything_is_roots_and_writable_by_nobody_else(self, built: tuple[FakeClient, str]) -> None:
        entries = built[0].names.values()

        assert all(entry.isfile() or entry.isdir() for entry in entries)
        assert {(entry.uid, entry.gid) for entry in entries} == {(0, 0)}
        assert {entry.mode for entry in entries} == {0o755, 0o644}

    def test_folders_come_before_what_they_hold(self, built: tuple[FakeClient, str]) -> None:
        seen = {"."}
        for name, entry in built[0].names.items():
            assert str(Path(name).parent) in seen, name
            if entry.isdir():
                seen.add(name)


class TestTag:
    @pytest.fixture(autouse=True)
    def _fresh_digest(self) -> Iterator[None]:
        image._digest.cache_clear()
        yield
        image._digest.cache_clear()

    def test_an_image_that_is_there_is_not_built_again(
        self, built: tuple[FakeClient, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, tag = built
        monkeypatch.setattr(image, "_write_tar", None)

        assert image.ensure_image(client) == tag
        assert client.imported == [tag]

    def test_an_image_that_is_used_says_so_on_the_engine(self, built: tuple[FakeClient, str]) -> None:
        client, tag = built

        image.ensure_image(client)

        [stamp] = client.stamps
        assert re.fullmatch(rf"{tag}-used-\d{{8}}", stamp)

    def test_workers_that_miss_it_together_build_it_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(interpreter, "shared_libraries", lambda _: [])  # only because ldd takes a second
        monkeypatch.setattr(image, "_write_tar", lambda file: tarfile.open(fileobj=file, mode="w").close())
        client, both_missed = FakeClient(), threading.Barrier(2)
        get = client.images.get

        def missed_by_both(tag: str) -> SimpleNamespace:
            try:
                return get(tag)
            except docker.errors.ImageNotFound:
                if len(missed) < 2:
                    missed.append(tag)
                    both_missed.wait(NEVER_S)
                raise

        missed: list[str] = []
        client.images.get = missed_by_both
        with ThreadPoolExecutor(2) as workers:
            tags = set(workers.map(image.ensure_image, [client, client]))

        assert client.imported == [*tags]

    def test_a_lock_that_cannot_be_had_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

        with pytest.raises(SandboxUnavailable, match=r"servecheck-image-\d+\.lock cannot be opened .*TMPDIR"):
            image.ensure_image(FakeClient())

    @pytest.fixture
    def runner(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """One of the runner's sources, in a copy that may be changed."""
        copies = [Path(shutil.copy2(path, tmp_path)) for path in image.runner_files()]
        monkeypatch.setattr(image, "runner_files", lambda: copies)
        monkeypatch.setattr(interpreter, "shared_libraries", lambda _: [])  # only because ldd takes a second
        monkeypatch.setattr(image, "_write_tar", lambda file: tarfile.open(fileobj=file, mode="w").close())
        return copies[0]

    def test_it_changes_with_the_runners_sources(self, runner: Path) -> None:
        assert _tag_with(runner, "a = 1") != _tag_with(runner, "a = 2")

    def test_another_clone_of_the_same_sources_has_the_same(self, runner: Path) -> None:
        before = _tag_with(runner, "a = 1")
        os.utime(runner, (1, 1))

        assert _tag_with(runner) == before


def _tag_with(runner: Path, text: str | None = None) -> str:
    if text is not None:
        runner.write_text(text)
    image._digest.cache_clear()
    return image.ensure_image(FakeClient())


@pytest.mark.parametrize(("system", "architecture"), [("windows", _OWN), ("linux", "riscv64")])
def test_an_engine_of_another_kind_needs_an_image_by_name(system: str, architecture: str) -> None:
    client: Any = FakeClient(system, architecture)

    with pytest.raises(SandboxUnavailable, match="--sandbox-image") as caught:
        image.ensure_image(client)
    assert f"{system} {architecture}" in str(caught.value)
