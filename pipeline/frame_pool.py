"""Frames through the tools, several at a time, their results in order.

The caller's thread decodes and the threads of a pool do the rest, so that decoding, detecting and
reading overlap without any of them knowing. Exact duplicates of recent frames, as in slides and
screen recordings, cost a hash.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Barrier

import xxhash

from pipeline.results import FrameResult
from pipeline.video.frame import Frame, Image

# The results of a batch of frames, in their order; frame_index is not looked at.
Process = Callable[[Sequence[Image]], Sequence[FrameResult]]

BATCHES_AHEAD = 3  # for each thread: one that it has, and what covers the uneven times of frames
BYTES_AHEAD = 256 * 2**20  # of pixels; two frames at 8K
RESULTS_AHEAD = 1024  # that wait for an earlier one; they are small
RESULTS_KEPT = 256  # to be found again by duplicates


@dataclass(eq=False)
class _Batch:
    """future: of the results, None until the batch is on its way."""

    images: list[Image] = field(default_factory=list)
    future: "Future[Sequence[FrameResult]] | None" = None

    def is_done(self) -> bool:
        return self.future is not None and self.future.done()


@dataclass(frozen=True)
class _Slot:
    """Where the result of a frame will be: the place-th of a batch."""

    batch: _Batch
    place: int


class FramePool:
    """Threads that outlive a video, since each of them loads something of its own."""

    def __init__(self, threads: int) -> None:
        self._count = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="frames")

    def on_every_thread(self, call: Callable[[], object]) -> None:
        """Run call() once on each thread, at the same time. Raises what one of them raises."""
        together = Barrier(self._count)

        def run() -> None:
            together.wait()
            call()

        for future in [self._threads.submit(run) for _ in range(self._count)]:
            future.result()

    def run(
        self, frames: Iterator[Frame], process: Process, batch_size: int = 1
    ) -> Generator[FrameResult]:
        """Yield the result of each frame with its index, in order.

        What `frames` or `process` raises is raised in the place of its frame; what lies behind it
        is dropped. Nothing of this run goes on after the generator is closed. Batches are filled
        in order, whatever the threads do meanwhile.
        """
        run = _Run(self._threads, process, batch_size, BATCHES_AHEAD * self._count * batch_size)
        try:
            yield from run.results(frames)
        finally:
            run.stop()


class _Run:
    """One video on its way through a pool. Used by one thread.

    _waiting: (frame_index, slot, bytes of pixels, 0 for a duplicate) of what is not yielded yet.
    """

    def __init__(
        self, threads: ThreadPoolExecutor, process: Process, batch_size: int, most_frames: int
    ) -> None:
        self._threads = threads
        self._process = process
        self._batch_size = batch_size
        self._most_frames = most_frames
        self._waiting: deque[tuple[int, _Slot, int]] = deque()
        self._frames = self._bytes = 0  # of what waits
        self._known: OrderedDict[tuple[object, ...], _Slot] = OrderedDict()
        self._batch = _Batch()

    def results(self, frames: Iterator[Frame]) -> Generator[FrameResult]:
        failure = None
        while True:
            try:
                frame = next(frames)
            except StopIteration:
                break
            except Exception as error:
                failure = error
                break
            while self._is_full(frame.image.nbytes):
                yield self._next()
            self._add(frame.index, frame.image)
            del frame
            while self._waiting and self._waiting[0][1].batch.is_done():
                yield self._next()
        while self._waiting:
            yield self._next()
        if failure:
            raise failure

    def stop(self) -> None:
        futures = [slot.batch.future for _, slot, _ in self._waiting if slot.batch.future]
        for future in futures:
            future.cancel()
        wait(futures)

    def _is_full(self, more_bytes: int) -> bool:
        return (
            self._frames >= self._most_frames
            or len(self._waiting) >= RESULTS_AHEAD
            or (self._frames > 0 and self._bytes + more_bytes > BYTES_AHEAD)
        )

    def _add(self, index: int, image: Image) -> None:
        key = (image.shape, xxhash.xxh3_128_digest(image.data))
        slot = self._known.get(key)
        if slot is not None:
            self._known.move_to_end(key)
            self._waiting.append((index, slot, 0))
            return
        slot = self._known[key] = _Slot(self._batch, len(self._batch.images))
        if len(self._known) > RESULTS_KEPT:
            self._known.popitem(last=False)
        self._batch.images.append(image)
        self._waiting.append((index, slot, image.nbytes))
        self._frames += 1
        self._bytes += image.nbytes
        if len(self._batch.images) == self._batch_size:
            self._send()

    def _send(self) -> None:
        """Nothing but the pool's task keeps the images from now on."""
        batch, self._batch = self._batch, _Batch()
        images, batch.images = batch.images, []
        batch.future = self._threads.submit(self._process, images)

    def _next(self) -> FrameResult:
        index, slot, size = self._waiting[0]
        if slot.batch.future is None:
            self._send()
        assert slot.batch.future is not None
        result = slot.batch.future.result()[slot.place]
        self._waiting.popleft()
        self._frames -= size > 0
        self._bytes -= size
        return replace(result, frame_index=index)
