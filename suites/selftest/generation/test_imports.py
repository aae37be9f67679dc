"""Collecting tests imports the generation side; it must not pay for HTTP clients and servers."""

import subprocess
import sys
from pathlib import Path

import servecheck.generation

MODULES = sorted(
    f"servecheck.generation.{path.stem}" for path in Path(servecheck.generation.__file__).parent.glob("[!_]*.py")
)


def test_importing_every_module_loads_no_http_package() -> None:
    program = (
        f"import sys, {', '.join(MODULES)}\n"
        "unwanted = {'aiohttp', 'httptools', 'httpx', 'httpx2', 'openai', 'pytest', 'starlette', 'uvicorn'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )
    root = Path(servecheck.generation.__file__).parents[2]

    output = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)

    assert output.stdout == "[]\n"
