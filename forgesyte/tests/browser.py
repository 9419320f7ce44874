"""A real Chromium for the tests of pages, and what every page has to keep to.

The browser is the system's own, driven by Playwright; nothing is downloaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
LOCALE, ZONE = "en-GB", "Asia/Kolkata"
WIDTHS = (375, 768, 1440)
HEIGHT = 900
TIMEOUT_MS = 30_000  # for whatever is awaited, on a machine with other work to do
SERIOUS = ("serious", "critical")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Colours pass into each other when the scheme changes.
STILL = "Promise.allSettled(document.getAnimations().map(animation => animation.finished))"
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
        ignore_https_errors=True,  # proxies of tests sign their own certificates
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
    page.set_default_timeout(TIMEOUT_MS)
    expect.set_options(timeout=TIMEOUT_MS)
    yield page, problems
    context.close()


def assert_looks_right(page: Page) -> None:
    """At a phone's, a tablet's and a desk's width nothing sticks out to the side, and axe-core
    finds no serious fault of accessibility, nor a colour that cannot be read in the dark."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(OVERFLOW) <= 0, f"the page is wider than {width} px"
    for width in (WIDTHS[0], WIDTHS[-1]):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        faults = accessibility_faults(page)
        assert not faults, f"at {width} px: {faults}"
    page.emulate_media(color_scheme="dark")
    faults = accessibility_faults(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    assert not faults, f"dark: {faults}"


def submit_in_swagger_ui(page: Page, video: Path) -> Locator:
    """Try the submission out on the page of the API; returns the answer, which is a 202."""
    operation = page.locator("#operations-video-submit_video")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("input[type=file]").set_input_files(video)
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_contain_text("202")
    return answer


def accessibility_faults(page: Page, *rules: str) -> list[str]:
    """What axe-core calls serious or critical: the rule, and the elements that break it.

    All rules are looked at unless some are named.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    page.evaluate(STILL)
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:200] for node in violation['nodes'][:3]]}"
        for violation in violations
        if violation["impact"] in SERIOUS
    ]
