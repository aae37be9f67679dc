"""``--hypothesis-profile=thorough``: hypothesis looks for it before any suite is read."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hypothesis-profile", None) is None:
        return  # importing hypothesis takes half a second
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "thorough", max_examples=5000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
