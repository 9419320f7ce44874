"""Swagger UI in a real browser."""

from __future__ import annotations

import re
from uuid import UUID

from playwright.sync_api import Page, expect

from forgesyte.tests.browser import OVERFLOW, submit_in_swagger_ui
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.e2e.pages.conftest import Site


def test_a_video_is_submitted_in_swagger_ui(page: Page, site: Site) -> None:
    page.goto("/v1/docs")
    expect(page).to_have_title("API | ForgeSyte")
    answer = submit_in_swagger_ui(page, TINY_MP4)
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
