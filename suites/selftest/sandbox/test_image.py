"""The image holds the interpreter, its library, numpy and the runner; it is made once for what goes in."""

import io
import platform
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import docker.errors
import pytest

from fixtures.errors import SandboxUnavailable
from fixtures.sandbox import image, interpreter

_OWN = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


class FakeClient:
    """An engine that has no image but those imported."""

    def __init__(self, system: str = "linux", architecture: str = _OWN) -> None:
        self.images = self.api = self
        self._version = {"Os": system, "Arch": architecture}
        self.imported: list[str] = []
        self.names: dict[str, tarfile.TarInfo] = {}
        self.sources: dict[str, bytes] = {}
        self.removed: list[str] = []

    def version(self) -> dict[str, str]:
        return self._version

    def list(self, name: str) -> Sequence[SimpleNamespace]:
        tags = [tag for tag in self.imported if tag.startswith(f"{name}:")]
        return [SimpleNamespace(id=tag, attrs={"Created": f"{number:04}"}) for number, tag in enumerate(tags)]

    def remove(self, name: str) -> None:
        self.removed.append(name)

    def get(self, tag: str) -> str:
        if tag not in self.imported:
            raise docker.errors.ImageNotFound(tag)
        return tag

    def import_image_from_data(self, file: IO[bytes], repository: str, tag: str) -> None:
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


def test_all_but_the_newest_images_are_removed() -> None:
    client = FakeClient()
    client.imported = [f"{image.REPOSITORY}:{number}" for number in range(6)] + ["other:1"]

    image._prune(client)  # type: ignore[arg-type]

    assert client.removed == [f"{image.REPOSITORY}:1", f"{image.REPOSITORY}:0"]


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

    def test_it_changes_with_the_runners_sources(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        copies = [Path(shutil.copy2(path, tmp_path)) for path in image.runner_files()]
        monkeypatch.setattr(image, "runner_files", lambda: copies)
        monkeypatch.setattr(interpreter, "shared_libraries", lambda _: [])  # only because ldd takes a second
        monkeypatch.setattr(image, "_write_tar", lambda file: tarfile.open(fileobj=file, mode="w").close())
        tags = []

        for text in ("a = 1", "a = 1", "a = 2"):
            copies[0].write_text(text)
            image._digest.cache_clear()
            tags.append(image.ensure_image(FakeClient()))

        assert tags[0] == tags[1] != tags[2]


@pytest.mark.parametrize(("system", "architecture"), [("windows", _OWN), ("linux", "riscv64")])
def test_an_engine_of_another_kind_needs_an_image_by_name(system: str, architecture: str) -> None:
    client: Any = FakeClient(system, architecture)

    with pytest.raises(SandboxUnavailable, match="--sandbox-image") as caught:
        image.ensure_image(client)
    assert f"{system} {architecture}" in str(caught.value)
