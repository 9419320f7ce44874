import cv2
import numpy as np
import pytest

from pipeline.read.boxes import LineBox, Picture
from pipeline.readers.base import (
    BORDER,
    LINE_HEIGHT,
    narrowed,
    padded,
    prepare_line,
)
from pipeline.results import Xyxy

Colour = tuple[int, int, int]


def crop_line(image: Picture, bbox: Xyxy) -> Picture:
    box = LineBox.upright(padded(bbox, (image.shape[1], image.shape[0])))
    return box.crop(image)


def picture(ink: Colour, ground: Colour, height: int = 60) -> Picture:
    image = np.full((height, 300, 3), ground, dtype=np.uint8)
    cv2.putText(image, "Goal", (40, height - 15), cv2.FONT_HERSHEY_SIMPLEX, height / 60, ink, 2)
    return image


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((255, 255, 255), (0, 0, 0)),
        ((60, 200, 240), (90, 40, 20)),
        ((120, 120, 120), (150, 150, 150)),
    ],
)
def test_text_becomes_dark_on_light(ink: Colour, ground: Colour) -> None:
    line = prepare_line(crop_line(picture(ink, ground), (30.0, 10.0, 250.0, 55.0)))

    inside = line[BORDER:-BORDER, BORDER:-BORDER]
    assert np.median(inside) > 200
    assert inside.min() == 0
    assert (line[:BORDER] == 255).all() and (line[:, -BORDER:] == 255).all()


@pytest.mark.parametrize("height", [12, 60, 400])
def test_lines_come_in_one_height(height: int) -> None:
    crop = crop_line(picture((0, 0, 0), (255, 255, 255), height), (0.0, 0.0, 300.0, height))
    line = prepare_line(crop)

    assert line.shape[0] == pytest.approx(LINE_HEIGHT + 2 * BORDER, abs=2)


@pytest.mark.parametrize("box", [(0.0, 0.0, 0.1, 0.1), (299.9, 59.9, 300.0, 60.0)])
def test_smallest_boxes_at_the_edges(box: tuple[float, float, float, float]) -> None:
    assert prepare_line(crop_line(picture((0, 0, 0), (255, 255, 255)), box)).size > 0


def test_uneven_light_is_taken_away() -> None:
    """A shadow that is darker than the letters elsewhere lies on the right half of the line."""
    lit = picture((90, 90, 90), (250, 250, 250)).astype(np.float64)
    lit[:, 150:] *= 0.3
    line = prepare_line(lit.astype(np.uint8))

    middle = line[line.shape[0] // 4 : -line.shape[0] // 4]
    left, right = middle[:, BORDER : line.shape[1] // 2 - 20], middle[:, line.shape[1] // 2 + 20 :]
    assert np.median(left) > 240
    assert np.median(right) > 240


@pytest.mark.parametrize("value", [0, 90, 255])
def test_picture_of_one_colour(value: int) -> None:
    plain = np.full((20, 30, 3), value, dtype=np.uint8)

    assert prepare_line(plain).shape[0] == LINE_HEIGHT + 2 * BORDER


def test_narrowed_takes_the_outermost_pixels_off() -> None:
    crop = np.zeros((40, 200, 3), dtype=np.uint8)
    inner = narrowed(crop)

    assert inner is not None
    assert inner.shape == (32, 188, 3)


@pytest.mark.parametrize(("height", "width"), [(9, 200), (40, 40), (3, 1)])
def test_narrowed_leaves_no_line(height: int, width: int) -> None:
    assert narrowed(np.zeros((height, width, 3), dtype=np.uint8)) is None
