"""An image of somebody else's: here one made of the project's own, with nothing of it found in the usual place."""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Iterator

import pytest
from servecheck.errors import SandboxUnavailable
from servecheck.sandbox import image, interpreter
from servecheck.sandbox.docker import DockerBackend
from servecheck.sandbox.engine_connection import connect
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.protocol import ProgramRun

pytestmark = [pytest.mark.docker, pytest.mark.slow]
NAME = f"servecheck-selftest-named-{os.getpid()}"


@pytest.fixture(scope="module")
def named() -> Iterator[str]:
    """An image whose python3 is on PATH and finds a numpy."""
    client = connect()
    with tempfile.TemporaryFile() as file:
        image._write_tar(file)
        file.seek(0)
        with tarfile.open(fileobj=file, mode="a") as tar:
            link = tarfile.TarInfo("usr/local/bin/python3")
            link.type, link.linkname = tarfile.SYMTYPE, str(interpreter.executable())
            tar.addfile(link)
        file.seek(0)
        changes = ["ENV PATH=/usr/local/bin", f"ENV PYTHONPATH={image.NUMPY_HOME}"]
        client.api.import_image_from_data(file, repository=NAME, tag="1", changes=changes)
    yield f"{NAME}:1"
    client.images.remove(f"{NAME}:1")


def test_programs_run_in_it_with_its_own_numpy(named):
    backend = DockerBackend(image_name=named, runtime=None, memory_bytes=1 << 30)

    facts = backend.prepare()
    with Sandbox(backend) as sandbox:
        outcome = sandbox.execute(
            ProgramRun("import numpy\ndef f(x): return int(numpy.int64(x) * 2)", "f", "[[21]]", 1)
        )

    assert facts["image"] == named
    assert (outcome.status, outcome.results) == ("complete", ["42"])


def test_an_image_without_python_is_refused_before_the_run():
    client = connect()
    client.api.import_image_from_data(_empty_tar(), repository=NAME, tag="empty")
    backend = DockerBackend(image_name=f"{NAME}:empty", runtime=None, memory_bytes=1 << 30)

    try:
        with pytest.raises(SandboxUnavailable, match="which needs python3"):
            backend.prepare()
    finally:
        client.images.remove(f"{NAME}:empty", force=True)  # the engine may still be removing its container


def _empty_tar() -> bytes:
    return bytes(10240)
