import io
import json
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.results import Detection, FrameResult, RunSummary, write_results

SIZE = (100, 50)


def clipped(*xyxy: float) -> Detection | None:
    return Detection.clipped(xyxy, "text", 0.98765432, SIZE)


def test_box_is_clipped_to_the_frame_and_rounded() -> None:
    found = clipped(-3.14, 1.26, 140.0, 49.99)

    assert found == Detection((0.0, 1.3, 100, 50.0), "text", 0.9877)


@pytest.mark.parametrize(
    "xyxy",
    [
        (10.0, 10.0, 10.04, 20.0),  # collapses when rounded
        (101.0, 10.0, 120.0, 20.0),  # lies outside
        (10.0, 20.0, 30.0, 20.0),
        (float("nan"), 10.0, 20.0, 20.0),
        (10.0, 10.0, float("inf"), 20.0),
    ],
)
def test_box_without_an_inside_is_dropped(xyxy: tuple[float, ...]) -> None:
    assert clipped(*xyxy) is None


def test_detection_refuses_what_is_no_box() -> None:
    with pytest.raises(ValueError, match="bbox"):
        Detection((5.0, 1.0, 4.0, 2.0), "text", 0.5)
    with pytest.raises(ValueError, match="confidence"):
        Detection((1.0, 1.0, 4.0, 2.0), "text", 1.5)


def test_frame_result_refuses_a_box_outside() -> None:
    with pytest.raises(ValueError, match="leaves a frame"):
        FrameResult(0, SIZE, (Detection((1.0, 1.0, 100.5, 2.0), "text", 0.5),))


def test_results_are_a_json_array_of_items_in_the_form_that_clients_know() -> None:
    file = io.BytesIO()
    detection = Detection((1.0, 2.0, 30.5, 40.0), "text", 0.93)
    frames = [FrameResult(0, SIZE, (detection,), "A\nB"), FrameResult(7, SIZE, text="Zürich “1:0”")]

    summary = write_results((frame.as_json() for frame in frames), file)

    assert summary == RunSummary(frames=2, detections=1)
    assert file.getvalue().decode() == (
        '[\n{"frame_index":0,"result":{"detections":[{"bbox":[1.0,2.0,30.5,40.0],"class":"text",'
        '"confidence":0.93}],"text":"A\\nB"}},\n'
        '{"frame_index":7,"result":{"detections":[],"text":"Zürich “1:0”"}}\n]\n'
    )
    assert json.loads(file.getvalue()) == [frame.as_json() for frame in frames]


def test_writer_keeps_no_item() -> None:
    class Item(dict[str, Any]):
        """A dict that can be referred to weakly."""

    alive: list[weakref.ref[Item]] = []

    def items() -> Iterator[Item]:
        for index in range(50):
            assert sum(ref() is not None for ref in alive) <= 1
            item = Item(FrameResult(index, SIZE).as_json())
            alive.append(weakref.ref(item))
            yield item
            del item

    assert write_results(items(), io.BytesIO()).frames == 50
