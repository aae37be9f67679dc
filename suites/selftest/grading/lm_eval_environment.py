"""lm-evaluation-harness in an environment of its own, for tests that compare with it: its requirements are many.

``SERVECHECK_TEST_LM_EVAL`` names an interpreter that has it; else an environment is made once in the cache folder, with
pip, in about a minute (580 MB).

    python -m suites.selftest.grading.lm_eval_environment

prints its interpreter.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from fixtures.problems.published import cache_folder

REQUIREMENT = "lm_eval[api]==0.4.13"
_READY = "ready"


def lm_eval_python() -> str:
    """Path of the interpreter; raises ``RuntimeError`` with the end of what pip said where it cannot be had."""
    if chosen := os.environ.get("SERVECHECK_TEST_LM_EVAL"):
        return chosen
    what = "\n".join((REQUIREMENT, platform.python_version(), platform.machine(), sys.base_prefix))
    folder = cache_folder() / "tools" / f"lm-eval-{hashlib.sha256(what.encode()).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    with folder.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _READY).is_file() or not python.exists():
            _make(folder, python)
    return str(python)


def _make(folder: Path, python: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    _run([getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", str(folder)])
    _run([str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-q", REQUIREMENT])
    (folder / _READY).write_text(REQUIREMENT + "\n", encoding="utf-8")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{REQUIREMENT} cannot be installed: {' '.join(command)}\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    print(lm_eval_python())
