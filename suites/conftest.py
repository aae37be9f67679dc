"""``--hypothesis-profile=thorough``: hypothesis looks for it before any suite is read."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hypothesis-profile", None) is not None:  # importing hypothesis takes half a second
        import suites.hypothesis_profiles  # noqa: F401
