"""Swagger UI in a real browser."""

from __future__ import annotations

import re
from uuid import UUID

from playwright.sync_api import Page, expect

from forgesyte.tests.browser import OVERFLOW
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.pages.conftest import Site


def test_a_video_is_submitted_in_swagger_ui(page: Page, site: Site) -> None:
    page.goto("/v1/docs")
    expect(page).to_have_title("API | ForgeSyte")
    operation = page.locator("#operations-video-submit_video")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("input[type=file]").set_input_files(TINY_MP4)
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_contain_text("202")
    found = re.search(
        r'"job_id": "(.+?)"', answer.locator(".response-col_description").inner_text()
    )
    assert found is not None
    assert site.store.get(UUID(found[1])).pipeline_id == "yolo_ocr"


def test_all_operations_are_described_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 900})
    page.goto("/v1/docs")
    expect(page.locator(".opblock")).to_have_count(3)
    for operation in page.locator(".opblock-summary-control").all():
        operation.click()
    expect(page.locator(".opblock-body .responses-table").first).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0
