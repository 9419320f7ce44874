"""The list of jobs in a real browser."""

from __future__ import annotations

import re
from uuid import UUID

from playwright.sync_api import Browser, Page, expect

from forgesyte.tests.browser import assert_looks_right, opened_page
from forgesyte.tests.e2e.pages.conftest import Site
from jobs.models import JobQuery

ROWS = "#result_list tbody tr"


def row(page: Page, job_id: str) -> str:
    return f'tr[data-key="{job_id}"]'


def shown(page: Page) -> list[str]:
    """The ids of the jobs on the page."""
    found: list[str] = page.locator(ROWS).evaluate_all("rows => rows.map(row => row.dataset.key)")
    return found


def stored(site: Site, number: int) -> tuple[list[str], int]:
    """The ids on a page of the list as the job store gives it, and how many jobs there are."""
    page = site.store.list_jobs(JobQuery(number=number))
    return [str(job.job_id) for job in page.jobs], sum(page.all.values())


def test_the_newest_jobs_come_first_fifty_a_page(page: Page, site: Site) -> None:
    page.goto("/")
    newest, total = stored(site, 1)
    assert shown(page) == newest
    assert len(newest) == 50
    expect(page.locator(".paginator")).to_contain_text(f"{total} jobs")
    page.get_by_role("link", name=f"Page {-(-total // 50)}").click()
    expect(page.locator(ROWS).last).to_have_attribute("data-key", site.old[0])
    assert shown(page) == stored(site, total)[0]


def test_what_is_shown_of_a_job(page: Page, site: Site) -> None:
    page.goto(f"/?q={site.pending}")
    pending = page.locator(row(page, site.pending))
    expect(pending.get_by_role("link")).to_have_attribute("href", f"/jobs/{site.pending}")
    expect(pending.locator(".badge")).to_have_text("pending")
    expect(pending.locator(".field-pipeline")).to_have_text("yolo_ocr")
    expect(pending.locator(".field-duration")).to_have_text(re.compile(r"^\d.* so far$"))
    page.goto(f"/?q={site.completed}")
    done = page.locator(row(page, site.completed))
    expect(done.locator(".badge")).to_have_text("completed")
    expect(done.locator(".field-duration")).to_have_text(re.compile(r"^\d[^o]* s$"))


def test_times_are_local_and_exact_in_utc_on_hover(page: Page, site: Site) -> None:
    page.goto(f"/?q={site.completed}")
    time = page.locator(".field-created time")
    exact = site.store.get(UUID(site.completed)).created_at
    expect(time).to_have_attribute("title", f"{exact:%Y-%m-%d %H:%M:%S.%f} UTC")
    local = page.evaluate(
        "iso => new Intl.DateTimeFormat('en-GB', {dateStyle: 'medium', timeStyle: 'medium',"
        " timeZone: 'Asia/Kolkata'}).format(new Date(iso))",
        exact.isoformat(),
    )
    expect(time).to_have_text(local)


def test_without_scripts_times_are_utc(browser: Browser, site: Site) -> None:
    with opened_page(browser, site.url, javascript=False) as (page, problems):
        page.goto("/")
        utc = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
        expect(page.locator(".field-created time").first).to_have_text(utc)
        expect(page.get_by_role("link", name="Reload")).to_be_visible()
        assert not problems


def test_the_list_looks_right(page: Page) -> None:
    page.goto("/?p=3")
    assert_looks_right(page)
    page.goto("/?q=zz&status=none")
    assert_looks_right(page)
