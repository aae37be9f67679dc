"""Says so where pytest came here without the project's plugin, which is installed with the project."""

import os
import sys
from pathlib import Path

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Raise ``UsageError``, with what to do, where the plugin is not there."""
    if pluginmanager.has_plugin("servecheck.plugin.options"):
        return
    if pluginmanager.is_blocked("servecheck"):
        what = "-p no:servecheck switches off the plugin that these suites are made of: leave it out"
    elif os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        what = "PYTEST_DISABLE_PLUGIN_AUTOLOAD keeps out the plugins that these suites need: unset it"
    else:
        here = Path(__file__).parent
        what = f"this clone is not installed for {sys.executable}: use `uv run pytest`, or `pip install -e {here}`"
    raise pytest.UsageError(what)
