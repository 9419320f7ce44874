"""A real Chromium for the tests of pages, and what every page has to keep to.

The browser is the system's own, driven by Playwright; nothing is downloaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
LOCALE, ZONE = "en-GB", "Asia/Kolkata"
WIDTHS = (375, 768, 1440)
HEIGHT = 900
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SERIOUS = ("serious", "critical")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
QUIET = ("log", "info", "debug")


def chromium() -> str:
    """The path of the browser."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail("There is no Chromium. Run `make setup`, or install the package chromium.")
    return found


@contextmanager
def started_browser() -> Iterator[Browser]:
    """A browser without a window, as root too."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=ARGUMENTS, chromium_sandbox=False
        )
        yield browser
        browser.close()


@contextmanager
def opened_page(
    browser: Browser, url: str, width: int = 1440, *, javascript: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """A blank tab whose relative addresses begin at `url`, and the list of its problems.

    Problems are errors and warnings on the console, errors of scripts, and requests to another
    host, which are not let through. A test that provokes one clears the list.
    """
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": HEIGHT},
        locale=LOCALE,
        timezone_id=ZONE,
        java_script_enabled=javascript,
    )
    page, problems = context.new_page(), list[str]()

    def watch_console(message: ConsoleMessage) -> None:
        if message.type not in QUIET:
            problems.append(f"{message.type}: {message.text}")

    def watch_request(request: Request) -> None:
        target = urlsplit(request.url)
        if target.scheme in ("http", "https", "ftp") and target.netloc != urlsplit(url).netloc:
            problems.append(f"request to another host: {request.url}")

    page.on("console", watch_console)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("request", watch_request)
    page.set_default_timeout(30_000)
    yield page, problems
    context.close()


def assert_looks_right(page: Page) -> None:
    """At a phone's, a tablet's and a desk's width, light and dark: nothing sticks out to the
    side, and axe-core finds no serious fault of accessibility."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(OVERFLOW) <= 0, f"the page is wider than {width} px"
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            faults = accessibility_faults(page)
            assert not faults, f"at {width} px, {scheme}: {faults}"
    page.emulate_media(color_scheme="light")


def accessibility_faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical: the rule, and the elements that break it."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:200] for node in violation['nodes'][:3]]}"
        for violation in violations
        if violation["impact"] in SERIOUS
    ]
