"""The list of jobs refreshes itself."""

from __future__ import annotations

from uuid import UUID

from playwright.sync_api import Page, expect

from forgesyte.tests.e2e.pages.conftest import Site

REFRESH_MS = 2000


def look(page: Page, *, away: bool) -> None:
    """As if the reader changed to another tab, or came back."""
    page.evaluate(
        "away => { Object.defineProperty(document, 'hidden', {value: away, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        away,
    )


def test_from_pending_to_completed(page: Page, site: Site) -> None:
    job_id = site.submit()
    page.goto("/")
    row = page.locator(f'tr[data-key="{job_id}"]')
    expect(row.locator(".badge")).to_have_text("pending")
    page.evaluate("document.body.dataset.same = 'yes'")
    site.begin(job_id)
    expect(row.locator(".badge")).to_have_text("running")
    expect(page.get_by_role("link", name="Running (1)")).to_be_visible()
    expect(page.locator("#summary")).to_contain_text(", 1 running, ")
    site.store.complete(UUID(job_id), "video_jobs/none.json")
    expect(row.locator(".badge")).to_have_text("completed")
    expect(row.locator(".field-duration")).not_to_contain_text("so far")
    assert page.evaluate("document.body.dataset.same") == "yes", "the page was loaded anew"


def test_focus_selection_scroll_and_nodes_stay(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1440, "height": 500})
    page.goto("/")
    row = f'tr[data-key="{site.completed}"]'
    page.evaluate(
        """selector => {
          const row = document.querySelector(selector);
          row.querySelector("a").focus();
          getSelection().selectAllChildren(row.querySelector(".field-pipeline"));
          row.kept = true;
          scrollTo(0, 120);
        }""",
        row,
    )
    added = site.submit()
    expect(page.locator(f'tr[data-key="{added}"]')).to_be_attached()
    kept = page.evaluate(
        """selector => {
          const row = document.querySelector(selector);
          const focus = document.activeElement === row.querySelector("a");
          return [row.kept, focus, getSelection().toString().trim(), scrollY >= 120];
        }""",
        row,
    )
    assert kept == [True, True, "yolo_ocr", True]
    site.begin(added)
    site.store.fail(UUID(added), "The test is over.")


def test_it_stops_while_nobody_looks_and_when_all_is_done(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.goto("/")
    with page.expect_request("**/"):
        page.clock.run_for(REFRESH_MS)
    look(page, away=True)
    page.wait_for_load_state("networkidle")
    asked.clear()
    page.clock.run_for(20 * REFRESH_MS)
    assert not asked
    done = page.content().replace('data-active="yes"', 'data-active="no"')
    page.route("**/", lambda route: route.fulfill(body=done, content_type="text/html"))
    with page.expect_request("**/"):
        look(page, away=False)
    expect(page.locator("#live")).to_have_attribute("data-active", "no")
    asked.clear()
    page.clock.run_for(20 * REFRESH_MS)
    assert not asked


def test_it_says_when_the_server_does_not_answer(
    page: Page, site: Site, problems: list[str]
) -> None:
    page.goto("/")
    page.route("**/*", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("This page may be out of date")
    page.unroute("**/*")
    expect(page.locator("#stale")).to_be_hidden()
    assert all("ERR_FAILED" in problem for problem in problems)
    problems.clear()
