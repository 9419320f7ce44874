"""Order, bounds and errors of frames that run several at a time. No model is loaded."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from pipeline import frame_pool
from pipeline.frame_pool import FramePool, Processed
from pipeline.results import FrameResult
from pipeline.video.frame import Frame, Image

THREADS = 2


def picture(number: int) -> Image:
    return np.full((4, 6, 3), number % 256, dtype=np.uint8)


def numbered(numbers: Sequence[int]) -> Iterator[Frame]:
    return (Frame(index, 0.0, picture(number)) for index, number in enumerate(numbers))


def text_of(images: Sequence[Image]) -> list[FrameResult]:
    """The number of the frame as its text."""
    return [FrameResult(0, (6, 4), text=str(image[0, 0, 0])) for image in images]


@pytest.fixture(scope="module")
def pool() -> FramePool:
    return FramePool(THREADS)


def texts(processed: Iterator[Processed]) -> list[str]:
    results = []
    for each in processed:
        assert str(each.frame[0, 0, 0]) == each.result.text
        results.append(each.result)
    assert [result.frame_index for result in results] == list(range(len(results)))
    return [result.text for result in results]


class Gate:
    """A process whose frames wait until they are let through; counts who works at once."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.open: dict[int, threading.Event] = {}
        self._lock = threading.Lock()

    def hold(self, *numbers: int) -> None:
        self.open.update((number, threading.Event()) for number in numbers)

    def __call__(self, images: Sequence[Image]) -> list[FrameResult]:
        numbers = [int(image[0, 0, 0]) for image in images]
        with self._lock:
            self.calls.append(numbers)
        for number in numbers:
            if number in self.open:
                assert self.open[number].wait(60)
        return text_of(images)


def test_order_is_kept_when_a_later_frame_is_ready_first(pool: FramePool) -> None:
    gate = Gate()
    gate.hold(0)
    source = numbered(range(20))

    def frames() -> Iterator[Frame]:
        for frame in source:
            if frame.index == 4:  # frames 1 to 3 can be ready now, 0 cannot
                gate.open[0].set()
            yield frame

    assert texts(pool.run(frames(), gate)) == [str(number) for number in range(20)]


def test_frames_run_at_the_same_time(pool: FramePool) -> None:
    together = threading.Barrier(THREADS)

    def process(images: Sequence[Image]) -> list[FrameResult]:
        together.wait(60)  # nobody passes alone
        return text_of(images)

    assert len(texts(pool.run(numbered(range(8)), process))) == 8


@pytest.mark.parametrize("batch_size", [1, 3])
def test_duplicates_are_processed_once(pool: FramePool, batch_size: int) -> None:
    gate = Gate()
    numbers = [7] * 50 + [8, 7, 8, 9] * 10

    assert texts(pool.run(numbered(numbers), gate, batch_size)) == list(map(str, numbers))
    assert sorted(number for call in gate.calls for number in call) == [7, 8, 9]


def test_duplicates_have_the_key_of_their_frame(pool: FramePool) -> None:
    keys = [each.key for each in pool.run(numbered([1, 1, 2, 1]), text_of)]

    assert keys[0] == keys[1] == keys[3] != keys[2]


def test_other_shapes_and_single_pixels_are_no_duplicates(pool: FramePool) -> None:
    gate = Gate()
    changed = picture(1)
    changed[3, 5, 2] = 2
    images = [np.zeros((4, 6, 3), np.uint8), np.zeros((6, 4, 3), np.uint8), picture(1), changed]

    list(pool.run((Frame(n, 0.0, image) for n, image in enumerate(images)), gate))

    assert len(gate.calls) == 4


def test_results_that_are_kept_for_duplicates_are_bounded(
    pool: FramePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_pool, "RESULTS_KEPT", 2)
    gate = Gate()

    list(pool.run(numbered([1, 2, 1, 3, 1, 2]), gate))

    assert [call[0] for call in sorted(gate.calls)] == [1, 2, 2, 3]


def test_batches_are_filled_in_order(pool: FramePool) -> None:
    gate = Gate()

    assert texts(pool.run(numbered(range(8)), gate, batch_size=3)) == list(map(str, range(8)))
    assert sorted(gate.calls) == [[0, 1, 2], [3, 4, 5], [6, 7]]


def most_ahead(pool: FramePool, numbers: Sequence[int], batch_size: int = 1) -> int:
    """The most frames that were taken from the source and not yielded."""
    taken = yielded = most = 0

    def frames() -> Iterator[Frame]:
        nonlocal taken
        for frame in numbered(numbers):
            taken += 1
            yield frame

    gate = Gate()
    gate.hold(0)
    results = pool.run(frames(), gate, batch_size)
    timer = threading.Timer(0.2, gate.open[0].set)
    timer.start()
    for _ in results:
        yielded += 1
        most = max(most, taken - yielded)
    timer.join()
    assert yielded == len(numbers)
    return most


def test_frames_in_flight_are_bounded(pool: FramePool) -> None:
    limit = frame_pool.BATCHES_AHEAD * THREADS

    assert most_ahead(pool, range(100)) <= limit
    assert most_ahead(pool, range(100), batch_size=4) <= 4 * limit


def test_bytes_in_flight_are_bounded(pool: FramePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_pool, "BYTES_AHEAD", 2 * picture(0).nbytes)

    assert most_ahead(pool, range(20)) <= 2
    assert most_ahead(pool, range(20), batch_size=4) <= 2
    monkeypatch.setattr(frame_pool, "BYTES_AHEAD", 1)  # of frames that are larger one still runs
    assert most_ahead(pool, range(20)) <= 1


def test_results_in_flight_are_bounded(pool: FramePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_pool, "RESULTS_AHEAD", 10)

    assert most_ahead(pool, [0] * 100) <= 10


def until_it_fails(results: Iterator[Processed]) -> tuple[int, str]:
    count = 0
    with pytest.raises(ValueError) as caught:
        for _ in results:
            count += 1
    return count, str(caught.value)


def failing(at: dict[int, str]) -> Callable[[Sequence[Image]], list[FrameResult]]:
    def process(images: Sequence[Image]) -> list[FrameResult]:
        for image in images:
            if message := at.get(int(image[0, 0, 0])):
                raise ValueError(message)
        return text_of(images)

    return process


def test_error_of_a_frame_is_raised_in_its_place(pool: FramePool) -> None:
    for _ in range(20):
        process = failing({5: "first", 6: "second"})
        assert until_it_fails(pool.run(numbered(range(50)), process)) == (5, "first")


def test_error_of_the_source_is_raised_after_what_lies_before_it(pool: FramePool) -> None:
    def broken() -> Iterator[Frame]:
        yield from numbered(range(4))
        raise ValueError("damaged")

    assert until_it_fails(pool.run(broken(), text_of)) == (4, "damaged")
    assert until_it_fails(pool.run(broken(), failing({3: "no text"}))) == (3, "no text")


def test_nothing_goes_on_after_the_consumer_stops(pool: FramePool) -> None:
    gate = Gate()
    gate.hold(1, 2)
    results = pool.run(numbered(range(100)), gate)
    timers = [threading.Timer(0.1, event.set) for event in gate.open.values()]
    assert next(results).result.text == "0"
    for timer in timers:
        timer.start()

    results.close()

    count = len(gate.calls)
    for timer in timers:
        timer.join()
    assert texts(pool.run(numbered([200]), gate)) == ["200"]
    assert gate.calls[count:] == [[200]]


def test_every_thread_is_reached(pool: FramePool) -> None:
    names: set[str] = set()

    pool.on_every_thread(lambda: names.add(threading.current_thread().name))

    assert len(names) == THREADS


def test_error_on_a_thread_is_raised(pool: FramePool) -> None:
    def fail() -> Any:
        raise ValueError("no model")

    with pytest.raises(ValueError, match="no model"):
        pool.on_every_thread(fail)
