"""The list of jobs in a real browser."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from forgesyte.tests.browser import assert_looks_right, opened_page
from forgesyte.tests.pages.conftest import MARKUP, Site
from jobs.locks import ProcessLock
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


def test_what_a_job_holds_is_shown_as_text(page: Page, site: Site) -> None:
    page.goto(f"/?q={site.old[0]}")
    expect(page.locator(".reason")).to_have_text(MARKUP)
    page.goto("/?q=<script>document.title='broken'</script>&status=<b>x</b>")
    expect(page).to_have_title("Jobs | ForgeSyte")
    expect(page.locator(".empty")).to_contain_text("No job ID starts with")
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


def test_without_scripts_times_are_utc(browser: Browser, site: Site) -> None:
    with opened_page(browser, site.url, javascript=False) as (page, problems):
        page.goto("/")
        utc = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
        expect(page.locator(".field-created time").first).to_have_text(utc)
        expect(page.get_by_role("link", name="Reload")).to_be_visible()
        assert not problems


def test_the_filter_counts_and_narrows(page: Page, site: Site) -> None:
    page.goto("/")
    for status, number in site.store.list_jobs(JobQuery()).all.items():
        name = f"{status.capitalize()} ({number})"
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    page.goto(f"/?q={site.completed}")
    page.get_by_role("link", name="Completed (1)").click()
    assert shown(page) == [site.completed]
    page.get_by_role("link", name="Running (0)").click()
    expect(page.locator(".empty")).to_contain_text("No running job whose ID starts with")
    page.get_by_role("link", name="Show all jobs").click()
    expect(page.locator(ROWS)).to_have_count(50)


def test_search_by_the_beginning_of_a_job_id(page: Page, site: Site) -> None:
    page.goto("/?status=failed")
    page.get_by_role("textbox", name="Job ID").fill(f" {site.old[7][:13].upper()} ")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_have_attribute("data-key", site.old[7])
    expect(page.get_by_role("link", name="Failed (1)")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Pending (0)").click()
    expect(page.locator(".empty")).to_contain_text("No pending job whose ID starts with")


@pytest.mark.parametrize("asked", ["abc", "0", "-2", str(10**30)])
def test_a_page_that_is_none(page: Page, site: Site, asked: str) -> None:
    page.goto(f"/?p={asked}")
    number = -(-stored(site, 1)[1] // 50) if len(asked) > 30 else 1
    expect(page.locator(".paginator .this-page")).to_have_text(str(number))
    assert shown(page) == stored(site, number)[0]


def test_whether_a_worker_is_at_work(page: Page, site: Site) -> None:
    page.goto("/")
    expect(page.locator("#worker")).to_contain_text("No worker is running.")
    lock = ProcessLock(site.installation.data_dir / "run" / "worker.lock")
    assert lock.acquire()
    try:
        page.reload()
        expect(page.locator("#worker")).to_contain_text("The worker is idle (process ")
        job_id = site.submit()
        site.begin(job_id)
        page.reload()
        expect(page.locator("#worker")).to_contain_text("The worker reads a video:")
        expect(page.locator("#worker").get_by_role("link")).to_have_text(job_id)
    finally:
        lock.release()
    page.reload()
    expect(page.locator("#worker")).to_contain_text(f"Job {job_id} was interrupted.")
    site.store.fail(UUID(job_id), "The test is over.")


def test_the_list_looks_right(page: Page) -> None:
    page.goto("/?p=3")
    assert_looks_right(page)
    page.goto("/?q=zz&status=none")
    assert_looks_right(page)
