"""The page of a job in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from forgesyte.installation import Installation
from forgesyte.tests.browser import assert_looks_right, opened_page
from forgesyte.tests.e2e.pages.gallery import (
    BLOCK,
    FRAMES,
    MARKUP,
    STEP,
    UNEVEN,
    Gallery,
    complete,
    found,
    make_jobs,
)
from jobs.store.gateway import JobStoreGateway

ROWS = "#lines tbody tr"
ON_SCREEN = "#lines tr.on td:last-child"
# The frame that the overlay was drawn for, its first box, and the middle of the white block as the
# shown picture has it: both in pixels of the picture.
SEEN = """() => {
  const video = document.querySelector("video"), canvas = document.createElement("canvas");
  const svg = document.querySelector(".stage svg"), box = svg.querySelector("rect.box");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let x = 0, y = 0, count = 0;
  for (let place = 0; place < data.length; place += 4) {
    if (data[place] < 180) continue;
    x += (place / 4) % canvas.width; y += Math.floor(place / 4 / canvas.width); count += 1;
  }
  const of = (name) => Number(box.getAttribute(name));
  return {
    frame: Number(svg.dataset.frame), block: [x / count, y / count],
    box: [of("x") + of("width") / 2, of("y") + of("height") / 2],
  };
}"""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    folder = tmp_path_factory.mktemp("gallery")
    ids = make_jobs(folder)
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


def seek(page: Page, seconds: float) -> None:
    page.evaluate("time => { document.querySelector('video').currentTime = time; }", seconds)


def shows(page: Page, frame: int) -> dict[str, Any]:
    """Wait until boxes are drawn for this frame; what is seen then."""
    expect(page.locator(".stage svg")).to_have_attribute("data-frame", str(frame))
    seen: dict[str, Any] = page.evaluate(SEEN)
    return seen


def test_completed_job(visit: Callable[[str], Page], gallery: Gallery) -> None:
    page = visit("done")
    expect(page.locator("h1")).to_have_text("Новости done.mp4 completed")
    expect(page).to_have_title("Новости done.mp4, completed | ForgeSyte")
    expect(page.locator(".life .step strong")).to_have_text(["Submitted", "Started", "Completed"])
    facts = page.locator(".facts")
    for fact in ("320 \u00d7 240", "2.40 s", "25", "H.264", "60", "yolo_ocr"):
        expect(facts).to_contain_text(fact)
    expect(page.locator(".strip .caption")).to_have_text(
        ["0:00.0 new text", "0:01.8 first car, bus"]
    )
    for picture in page.locator(".strip img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
    expect(page.locator(".chart .lane-title strong")).to_have_text(["car", "text", "bus"])
    expect(page.locator(ROWS)).to_have_text("0:00.00:01.2OPENING TITLE")
    assert_looks_right(page)


@pytest.mark.parametrize("name", ["done", "uneven", "turned"])
def test_boxes_are_those_of_the_shown_frame(name: str, visit: Callable[[str], Page]) -> None:
    page, chance = visit(name), Random(16)
    times = UNEVEN if name == "uneven" else [n / 25 for n in range(FRAMES)]
    shows(page, 0)
    for frame in [chance.randrange(FRAMES) for _ in range(20)]:
        behind = times[frame + 1] if frame + 1 < FRAMES else times[frame] + 0.02
        seek(page, chance.uniform(times[frame] + 0.002, behind - 0.002))
        seen = shows(page, frame)
        middle = STEP * frame + BLOCK / 2
        expected = (128, middle) if name == "turned" else (middle, 112)
        assert seen["box"] == pytest.approx(expected)
        assert seen["block"] == pytest.approx(expected, abs=2), frame


def test_boxes_while_the_video_plays(visit: Callable[[str], Page]) -> None:
    page = visit("done")
    shows(page, 0)
    page.evaluate("""() => {
      window.steps = [];
      const video = document.querySelector("video"), svg = document.querySelector(".stage svg");
      const look = (_, { mediaTime }) => {
        // After the page's own call for this frame.
        queueMicrotask(() => steps.push([Math.round(mediaTime * 25), Number(svg.dataset.frame)]));
        video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    }""")
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.evaluate("""() => new Promise((done) => {
      const video = document.querySelector("video");
      if (video.ended) done();
      video.addEventListener("ended", done);
    })""")
    steps = page.evaluate("steps")
    assert len(steps) > 10
    assert [shown for shown, _ in steps] == [drawn for _, drawn in steps]


def test_table_follows_and_leads(visit: Callable[[str], Page]) -> None:
    page = visit("done")
    expect(page.locator(ON_SCREEN)).to_have_text("OPENING TITLE")
    page.locator(".strip a").last.click()
    shows(page, 45)
    expect(page.locator(ON_SCREEN)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"#t=1\.8$"))
    expect(page.locator("line.now").first).to_have_attribute(
        "transform", f"translate({45.5 / 60 * 1000})"
    )
    page.locator(ROWS).get_by_role("link").click()
    shows(page, 0)
    expect(page.locator(ON_SCREEN)).to_have_text("OPENING TITLE")


def test_address_of_a_moment(page: Page, gallery: Gallery) -> None:
    page.goto(f"/jobs/{gallery.ids['done']}#t=1.8")
    shows(page, 45)
    expect(page.locator(".stage text.label")).to_have_text(["car 88%", "bus 88%"])


def test_keyboard(visit: Callable[[str], Page]) -> None:
    page = visit("uneven")
    shows(page, 0)
    for key, frame in (
        (".", 1),
        (".", 2),
        (".", 3),
        (",", 2),
        ("ArrowRight", 59),
        ("ArrowLeft", 0),
    ):
        page.keyboard.press(key)
        shows(page, frame)
    page.get_by_label("Boxes").uncheck()
    expect(page.locator(".stage svg")).to_be_hidden()
    page.get_by_role("button", name="Next frame").click()
    expect(page.locator("#position")).to_have_text("Frame 1")


def test_labels_cover_neither_boxes_nor_each_other(visit: Callable[[str], Page]) -> None:
    page = visit("done")
    for seconds, frame in ((0.41, 10), (1.81, 45)):
        seek(page, seconds)
        shows(page, frame)
        overlaps = page.evaluate("""() => {
          const all = [...document.querySelectorAll(".stage rect.box, .stage text.label")];
          const areas = all.map((one) => [one.localName, one.getBoundingClientRect()]);
          return areas.flatMap(([kind, a], n) => areas.slice(0, n).filter(([other, b]) =>
            (kind === "text" || other === "text") &&
            a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3));
        }""")
        assert overlaps == []


def test_long_text_is_complete_and_searchable(visit: Callable[[str], Page]) -> None:
    page = visit("long")
    expect(page.locator(ROWS)).to_have_count(30 * FRAMES)
    expect(page.locator(".more")).to_have_count(0)
    page.get_by_label("Find in the text").fill("178")
    visible = page.locator(f"{ROWS}:not([hidden])")
    expect(visible).to_have_count(12)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0] == "0:00.2\t0:00.2\t178"
    assert len(copied) == 12


def test_video_that_the_browser_cannot_play(visit: Callable[[str], Page]) -> None:
    page = visit("unplayable")
    expect(page.locator("#no-codec")).to_contain_text("cannot play this video (MPEG-4)")
    expect(page.locator(".stage img")).to_have_attribute("src", re.compile("/stills/0$"))
    expect(page.locator(".stage svg")).to_have_attribute("data-frame", "0")
    page.locator(".strip a").last.click()
    expect(page.locator(".stage img")).to_have_attribute("src", re.compile("/stills/1$"))
    expect(page.locator(".stage svg")).to_have_attribute("data-frame", "45")
    assert_looks_right(page)


def test_without_javascript(browser: Browser, gallery: Gallery) -> None:
    with opened_page(browser, gallery.url, javascript=False) as (page, problems):
        page.goto(f"/jobs/{gallery.ids['long']}")
        expect(page.locator(".strip img").first).to_be_visible()
        expect(page.locator(ROWS)).to_have_count(500)
        expect(page.get_by_role("button")).to_have_count(0)
        page.get_by_role("link", name="Show 1,300 more").click()
        expect(page.locator(ROWS)).to_have_count(30 * FRAMES)
        address = page.locator(ROWS).last.get_by_role("link").get_attribute("href")
        assert address == f"/jobs/{gallery.ids['long']}/video#t=2.36"
        assert not problems


def test_markup_is_text(visit: Callable[[str], Page]) -> None:
    page = visit("markup")
    expect(page.locator(f"{ROWS} td").last).to_have_text(MARKUP)
    expect(page.locator(".stage text.label")).to_contain_text("<script>document.title")
    expect(page.locator(".lane-title strong")).to_have_text(MARKUP[:60])
    expect(page.locator(".stage script, .lane script, #content b")).to_have_count(0)


def test_failed_job(visit: Callable[[str], Page]) -> None:
    page = visit("failed")
    expect(page.locator("#error")).to_have_text(f"The video is damaged. {MARKUP}")
    expect(page.locator("h1 .name")).to_have_text("b>")
    expect(page.locator(".life .step strong")).to_have_text(["Submitted", "Failed"])
    expect(page.locator("img, video")).to_have_count(0)
    assert_looks_right(page)


def test_results_outlive_their_video(visit: Callable[[str], Page]) -> None:
    page = visit("gone")
    expect(page.locator(".note")).to_contain_text(["has been removed from the data folder"])
    expect(page.locator(".stage img")).to_be_visible()
    page.locator(".strip a").last.click()
    expect(page.locator(".stage svg")).to_have_attribute("data-frame", "45")
    assert_looks_right(page)


@pytest.mark.parametrize("name", ["earlier", "empty"])
def test_little_to_show(name: str, visit: Callable[[str], Page]) -> None:
    page = visit(name)
    if name == "earlier":
        expect(page.locator(ROWS)).to_have_text("frame 0frame 30OPENING TITLE")
        expect(page.locator(".controls, .strip")).to_have_count(0)
    else:
        expect(page.locator(".lines")).to_contain_text("No text was found.")
        expect(page.locator(".strip .caption")).to_have_text(["0:00.0 start", "0:01.4 new picture"])
    expect(page.locator("video")).to_be_visible()
    assert_looks_right(page)


def test_page_follows_a_job_to_its_end(visit: Callable[[str], Page], gallery: Gallery) -> None:
    page = visit("pending")
    expect(page.locator("h1 .badge")).to_have_text("pending")
    expect(page.get_by_role("status")).to_contain_text("No worker is running.")
    assert gallery.store.claim() is not None
    expect(page.locator("h1 .badge")).to_have_text("running")
    items = [found(frame, "FORGE 42", "text") for frame in range(12)]
    complete(gallery.folder, gallery.store, gallery.ids["pending"], items)
    expect(page.locator("h1 .badge")).to_have_text("completed")
    expect(page.locator(f"{ROWS} td").last).to_have_text("FORGE 42")
