"""Commands that note how often an embedded server was started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suites.selftest.plugin.conftest import Finished, Suite

_VARIABLE = "SELFTEST_SERVER_STARTS"
# Every Python process reads this first; the supervisor's own command line has the server's in it, further on.
_NOTED = f"""
import os, sys
if sys.orig_argv[1:3] == ["-m", "servecheck.selfcheck.embedded.app"]:
    with open(os.environ["{_VARIABLE}"], "a") as file:
        file.write("started\\n")
"""


def noting(folder: Path, noted: Path) -> dict[str, str]:
    """The environment in which a command adds a line to ``noted`` for each server that it starts.

    Args:
        folder: where Python finds what notes it, to be kept as long as the command runs.
        noted: the file.
    """
    (folder / "sitecustomize.py").write_text(_NOTED)
    return {"PYTHONPATH": str(folder), _VARIABLE: str(noted)}


class Counted:
    """Runs commands as ``suite`` does; ``server_starts`` tells of each.

    Args:
        suite: runs a command.
        folder: an empty one, to be kept as long as this.
    """

    def __init__(self, suite: Suite, folder: Path) -> None:
        self._suite, self._folder = suite, folder

    def __call__(self, *arguments: str) -> Finished:
        noted = self._folder / "starts"
        noted.write_text("")
        run = self._suite(*arguments, environment=noting(self._folder, noted))
        noted.rename(_kept(run))
        return run


def server_starts(run: Finished) -> int:
    """How many servers a counted command has started."""
    return len(_kept(run).read_text().splitlines())


def _kept(run: Finished) -> Path:
    return run.junit.with_name("server-starts")
