from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.readers import remembered
from pipeline.readers.base import TextReader
from pipeline.readers.remembered import RememberedReader
from pipeline.regions import Picture


class Counting(TextReader):
    """Reads the shade of a crop, and says which it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def read_lines(self, crops: Sequence[Picture]) -> list[str]:
        texts = [str(crop[0, 0, 0]) for crop in crops]
        self.given += texts
        return texts


def shades(*values: int, width: int = 9) -> list[Picture]:
    return [np.full((4, width, 3), value, dtype=np.uint8) for value in values]


def test_equal_crops_are_read_once() -> None:
    inner = Counting()
    reader = RememberedReader(inner)

    assert reader.read_lines(shades(1, 2, 1)) == ["1", "2", "1"]
    assert reader.read_lines(shades(3, 2)) == ["3", "2"]
    assert reader.read_lines([]) == []
    assert inner.given == ["1", "2", "3"]


def test_crops_within_a_frame_are_compared_by_their_pixels() -> None:
    inner = Counting()
    reader = RememberedReader(inner)
    frame = np.zeros((40, 40, 3), dtype=np.uint8)
    frame[20, 20] = 7

    reader.read_lines([frame[:20, :20], frame[20:, 20:], frame[:20, 20:], frame[:10, :40]])

    assert inner.given == ["0", "7", "0"]  # the last has as many black pixels, in another shape


def test_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "TEXTS_KEPT", 2)
    inner = Counting()
    reader = RememberedReader(inner)

    for value in (1, 2, 1, 3, 1, 2):
        reader.read_lines(shades(value))

    assert inner.given == ["1", "2", "3", "2"]
