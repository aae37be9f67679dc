"""The bare command is run by as many workers as there are cores, and no other is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from servecheck.plugin import every_core

BARE = {"numprocesses": None, "tx": [], "keyword": "", "markexpr": "not slow"}
NO_SERVER = {"profile": None, "base_url": None, "replies": None, "run_dir": None}
FOUND, NAMED = pytest.Config.ArgsSource.TESTPATHS, pytest.Config.ArgsSource.ARGS


def _workers(source: pytest.Config.ArgsSource = FOUND, **changes: Any) -> Any:
    """What ``-n`` is when pytest-xdist reads it."""
    config: Any = SimpleNamespace(
        option=SimpleNamespace(**{**BARE, **NO_SERVER, **changes}),
        args_source=source,
        getini={"addopts": ["-ra", "-m", "not slow"]}.get,
    )
    steps = every_core.pytest_cmdline_main(config)
    next(steps)
    return config.option.numprocesses


def test_the_bare_command_has_a_worker_a_core():
    assert _workers() == "auto"


@pytest.mark.parametrize(
    "changes",
    [
        {"markexpr": "humaneval"},
        {"markexpr": "slow"},
        {"keyword": "test_owner"},
        {"profile": "reference"},
        {"base_url": "http://host/v1"},
        {"replies": "samples.jsonl"},
        {"run_dir": "run"},
        {"source": NAMED},
        {"tx": ["popen"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_command_that_says_more_is_left_as_it_is(changes):
    assert _workers(**changes) is None


@pytest.mark.parametrize("number", [0, 1, 3])
def test_whoever_says_how_many_has_so_many(number):
    assert _workers(numprocesses=number) == number


def test_a_worker_makes_none_itself():
    config: Any = SimpleNamespace(option=SimpleNamespace(**BARE, **NO_SERVER), args_source=FOUND, workerinput={})

    next(every_core.pytest_cmdline_main(config))

    assert config.option.numprocesses is None
