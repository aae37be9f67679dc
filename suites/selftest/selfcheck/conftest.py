"""The embedded server that the servers' tests have."""

from __future__ import annotations

from suites.selftest.servers.conftest import embedded_profile, embedded_server, serve, starter

__all__ = ["embedded_profile", "embedded_server", "serve", "starter"]
