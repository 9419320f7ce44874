"""The list of jobs in a real browser."""

from __future__ import annotations

import re
from uuid import UUID

from playwright.sync_api import Page, expect

from forgesyte.tests.pages.conftest import MARKUP, OLD_JOBS, Site

ROWS = "#result_list tbody tr"


def row(page: Page, job_id: str) -> str:
    return f'tr[data-key="{job_id}"]'


def test_the_newest_jobs_come_first_fifty_a_page(page: Page, site: Site) -> None:
    page.goto("/")
    expect(page.locator(ROWS)).to_have_count(50)
    newest = page.locator(ROWS).first
    expect(newest.get_by_role("link")).to_have_attribute("href", f"/jobs/{site.pending}")
    expect(newest.locator(".badge")).to_have_text("pending")
    expect(newest.locator(".field-pipeline")).to_have_text("yolo_ocr")
    expect(newest.locator(".field-duration")).to_have_text(re.compile(r"^[\d.]+ \w+.* so far$"))
    done = page.locator(row(page, site.completed))
    expect(done.locator(".field-duration")).to_have_text(re.compile(r"^[\d.]+ s$"))
    page.get_by_role("link", name="Page 3").click()
    expect(page.locator(ROWS)).to_have_count(OLD_JOBS + 3 - 100)
    expect(page.locator(ROWS).last).to_have_attribute("data-key", site.old[0])
    expect(page.locator(".paginator")).to_contain_text(f"{OLD_JOBS + 3} jobs")


def test_what_a_job_holds_is_shown_as_text(page: Page, site: Site) -> None:
    page.goto(f"/?q={site.old[0]}")
    expect(page.locator(".reason")).to_have_text(MARKUP)
    page.goto("/?q=<script>document.title='broken'</script>&status=<b>x</b>")
    expect(page).to_have_title("Jobs | ForgeSyte")
    expect(page.locator(".empty")).to_contain_text("is no beginning of a job id")
    expect(page.locator(".errornote")).to_contain_text("There is no status “<b>x</b>”")
    expect(page.locator("#searchbar")).to_have_value("<script>document.title='broken'</script>")


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
