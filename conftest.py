"""Names the plugins, nothing more."""

pytest_plugins = [
    "servecheck.plugin.outcomes",
    "servecheck.plugin.options",
    "servecheck.plugin.every_core",
    "servecheck.plugin.informing",
    "servecheck.plugin.collection",
    "servecheck.plugin.public",
    "servecheck.plugin.speed_fixtures",
]
