"""Threads of a run may make loggers while pytest goes through all of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from _pytest.logging import LogCaptureHandler, catching_logs
from servecheck.plugin.known_loggers import KnownLoggers


@pytest.fixture
def plugin() -> Iterator[KnownLoggers]:
    found = KnownLoggers()
    yield found
    found.pytest_unconfigure()


@pytest.mark.usefixtures("plugin")
def test_loggers_may_be_made_while_somebody_goes_through_them() -> None:
    for number, _ in zip(range(3), logging.Logger.manager.loggerDict.values(), strict=False):
        logging.getLogger(f"servecheck-test-{number}-{id(object())}")


@pytest.mark.usefixtures("plugin")
def test_pytest_still_attaches_to_every_logger_that_does_not_propagate() -> None:
    logger = logging.getLogger("servecheck-test-alone")
    logger.propagate = False

    with catching_logs(LogCaptureHandler()) as handler:
        assert handler in logger.handlers
    assert handler not in logger.handlers


def test_afterwards_the_dictionary_is_pythons_own_with_what_was_made(plugin: KnownLoggers) -> None:
    made = logging.getLogger("servecheck-test-meanwhile")
    plugin.pytest_unconfigure()

    assert logging.Logger.manager.loggerDict["servecheck-test-meanwhile"] is made
