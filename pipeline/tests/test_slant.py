import cv2
import numpy as np
import pytest

from pipeline.regions import Picture, crop_line
from pipeline.results import Xyxy
from pipeline.slant import straightened
from pipeline.tools.ocr import make_reader
from pipeline.tools.registry import ExtractTextOptions

SIZE = 760, 480


def turned_line(degrees: float, light: bool = False) -> tuple[Picture, Xyxy]:
    """A frame with one line, turned anticlockwise, and the upright box around it."""
    width, height = SIZE
    ink = np.zeros((height, width), dtype=np.uint8)
    cv2.putText(ink, "Forge report 42", (180, 255), cv2.FONT_HERSHEY_DUPLEX, 1.5, 255, 3)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    ink = cv2.warpAffine(ink, turn, SIZE, flags=cv2.INTER_CUBIC)
    x, y, wide, high = cv2.boundingRect((ink > 128).astype(np.uint8))
    frame = cv2.merge([ink if light else 255 - ink] * 3)
    return frame, (float(x), float(y), float(x + wide), float(y + high))


@pytest.mark.parametrize("degrees", [0, 0.5, -1])
def test_level_lines_are_left_as_they_are(degrees: float) -> None:
    frame, box = turned_line(degrees)
    crop = crop_line(frame, box)

    assert straightened(crop) is crop


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("degrees", [-30, -12, -5, 5, 12, 30])
def test_slanting_lines_become_level(degrees: float, light: bool) -> None:
    frame, box = turned_line(degrees, light)
    crop = crop_line(frame, box)

    level = straightened(crop)

    assert level.shape[0] < crop.shape[0]
    reader = make_reader(ExtractTextOptions(reader="tesserocr"))
    assert reader.read_lines([level]) == ["Forge report 42"]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 3), (50, 1, 3), (20, 30, 3)])
def test_nothing_to_turn(shape: tuple[int, int, int]) -> None:
    crop = np.full(shape, 90, dtype=np.uint8)

    assert straightened(crop) is crop


def test_noise_is_not_turned() -> None:
    crop = np.random.default_rng(3).integers(0, 256, (60, 200, 3)).astype(np.uint8)

    assert straightened(crop) is crop
