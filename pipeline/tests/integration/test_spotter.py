"""Text spotting in pictures that the tests draw."""

from functools import cache

import cv2
import numpy as np
import pytest

from pipeline.read.boxes import Picture
from pipeline.read.order import text_of
from pipeline.read.spotter import TextSpotter

WHITE = (255, 255, 255)


@cache
def spotter() -> TextSpotter:
    return TextSpotter()


def text_in(picture: Picture) -> str:
    return text_of(spotter().spot(picture))


def drawn(*lines: tuple[str, int, int], size_wh: tuple[int, int] = (640, 360)) -> Picture:
    """White lines on dark grey; of each the text and where its baseline starts."""
    picture = np.full((size_wh[1], size_wh[0], 3), 40, dtype=np.uint8)
    for text, x, y in lines:
        cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, 1.0, WHITE, 2, cv2.LINE_AA)
    return picture


def test_lines_are_read_in_reading_order() -> None:
    picture = drawn(("Second line here", 60, 200), ("HARBOUR STREET", 60, 100))
    assert text_in(picture) == "HARBOUR STREET\nSecond line here"


def test_the_box_of_a_line_is_in_pixels_of_the_picture() -> None:
    (line,) = spotter().spot(drawn(("HARBOUR STREET", 60, 100)))
    x1, y1, x2, y2 = line.xyxy
    assert 45 <= x1 <= 62 and 320 <= x2 <= 370
    assert 65 <= y1 <= 80 and 98 <= y2 <= 112
    assert line.confidence > 0.9


@pytest.mark.parametrize("degrees", [-25, 12, 90])
def test_slanting_lines_are_read(degrees: int) -> None:
    level = drawn(("HARBOUR STREET", 160, 320), size_wh=(600, 600))
    turn = cv2.getRotationMatrix2D((300, 300), degrees, 1)
    picture = cv2.warpAffine(level, turn, (600, 600), borderMode=cv2.BORDER_REPLICATE)
    assert text_in(np.asarray(picture, dtype=np.uint8)) == "HARBOUR STREET"


def test_a_picture_without_text_has_no_lines() -> None:
    assert spotter().spot(drawn()) == []
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), dtype=np.uint8)
    assert spotter().spot(noise) == []


@pytest.mark.parametrize("letter", ["7", "3", "A"])
def test_a_single_letter_is_read(letter: str) -> None:
    assert text_in(drawn((letter, 300, 190))) == letter


def test_a_ring_is_no_letter() -> None:
    picture = drawn()
    cv2.circle(picture, (320, 180), 40, WHITE, 8, cv2.LINE_AA)
    assert spotter().spot(picture) == []


def test_letters_made_of_dots_are_read() -> None:
    """As on displays of lamps."""
    letters = np.zeros((22, 120), dtype=np.uint8)
    cv2.putText(letters, "GATE 42", (4, 17), cv2.FONT_HERSHEY_PLAIN, 1.4, 255, 1)
    picture = drawn(size_wh=(1280, 720))
    for y, x in np.argwhere(letters > 127).tolist():
        cv2.circle(picture, (20 + 10 * x, 250 + 10 * y), 3, (60, 200, 255), -1, cv2.LINE_AA)
    assert text_in(picture) == "GATE 42"
