"""SGLang's package in an environment of its own, with as little beside it as its parsers import: no torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from servecheck.engines.pip_environment import PipEnvironment, first_steps, pip

_ENGINE = "sglang==0.5.23"
_BESIDE = (
    *("msgspec==0.23.0", "numpy==2.4.6", "openai==3.57.0", "orjson==3.13.0", "partial-json-parser==0.2.1.1.post7"),
    *("pybase64==1.5.1", "pydantic==2.14.4", "regex==2026.11.19", "requests==2.34.2", "tqdm==4.70.1"),
)


def sglang_python(say: Callable[[str], None]) -> str:
    """Path of its interpreter; raises ``UsageError`` where it cannot be had."""
    return PipEnvironment(
        title="SGLang's parsers",
        name="sglang-parsers",
        contents=(_ENGINE, *_BESIDE),
        steps=_steps,
        duration="under a minute",
        advice="See to the network, and to the package index that pip is told to use.",
    ).python(say)


def _steps(folder: Path) -> list[list[str]]:
    alone = [*pip(folder), "install", "--progress-bar", "off", "--no-deps", _ENGINE]
    return [*first_steps(folder, _BESIDE), alone]
