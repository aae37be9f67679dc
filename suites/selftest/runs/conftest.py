"""The same real runs that the plugin's tests have."""

from __future__ import annotations

from suites.selftest.plugin.conftest import (
    canonical_rows,
    command,
    given_run,
    http_server,
    kept_run,
    mixed,
    mixed_rows,
    project_with,
    reference_run,
    refusal,
    shared,
    slow_server,
    starter,
    suite,
    suite_environment,
    told,
    written,
    wrong_bodies,
)

__all__ = [
    "canonical_rows",
    "command",
    "given_run",
    "http_server",
    "kept_run",
    "mixed",
    "mixed_rows",
    "project_with",
    "reference_run",
    "refusal",
    "shared",
    "slow_server",
    "starter",
    "suite",
    "suite_environment",
    "told",
    "written",
    "wrong_bodies",
]
