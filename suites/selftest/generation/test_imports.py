"""Collecting tests imports the generation side; it must not pay for HTTP clients and servers."""

import subprocess
import sys
from pathlib import Path

import fixtures.generation

MODULES = sorted(
    f"fixtures.generation.{path.stem}" for path in Path(fixtures.generation.__file__).parent.glob("[!_]*.py")
)


def test_importing_every_module_loads_no_http_package() -> None:
    program = (
        f"import sys, {', '.join(MODULES)}\n"
        "unwanted = {'aiohttp', 'httptools', 'httpx', 'httpx2', 'openai', 'pytest', 'starlette', 'uvicorn'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )
    root = Path(fixtures.generation.__file__).parents[2]

    output = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)

    assert output.stdout == "[]\n"
