"""The API's routes in a real browser."""

from __future__ import annotations

import re
from uuid import UUID

from playwright.sync_api import Page, expect

from forgesyte.tests.browser import assert_looks_right
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.pages.conftest import Site


def test_a_video_is_submitted_and_followed(page: Page, site: Site) -> None:
    page.goto("/v1/video/submit")
    expect(page).to_have_title("Submit a video | ForgeSyte")
    expect(page.get_by_role("radio", name=re.compile("^yolo_ocr ")).first).to_be_checked()
    assert_looks_right(page)
    page.get_by_label("File").set_input_files(TINY_MP4)
    page.get_by_role("radio", name="yolo_tesseract").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".answer").first).to_contain_text("HTTP 202 Accepted")
    page.get_by_label("This job").get_by_role("link", name="Status").click()
    expect(page.locator(".answer").first).to_contain_text('"status": "pending"')
    job_id = page.url.rpartition("/")[2]
    assert site.store.get(UUID(job_id)).pipeline_id == "yolo_tesseract"
    pictures = page.get_by_role("link", name="Page with pictures")
    expect(pictures).to_have_attribute("href", f"/jobs/{job_id}")


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
