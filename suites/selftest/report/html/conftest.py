"""Chromium for the tests that look at a report as its reader does: Debian's package, driven by Playwright.

Playwright's own browsers are not used: they come from a server of their own, and a report has to work in the browsers
that people have.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


@dataclass
class Opened:
    """A report in a browser, and what the browser had to say about it: console messages, errors, requests."""

    page: Page
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., AbstractContextManager[Opened]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; its driver's event loop runs in this thread until it ends, so that no test elsewhere has one."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("no Chromium is on this machine, and reports are looked at with one: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser) -> Open:
    """Opens a report, in a browser that has seen nothing before."""

    @contextmanager
    def open_report(
        path: Path,
        fragment: str = "",
        *,
        scheme: Literal["light", "dark"] = "light",
        size: str = "desktop",
        script: bool = True,
    ) -> Iterator[Opened]:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script
        )
        page = context.new_page()
        found = Opened(page)
        page.on("console", lambda message: found.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: found.said.append(f"error: {error}"))
        page.on("request", lambda request: found.requests.append(request.url))
        page.goto(f"{path.as_uri()}{fragment}")
        yield found
        context.close()

    return open_report
