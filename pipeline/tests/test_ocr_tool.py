"""ocr.extract_text with a reader that knows what stands where."""

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.readers.base import TextReader
from pipeline.regions import Picture
from pipeline.results import Detection, FrameResult, Xyxy
from pipeline.tools import ocr
from pipeline.tools.registry import ExtractTextOptions

SIZE = 320, 240


class ReaderOfColours(TextReader):
    """Reads the text that belongs to the colour of the crop's middle."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def read_lines(self, crops: Sequence[Picture]) -> list[str]:
        return [self._texts[crop[crop.shape[0] // 2, crop.shape[1] // 2, 0]] for crop in crops]


def text_of(
    found: dict[Xyxy, str],
    config: PipelineConfig,
    monkeypatch: pytest.MonkeyPatch,
    options: ExtractTextOptions | None = None,
    label: str = "text",
) -> str:
    monkeypatch.setattr(ocr, "make_reader", lambda options: ReaderOfColours([*found.values()]))
    frame = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
    for number, (x1, y1, x2, y2) in enumerate(found):
        frame[int(y1) : int(y2), int(x1) : int(x2)] = number
    detections = tuple(Detection(box, label, 0.9) for box in found)
    tool = ocr.TextExtractor(options or ExtractTextOptions(), config)
    return tool.apply(frame, FrameResult(0, SIZE, detections)).text


def test_lines_in_reading_order(config: PipelineConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        (20.0, 100.0, 120.0, 120.0): "Third line",
        (150.0, 20.0, 300.0, 40.0): "second",
        (20.0, 20.0, 100.0, 40.0): "First",
        (20.0, 60.0, 100.0, 80.0): "",
    }

    assert text_of(found, config, monkeypatch) == "First second\nThird line"


@pytest.mark.parametrize(
    ("box", "read"),
    [
        ((10.0, 50.0, 310.0, 80.0), "one two three"),
        ((0.5, 50.0, 200.0, 80.0), "two three"),
        ((10.0, 50.0, 319.0, 80.0), "one two"),
        ((0.0, 50.0, 320.0, 80.0), "two"),
        ((10.0, 1.0, 310.0, 30.0), ""),
        ((10.0, 210.0, 310.0, 239.0), ""),
    ],
)
def test_words_cut_by_the_edge_of_the_frame_are_left_out(
    box: Xyxy, read: str, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert text_of({box: "one two three"}, config, monkeypatch) == read


def test_the_larger_the_frame_the_farther_its_edge_cuts() -> None:
    box = (6.0, 50.0, 200.0, 80.0)

    assert ocr.whole_words("one two", box, (640, 360)) == "one two"
    assert ocr.whole_words("one two", box, (1280, 720)) == "two"


@pytest.mark.parametrize("junk", ["-", "© ~", "|"])
def test_text_without_letter_or_digit_is_none(
    junk: str, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert text_of({(10.0, 50.0, 90.0, 80.0): junk}, config, monkeypatch) == ""


def test_only_the_named_class_is_read(
    config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {(10.0, 50.0, 90.0, 80.0): "text"}

    assert text_of(found, config, monkeypatch, label="car") == ""
    any_class = ExtractTextOptions(region_class="any")
    assert text_of(found, config, monkeypatch, any_class, label="car") == "text"
