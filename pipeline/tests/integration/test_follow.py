"""Lines of text through time, with the real models on frames whose text is known.

No detector runs: whatever is found here is found by text detection.
"""

import random
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import pytest

from pipeline.follow.follower import LineFollower
from pipeline.follow.similarity import is_same_text
from pipeline.frame_pool import Processed
from pipeline.read.boxes import Picture
from pipeline.results import FrameResult
from pipeline.tools.engines import PpOcrEngine
from pipeline.tools.registry import ExtractTextOptions

SIZE = 640, 360
FONT = cv2.FONT_HERSHEY_DUPLEX


class CountingEngine(PpOcrEngine):
    def __init__(self) -> None:
        super().__init__(ExtractTextOptions())
        self.passes = self.readings = 0

    def detect(self, *arguments):  # type: ignore[no-untyped-def]
        self.passes += 1
        return super().detect(*arguments)

    def read(self, *arguments):  # type: ignore[no-untyped-def]
        self.readings += 1
        return super().read(*arguments)


@pytest.fixture(scope="module")
def models() -> CountingEngine:
    return CountingEngine()


@pytest.fixture
def engine(models: CountingEngine) -> CountingEngine:
    models.passes = models.readings = 0
    return models


def ground(seed: int = 0, shift: int = 0) -> Picture:
    """A wavy background without text; shift moves it to the left."""
    x = np.arange(SIZE[0]) + shift
    y = np.arange(SIZE[1])[:, None]
    wave = 70 + 30 * np.sin(x / 23 + seed) + 25 * np.cos(y / 17 + x / 61)
    noise = np.random.default_rng(seed + shift).normal(0, 3, (SIZE[1], SIZE[0]))
    grey = np.clip(wave + noise, 0, 255).astype(np.uint8)
    return np.dstack([grey, grey, grey])


def write(frame: Picture, text: str, x: float, y: float, outlined: bool = False) -> None:
    place = round(x), round(y)
    if outlined:
        cv2.putText(frame, text, place, FONT, 0.9, (0, 0, 0), 6, cv2.LINE_AA)
    cv2.putText(frame, text, place, FONT, 0.9, (255, 255, 255), 2, cv2.LINE_AA)


def read(frames: Iterable[Picture], engine: CountingEngine) -> list[list[str]]:
    """The lines of each frame."""

    def processed() -> Iterator[Processed]:
        for index, frame in enumerate(frames):
            yield Processed(frame, frame.tobytes(), FrameResult(index, SIZE))

    followed = list(LineFollower(engine, "text").follow(processed()))
    assert [result.frame_index for result, _ in followed] == list(range(len(followed)))
    return [[line.text for line in lines] for _, lines in followed]


def test_a_line_that_stays_has_one_reading_and_is_read_a_few_times(engine: CountingEngine) -> None:
    def frames() -> Iterator[Picture]:
        for index in range(60):
            frame = ground(shift=3 * index)
            write(frame, "Ferry leaves at noon", 60, 300, outlined=True)
            yield frame

    assert read(frames(), engine) == [["Ferry leaves at noon"]] * 60
    assert engine.passes <= 5
    assert engine.readings <= 20


def test_a_change_is_right_in_its_first_frame(engine: CountingEngine) -> None:
    """A clock; its other digits do not change."""
    clock = [f"12:34:{50 + index // 7}" for index in range(50)]

    def frames() -> Iterator[Picture]:
        for index, text in enumerate(clock):
            frame = np.full((SIZE[1], SIZE[0], 3), 40, dtype=np.uint8)
            cv2.randn(frame[:40], (60, 60, 60), (4, 4, 4))
            write(frame, text, 200, 200)
            yield frame + np.uint8(index % 2)

    assert read(frames(), engine) == [[text] for text in clock]


def test_changes_are_right_where_the_picture_has_flickered_before(engine: CountingEngine) -> None:
    """Then some frames are waited for before the line is read again."""
    clock = ["12:34:50"] * 24 + [f"12:34:{51 + index // 2}" for index in range(20)]

    def frames() -> Iterator[Picture]:
        for index, text in enumerate(clock):
            level = 110 if index in (16, 20) else 40
            frame = np.full((SIZE[1], SIZE[0], 3), level, dtype=np.uint8)
            write(frame, text, 200, 200)
            yield frame

    assert read(frames(), engine) == [[text] for text in clock]


def test_a_line_is_found_from_its_first_frame_to_its_last(engine: CountingEngine) -> None:
    def frames() -> Iterator[Picture]:
        for index in range(70):
            frame = ground(shift=5 * index)
            if 13 <= index < 41:
                write(frame, "The old mill", 200, 300, outlined=True)
            if index >= 41:
                write(frame, "A new bridge", 200, 300, outlined=True)
            yield frame

    expected: list[list[str]] = [[]] * 13 + [["The old mill"]] * 28 + [["A new bridge"]] * 29
    assert read(frames(), engine) == expected


@pytest.mark.parametrize("step", [(0, -3), (-4, 0)])
def test_lines_that_move_are_followed(step: tuple[int, int], engine: CountingEngine) -> None:
    dx, dy = step

    def frames() -> Iterator[Picture]:
        for index in range(40):
            frame = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
            write(frame, "Directed by", 280 + dx * index, 240 + dy * index)
            write(frame, "Anna Berg", 290 + dx * index, 290 + dy * index)
            yield frame

    for lines in read(frames(), engine):
        assert sorted(lines) == ["Anna Berg", "Directed by"]
    assert engine.readings <= 12


def test_a_sign_that_comes_closer(engine: CountingEngine) -> None:
    sign = np.full((120, 300, 3), 230, dtype=np.uint8)
    cv2.putText(sign, "FARM SHOP", (40, 75), FONT, 1.3, (60, 30, 20), 3, cv2.LINE_AA)

    def frames() -> Iterator[Picture]:
        chance = random.Random(1)
        for index in range(40):
            turn = cv2.getRotationMatrix2D((150, 60), 3 * np.sin(index / 9), 0.8 + index / 40)
            turn[:, 2] += (170 + chance.uniform(-2, 2), 120 + chance.uniform(-2, 2))
            yield cv2.warpAffine(sign, turn, SIZE, ground(), borderMode=cv2.BORDER_TRANSPARENT)

    assert read(frames(), engine) == [["FARM SHOP"]] * 40


def test_nothing_to_read(engine: CountingEngine) -> None:
    assert read((ground(shift=4 * index) for index in range(40)), engine) == [[]] * 40


def test_repeated_frames_are_not_looked_at(engine: CountingEngine) -> None:
    frame = ground()
    write(frame, "Slide one", 60, 200)

    assert read([frame] * 1500, engine) == [["Slide one"]] * 1500
    assert engine.passes == 1


def test_a_line_that_the_border_cuts_is_left_out(engine: CountingEngine) -> None:
    frame = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
    write(frame, "A whole line", 60, 200)
    write(frame, "Cut in two", 60, SIZE[1] + 8)

    assert read([frame], engine) == [["A whole line"]]


def test_letters_that_are_added_make_a_new_text(engine: CountingEngine) -> None:
    typed = "git commit -m words"

    def frames() -> Iterator[Picture]:
        for index in range(50):
            frame = np.full((SIZE[1], SIZE[0], 3), 20, dtype=np.uint8)
            words = typed.split()[: 1 + index // 12]
            write(frame, " ".join(words), 60, 200)
            yield frame + np.uint8(index % 2)

    found = read(frames(), engine)
    for index, lines in enumerate(found):
        assert lines == [" ".join(typed.split()[: 1 + index // 12])], index


def test_a_pointer_that_passes_over_a_line_changes_nothing(engine: CountingEngine) -> None:
    def frames() -> Iterator[Picture]:
        for index in range(60):
            frame = np.full((SIZE[1], SIZE[0], 3), 40, dtype=np.uint8)
            write(frame, "Costs fell for a third year", 60, 200)
            cv2.circle(frame, (300 + 2 * index, 320 - 6 * index), 9, (40, 40, 230), -1)
            yield frame

    assert read(frames(), engine) == [["Costs fell for a third year"]] * 60


@pytest.mark.parametrize("hidden", [3, 20, 40])  # pixels at first
def test_a_line_that_comes_in_from_the_side_is_read_whole(
    hidden: int, engine: CountingEngine
) -> None:
    text = "Ferry crews end four day strike"
    wide = cv2.getTextSize(text, FONT, 0.9, 2)[0][0]
    left = SIZE[0] - wide + hidden

    def frames() -> Iterator[Picture]:
        for index in range(80):
            frame = np.full((SIZE[1], SIZE[0], 3), 40, dtype=np.uint8)
            write(frame, text, left - 2 * index, 300)
            yield frame

    found = read(frames(), engine)
    for index in range(hidden // 2 + 6, 70):
        assert found[index] == [text], index


@pytest.mark.parametrize(
    ("text", "known", "same"),
    [
        ("on the table this morning:", "on the table this morning.", True),
        ("on the table this morning", "on the table this evening.", False),
        ("12:34:51", "12:34:50", False),
        ("Directed by Ann", "Directed by Anna", True),
    ],
)
def test_a_reading_with_another_mark_says_the_same(text: str, known: str, same: bool) -> None:
    assert is_same_text(text, known, 0.99) is same
