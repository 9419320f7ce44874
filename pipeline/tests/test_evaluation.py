"""The measuring itself: words, pictures, the camera, and the pictures that come along."""

from __future__ import annotations

import re
import shutil
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.evaluation.camera import FRAMES, SIZE, filmed, write_mp4
from pipeline.evaluation.make_images import (
    FONT_PACKAGES,
    FONTS,
    MAX_BYTES,
    SCENES,
    encode,
    main,
    page,
    scene_size,
    scene_words,
)
from pipeline.evaluation.pictures import OWN_PICTURES, UnusablePictures, find_pictures
from pipeline.evaluation.words import Reading, mean_recall, precision, words_of
from pipeline.training import fonts as training_fonts
from pipeline.video.reader import VideoReader

RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)


def reading(shown: str, reported: str) -> Reading:
    return Reading("sign.jpg", words_of([shown]), words_of([reported]))


def write_picture(path: Path, words: str | None) -> Path:
    cv2.imwrite(str(path), np.full((40, 60, 3), 200, np.uint8))
    if words is not None:
        path.with_suffix(".txt").write_text(words, encoding="utf-8")
    return path


def test_words_are_letters_and_digits_in_lower_case() -> None:
    texts = ["Don't stop,\nSTOP!", "at 10:30 -- für\tÉlise"]
    assert words_of(texts) == {"dont", "stop", "at", "1030", "für", "élise"}
    assert words_of(["", " - | "]) == frozenset()


def test_recall_and_precision_of_a_video() -> None:
    sign = reading("no parking at any time", "No parking, parking at tirne")
    assert sign.found == {"no", "parking", "at"}
    assert sign.recall == pytest.approx(3 / 5)
    assert precision([sign]) == pytest.approx(3 / 4)


def test_recall_is_the_mean_of_videos_and_precision_is_over_all_words() -> None:
    readings = [reading("a b c d", "a"), reading("x", "x y z")]
    assert mean_recall(readings) == pytest.approx((1 / 4 + 1) / 2)
    assert precision(readings) == pytest.approx(2 / 4)


def test_a_video_without_words_counts_for_precision_only() -> None:
    readings = [reading("exit", "exit"), reading("", "brick")]
    assert readings[1].recall is None
    assert mean_recall(readings) == 1.0
    assert precision(readings) == 0.5


def test_nothing_to_compare_has_no_figure() -> None:
    assert mean_recall([reading("", "brick")]) is None
    assert precision([reading("exit", "")]) is None


def test_pictures_are_found_with_their_words(tmp_path: Path) -> None:
    write_picture(tmp_path / "b.PNG", "Way out\n")
    write_picture(tmp_path / "a.jpg", "")
    (tmp_path / "notes.md").write_text("no picture")
    pictures = find_pictures(tmp_path)
    assert [(found.name, found.words) for found in pictures] == [
        ("a.jpg", frozenset()),
        ("b.PNG", {"way", "out"}),
    ]
    assert pictures[0].load().shape == (40, 60, 3)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusablePictures, match=r"There is no folder '.*none'"):
        find_pictures(tmp_path / "none")


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "sign.txt").write_text("exit")
    with pytest.raises(UnusablePictures, match=r"There is no picture in .* sign\.jpg beside"):
        find_pictures(tmp_path)


def test_a_picture_without_words(tmp_path: Path) -> None:
    write_picture(tmp_path / "door.jpg", None)
    with pytest.raises(UnusablePictures, match=r"^door\.jpg has no words: write .* into door\.txt"):
        find_pictures(tmp_path)


def test_words_that_are_no_text(tmp_path: Path) -> None:
    write_picture(tmp_path / "door.jpg", None)
    (tmp_path / "door.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(UnusablePictures, match=r"^door\.txt cannot be read as a text in UTF-8"):
        find_pictures(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_a_picture_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "door.jpg").write_bytes(content)
    (tmp_path / "door.txt").write_text("exit")
    (picture,) = find_pictures(tmp_path)
    with pytest.raises(UnusablePictures, match=r"^door\.jpg is not a picture that can be read"):
        picture.load()


def corners_picture() -> np.ndarray:
    """A square of four colours."""
    image = np.empty((400, 400, 3), np.uint8)
    image[:200, :200], image[:200, 200:] = RED, GREEN
    image[200:, :200], image[200:, 200:] = BLUE, WHITE
    return image


def test_the_first_frame_shows_the_whole_picture() -> None:
    frames = list(filmed(corners_picture(), "sign.jpg"))
    assert len(frames) == FRAMES
    assert {frame.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}
    # 720 x 720 in the middle of 1280 x 720
    seen = [tuple(frames[0][y, x]) for y in (5, 714) for x in (285, 994)]
    assert seen == [RED, GREEN, BLUE, WHITE]
    assert tuple(frames[0][360, 200]) == tuple(frames[0][360, 1100]) == (24, 24, 24)


def test_the_camera_comes_closer_and_moves_on() -> None:
    def margins(frame: np.ndarray) -> int:
        return int(np.count_nonzero((frame == 24).all(axis=2).all(axis=0)))

    frames = list(filmed(corners_picture(), "sign.jpg"))
    assert margins(frames[0]) > margins(frames[FRAMES // 4]) > margins(frames[FRAMES // 2])
    assert not np.array_equal(frames[FRAMES // 2], frames[-1])


def test_the_way_of_the_camera_depends_on_the_name_alone() -> None:
    image = corners_picture()
    first, again, other = (list(islice(filmed(image, name), 4))[-1] for name in ("a", "a", "b"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_large_picture_is_averaged_not_sampled() -> None:
    stripes = np.zeros((1440, 2560, 3), np.uint8)
    stripes[:, ::2] = 255
    assert abs(int(next(filmed(stripes, "a"))[360, 640, 0]) - 128) < 8


def test_a_film_is_an_mp4_that_the_pipeline_decodes(tmp_path: Path) -> None:
    video = write_mp4(corners_picture(), "sign.jpg", tmp_path / "0.mp4")
    frames = [frame.image for frame in VideoReader(video, PipelineConfig(tmp_path)).frames()]
    assert len(frames) == FRAMES
    assert abs(frames[0][5, 285].astype(int) - RED).max() < 30


def test_the_pictures_that_come_along() -> None:
    pictures = find_pictures(OWN_PICTURES)
    scenes = sorted(path.stem for path in SCENES.glob("*.html"))
    assert [picture.path.stem for picture in pictures] == scenes
    assert sum(not picture.words for picture in pictures) == 2
    sizes = [picture.path.stat().st_size for picture in pictures]
    assert max(sizes) < 200_000
    assert sum(sizes) < 2_500_000


@pytest.mark.parametrize("scene", sorted(SCENES.glob("*.html")), ids=lambda path: path.stem)
def test_each_picture_is_of_its_scene(scene: Path) -> None:
    text = scene.read_text(encoding="utf-8")
    picture = OWN_PICTURES / f"{scene.stem}.jpg"
    assert picture.with_suffix(".txt").read_text().split() == scene_words(text)
    image = cv2.imread(str(picture))
    assert image is not None
    assert (image.shape[1], image.shape[0]) == scene_size(text)
    families = {family for family, _ in FONTS}
    for used in re.findall(r"font(?:-family)?:[^;\"]*?([A-Z][a-z]+)", text):
        assert used in families


def test_no_font_of_the_training_is_used() -> None:
    assert not set(FONT_PACKAGES.split()) & set(training_fonts.FONT_PACKAGES.split())


def test_a_page_names_fonts_and_filters(tmp_path: Path) -> None:
    for file in FONTS.values():
        (tmp_path / file).touch()
    made = page('<main data-size="320x200">EXIT</main>', tmp_path)
    assert 'id="picture" style="width:320px;height:200px"' in made
    assert "Purisa.ttf" in made
    assert '<filter id="camera"' in made


def test_a_missing_font_names_the_packages(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="apt install fonts-adf-baskervald"):
        page('<main data-size="320x200">EXIT</main>', tmp_path)


def test_a_scene_is_painted_by_a_browser(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    assert browser, "There is no Chromium. Run `make setup`."
    fonts, output = tmp_path / "fonts", tmp_path / "pictures"
    fonts.mkdir()
    for file in FONTS.values():
        (fonts / file).touch()  # the browser takes another font
    main(["--fonts", str(fonts), "--chromium", browser, "--output", str(output), "neon"])
    (picture,) = find_pictures(output)
    assert picture.words == {"riverside", "diner", "open", "late"}
    image = picture.load()
    assert image.shape == (720, 1280, 3)
    assert image[0, 0].max() < 60  # a dark corner
    assert image[200:420].max() > 240  # bright letters


def test_a_scene_without_size() -> None:
    with pytest.raises(ValueError, match="data-size"):
        scene_size("<main>EXIT</main>")


def test_a_picture_is_encoded_small() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    content = encode(noise)
    assert len(content) <= MAX_BYTES
    assert content.startswith(b"\xff\xd8")
