"""The laws are searched as thoroughly as ``suites/hypothesis_profiles.py`` says."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from suites.hypothesis_profiles import quick_unless_chosen


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    with quick_unless_chosen():
        return (yield)
