"""What is round and alone is no word."""

import string

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.ink import is_round_thing

Picture = npt.NDArray[np.uint8]
GRASS = (60, 120, 50)


def ground(width: int, height: int, colour: tuple[int, int, int] = GRASS) -> Picture:
    return np.full((height, width, 3), colour, dtype=np.uint8)


def glyphs(text: str, size: int) -> Picture:
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    image = Image.new("RGB", (right - left + size // 2, bottom - top + size // 3), "white")
    ImageDraw.Draw(image).text((size // 4 - left, size // 6 - top), text, "black", font)
    return np.asarray(image, dtype=np.uint8)


@pytest.mark.parametrize("radius", [10, 15, 40])
@pytest.mark.parametrize("rim", [None, (255, 255, 255), (0, 0, 0)])
@pytest.mark.parametrize("head", [None, (150, 190, 240)])
def test_discs_are_round(
    radius: int, rim: tuple[int, int, int] | None, head: tuple[int, int, int] | None
) -> None:
    crop, middle = ground(3 * radius, 3 * radius), (3 * radius // 2, 3 * radius // 2)
    cv2.circle(crop, middle, radius, (180, 40, 30), -1, cv2.LINE_AA)
    if rim:
        cv2.circle(crop, middle, radius, rim, max(1, radius // 8), cv2.LINE_AA)
    if head:
        cv2.circle(crop, middle, radius // 2, head, -1, cv2.LINE_AA)

    assert is_round_thing(crop)


def test_ring_is_round() -> None:
    crop = ground(60, 60)
    cv2.circle(crop, (30, 30), 20, (255, 255, 255), 3, cv2.LINE_AA)

    assert is_round_thing(crop)


@pytest.mark.parametrize("size", [12, 30, 80])
@pytest.mark.parametrize(
    "text", [*sorted(set(string.ascii_letters + string.digits) - set("Oo")), "10", "Q1", "OK", "Go"]
)
def test_letters_and_figures_are_not(text: str, size: int) -> None:
    crop = glyphs(text, size)

    assert not is_round_thing(crop)
    assert not is_round_thing(255 - crop)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (30, 30), (20, 400)])
def test_empty_crops_are_not(shape: tuple[int, int]) -> None:
    assert not is_round_thing(ground(shape[1], shape[0]))
