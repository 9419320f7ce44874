"""The page of a job in a real browser."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from forgesyte.installation import Installation
from forgesyte.tests.browser import assert_looks_right, opened_page
from forgesyte.tests.pages.gallery import (
    FRAMES,
    MARKUP,
    Gallery,
    found,
    make_jobs,
)
from jobs.store.gateway import JobStoreGateway
from pipeline.tests.video_files import write_video

STRIP = ".strip li"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "video_jobs").mkdir()
    ids = make_jobs(folder, write_video(folder / "source.mp4", FRAMES))
    with Installation(folder) as installation:
        installation.start_api()
        store = JobStoreGateway(folder / "run", lambda: pytest.fail("the API is gone"))
        yield Gallery(installation.url, folder, store, ids)
        store.close()


@pytest.fixture
def opened(browser: Browser, gallery: Gallery) -> Iterator[tuple[Page, list[str]]]:
    with opened_page(browser, gallery.url) as opened:
        yield opened


@pytest.fixture
def visit(page: Page, gallery: Gallery) -> Callable[[str], Page]:
    """Open the page of a job by its name in the gallery."""

    def go(name: str) -> Page:
        page.goto(f"/jobs/{gallery.ids[name]}")
        return page

    return go


def assert_pictures_load(page: Page) -> None:
    """Raises if one of them cannot be decoded."""
    for picture in page.locator(".picture img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")


def test_completed_job(visit: Callable[[str], Page], gallery: Gallery) -> None:
    page = visit("done")
    expect(page.get_by_role("heading", level=1)).to_contain_text(gallery.ids["done"])
    expect(page.locator("h1 .badge")).to_have_text("completed")
    expect(page.locator(".life .step strong")).to_have_text(["Submitted", "Completed"])
    facts = page.locator(".facts")
    for fact in ("320 \u00d7 240", "2.40 s", "25", "MPEG-4", "60", "yolo_ocr"):
        expect(facts).to_contain_text(fact)
    expect(page.locator(STRIP).filter(has_text="first car")).to_have_count(1)
    expect(page.locator(STRIP).filter(has_text="first bus")).to_have_count(1)
    expect(page.locator(STRIP).first).to_contain_text("text 88%, text 88%")
    expect(page.locator(STRIP).first.locator("rect.box")).to_have_count(2)
    assert_pictures_load(page)
    lanes = page.locator(".chart .lane-title strong")
    expect(lanes).to_have_text(["text", "car", "bus"])
    title = page.locator(".texts .lane").filter(has_text="OPENING TITLE")
    expect(title.get_by_role("link")).to_have_text("0:00.0\u20130:01.2")
    assert_looks_right(page)


def test_moment_by_click(visit: Callable[[str], Page]) -> None:
    page = visit("done")
    page.evaluate("window.same = true")
    page.locator(STRIP).filter(has_text="first bus").get_by_role("link").click()
    expect(page.locator("#moment h2")).to_have_text("Frame 45 at 0:01.8")
    expect(page.locator("#moment text.label")).to_have_text(["bus 88%", "car 88%"])
    expect(page.locator("#moment tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"frame=45#moment$"))
    assert page.evaluate("window.same"), "the page was loaded anew"
    lane = page.locator(".graph").first
    box = lane.bounding_box()
    assert box is not None
    lane.click(position={"x": box["width"] * 10.5 / FRAMES, "y": 10})
    expect(page.locator("#moment h2")).to_contain_text("Frame 10 ")
    expect(page.locator("#moment pre")).to_have_text("OPENING TITLE\nSECOND LINE")
    now = page.locator("line.now").first
    expect(now).to_have_attribute("x1", "175.0")
    page.go_back()
    expect(page.locator("#moment h2")).to_contain_text("Frame 45 ")


def test_moment_by_keyboard(visit: Callable[[str], Page]) -> None:
    page = visit("done")
    page.get_by_role("link", name="first bus").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#moment h2")).to_be_focused()
    expect(page.locator("#moment h2")).to_contain_text("Frame 45 ")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#moment h2")).to_contain_text("Frame 46 ")
    expect(page.get_by_role("link", name="Next frame")).to_be_focused()
    page.get_by_role("link", name="Back 1 s").press("Enter")
    expect(page.locator("#moment h2")).to_contain_text("Frame 21 ")
    expect(page.get_by_role("link", name="Back 1 s")).to_be_focused()


def test_without_javascript(browser: Browser, gallery: Gallery) -> None:
    with opened_page(browser, gallery.url, javascript=False) as (page, problems):
        page.goto(f"/jobs/{gallery.ids['done']}")
        page.locator(STRIP).filter(has_text="first bus").get_by_role("link").click()
        expect(page.locator("#moment h2")).to_have_text("Frame 45 at 0:01.8")
        expect(page.locator("#moment rect.box")).to_have_count(2)
        address = page.locator("#moment img").get_attribute("src")
        assert page.request.get(gallery.url + str(address)).headers["content-type"] == "image/jpeg"
        expect(page.locator(".graph path.area")).to_have_count(3)
        expect(page.locator(STRIP).first.locator("img")).to_be_visible()
        assert not problems


def test_markup_is_text(visit: Callable[[str], Page]) -> None:
    page = visit("markup")
    expect(page.locator("#moment pre")).to_have_text(MARKUP)
    expect(page.locator("#moment tbody td").first).to_have_text(MARKUP[:60])
    expect(page.locator("#moment text.label").first).to_contain_text("<script>document.title")
    expect(page.locator(".texts .line").first).to_have_text(MARKUP)
    expect(page.locator(".picture script, .lane script, #content b")).to_have_count(0)
    assert "Completed job" in page.title()


def test_failed_job(visit: Callable[[str], Page]) -> None:
    page = visit("failed")
    expect(page.locator("#error")).to_have_text(f"The video is damaged. {MARKUP}")
    expect(page.locator(".life .step strong")).to_have_text(["Submitted", "Failed"])
    expect(page.locator(".facts")).to_contain_text("320 \u00d7 240")
    expect(page.locator("img")).to_have_count(0)
    assert_looks_right(page)


@pytest.mark.parametrize(
    ("name", "reason"), [("gone", "has been removed"), ("damaged", "cannot be decoded")]
)
def test_without_pictures_the_rest_of_the_page_stands(
    name: str, reason: str, visit: Callable[[str], Page]
) -> None:
    page = visit(name)
    expect(page.locator(".note")).to_contain_text(reason)
    expect(page.locator(STRIP).filter(has_text="first bus")).to_have_count(1)
    expect(page.locator(".chart .lane-title strong")).to_have_text(["text", "car", "bus"])
    expect(page.locator("img")).to_have_count(0)
    if name == "gone":
        assert_looks_right(page)


def test_page_follows_a_job_to_its_end(visit: Callable[[str], Page], gallery: Gallery) -> None:
    page = visit("pending")
    expect(page.locator("h1 .badge")).to_have_text("pending")
    expect(page.get_by_role("status")).to_contain_text("No worker is running.")
    assert gallery.store.claim() is not None
    expect(page.locator("h1 .badge")).to_have_text("running")
    job_id = gallery.ids["pending"]
    name = gallery.results(job_id, [found(frame, "FORGE 42", "text") for frame in range(12)])
    gallery.store.complete(uuid.UUID(job_id), name)
    expect(page.locator("h1 .badge")).to_have_text("completed")
    expect(page.locator("#moment pre")).to_have_text("FORGE 42")
    assert_pictures_load(page)
