"""The pages of an installation from its first moment on: empty, at work, out of order."""

from __future__ import annotations

import re
import signal

from playwright.sync_api import Browser, Page, expect

from forgesyte.installation import Installation
from forgesyte.tests.browser import assert_looks_right, opened_page
from forgesyte.tests.conftest import JOB_S, TINY_MP4

STORE_S = 60


def test_empty_then_at_work_then_out_of_order_then_back(
    browser: Browser, installation: Installation
) -> None:
    """The worker comes first, so it owns the job store: frozen, it leaves the API without one."""
    worker = installation.start_worker()
    installation.start_api()
    with installation.client() as client, opened_page(browser, client.url) as (page, problems):
        page.goto("/")
        expect(page.locator(".empty")).to_contain_text("No jobs yet.")
        expect(page.locator("#worker")).to_have_text(f"The worker is idle (process {worker.pid})")
        assert_looks_right(page)

        job_id = client.submit(TINY_MP4).json()["job_id"]
        page.reload()
        badge = page.locator(f'tr[data-key="{job_id}"] .badge')
        expect(badge).to_have_text("completed", timeout=JOB_S * 1000)
        expect(page.locator("#worker")).to_contain_text("The worker is idle")
        expect(page.locator("#live")).to_have_attribute("data-active", "no")
        assert not problems

        worker.popen.send_signal(signal.SIGSTOP)
        try:
            answer = page.goto("/", timeout=STORE_S * 1000)
            assert answer is not None and answer.status == 503
            expect(page.locator(".errornote")).to_contain_text("Try again in a few seconds.")
            assert_looks_right(page)
        finally:
            worker.popen.send_signal(signal.SIGCONT)
        page.get_by_role("link", name="Try again").click()
        expect(badge).to_have_text("completed")
        assert all("503" in problem for problem in problems)


def test_an_address_that_leads_nowhere(page: Page, problems: list[str]) -> None:
    answer = page.goto("/nowhere/<script>")
    assert answer is not None and answer.status == 404
    expect(page.get_by_role("heading", name="Not Found")).to_be_visible()
    assert_looks_right(page)
    page.get_by_role("link", name="all jobs").click()
    expect(page).to_have_url(re.compile(r"/$"))
    assert all("404" in problem for problem in problems)
    problems.clear()
