"""The API's routes in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Browser, Page, expect

from forgesyte.tests.browser import assert_looks_right
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.e2e.pages.conftest import Site


def test_a_video_is_submitted_and_leads_to_its_page(page: Page, site: Site) -> None:
    page.goto("/v1/video/submit")
    expect(page).to_have_title("Submit a video | ForgeSyte")
    expect(page.get_by_role("radio", name=re.compile("^yolo_ocr ")).first).to_be_checked()
    assert_looks_right(page)
    page.get_by_label("File").set_input_files(TINY_MP4)
    page.get_by_role("radio", name="yolo_tesseract").check()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(re.compile("/jobs/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("tiny.mp4")
    job_id = page.url.rpartition("/")[2]
    assert site.store.get(UUID(job_id)).pipeline_id == "yolo_tesseract"


def test_a_reload_after_the_plain_form_submits_nothing(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/v1/video/submit")
    page.get_by_label("File").set_input_files(TINY_MP4)
    page.get_by_role("button", name="Submit").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    waiting = site.store.size()
    page.reload()
    assert site.store.size() == waiting
    context.close()


def test_several_videos_are_dropped_and_each_says_what_became_of_it(
    page: Page, problems: list[str], site: Site, tmp_path: Path
) -> None:
    no_video = tmp_path / "notes.mp4"
    no_video.write_text("notes")
    page.goto("/v1/video/submit")
    page.get_by_label("File").set_input_files([TINY_MP4, no_video])
    page.get_by_role("button", name="Submit").click()
    first, second = page.locator("#uploads li").all()
    expect(first).to_contain_text("tiny.mp4")
    expect(first.get_by_role("link")).to_have_attribute("href", re.compile("^/jobs/[0-9a-f-]{36}$"))
    expect(second).to_contain_text("is not an MP4")
    assert page.url.endswith("/v1/video/submit")
    assert_looks_right(page)
    assert [problem for problem in problems if "400" not in problem] == []
    problems.clear()


def test_a_missing_file_is_noticed_before_sending(page: Page, site: Site) -> None:
    page.goto("/v1/video/submit")
    waiting = site.store.size()
    page.get_by_role("button", name="Submit").click()
    assert page.get_by_label("File").evaluate("field => field.validity.valueMissing")
    assert site.store.size() == waiting


def test_a_job_s_routes_lead_to_its_page(page: Page, site: Site) -> None:
    page.goto(f"/v1/video/status/{site.pending}")
    expect(page.locator(".answer").first).to_contain_text('"status": "pending"')
    pictures = page.get_by_role("link", name="Job page")
    expect(pictures).to_have_attribute("href", f"/jobs/{site.pending}")


def test_results_are_shown_in_part_and_lead_to_all(page: Page, site: Site) -> None:
    page.goto(f"/v1/video/results/{site.completed}")
    expect(page.locator(".answer").first).to_contain_text('"text": "FORGE 42"')
    assert_looks_right(page)
    with page.expect_response(re.compile("format=json$")) as answer:
        page.get_by_role("link", name="results as JSON").click()
    assert len(answer.value.json()["results"]) == 12


def test_errors_are_shown(page: Page, problems: list[str], site: Site) -> None:
    page.goto(f"/v1/video/results/{site.pending}")
    expect(page.locator(".answer").first).to_contain_text("This job is pending")
    assert [problem for problem in problems if "404" not in problem] == []
    problems.clear()
