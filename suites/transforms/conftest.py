"""How thoroughly the laws are searched: 200 examples each, always the same; 5,000 new ones where asked for.

``--hypothesis-profile=thorough`` asks for them (see the folder above). The suite's own profile is in force while its
modules are imported, which is when hypothesis reads it, and no longer: other tests keep theirs.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

_NOT_CHOSEN = {"default", "ci"}  # hypothesis's own, one of which is in force where nobody chose

settings.register_profile(
    "transforms",
    max_examples=200,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Load the profile for the modules of this folder."""
    before = settings.get_current_profile_name()
    settings.load_profile("transforms" if before in _NOT_CHOSEN else before)
    try:
        return (yield)
    finally:
        settings.load_profile(before)
