"""The profile and problems that the tests of replies have."""

from __future__ import annotations

from suites.selftest.generation.conftest import profile, starter

__all__ = ["profile", "starter"]
