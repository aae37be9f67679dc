"""Names the plugins, nothing more."""

pytest_plugins = [
    "fixtures.plugin.outcomes",
    "fixtures.plugin.options",
    "fixtures.plugin.informing",
    "fixtures.plugin.collection",
    "fixtures.plugin.public",
    "fixtures.plugin.speed_fixtures",
]
