"""Frames through the tools that see one at a time: several at once, their results in order.

The caller's thread decodes and the threads of a pool do the rest, so that decoding and detecting
overlap without any of them knowing. Exact duplicates of recent frames, as in slides and
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

# For each thread: one that it has, and what keeps it busy while the consumer takes a close look.
BATCHES_AHEAD = 8
BYTES_AHEAD = 192 * 2**20  # of pixels; a frame at 8K has half of them
RESULTS_AHEAD = 1024  # that wait for an earlier one; they are small
RESULTS_KEPT = 256  # to be found again by duplicates


@dataclass(frozen=True, eq=False)
class Processed:
    """A frame (height x width x 3, BGR) and what was found in it. key: equal frames have equal
    ones."""

    frame: Image
    key: object
    result: FrameResult


@dataclass(eq=False)
class _Batch:
    """future: of the results, None until the batch is on its way."""

    frames: list[Image] = field(default_factory=list)
    future: "Future[Sequence[FrameResult]] | None" = None

    def is_done(self) -> bool:
        return self.future is not None and self.future.done()


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A frame whose result will be the place-th of a batch. size: bytes of pixels that it adds; 0
    if it is the object that waits before it.
    """

    index: int
    frame: Image
    key: object
    batch: _Batch
    place: int
    size: int
    is_new: bool


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
    ) -> Generator[Processed]:
        """Yield each frame with its result, in order; its result has its index.

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
    """One video on its way through a pool. Used by one thread."""

    def __init__(
        self, threads: ThreadPoolExecutor, process: Process, batch_size: int, most_frames: int
    ) -> None:
        self._threads = threads
        self._process = process
        self._batch_size = batch_size
        self._most_frames = most_frames
        self._waiting: deque[_Waiting] = deque()
        self._frames = self._bytes = 0  # of what waits
        self._known: OrderedDict[tuple[object, ...], tuple[_Batch, int]] = OrderedDict()
        self._batch = _Batch()

    def results(self, frames: Iterator[Frame]) -> Generator[Processed]:
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
            while self._waiting and self._waiting[0].batch.is_done():
                yield self._next()
        while self._waiting:
            yield self._next()
        if failure:
            raise failure

    def stop(self) -> None:
        futures = [each.batch.future for each in self._waiting if each.batch.future]
        for future in futures:
            future.cancel()
        wait(futures)

    def _is_full(self, more_bytes: int) -> bool:
        return (
            self._frames >= self._most_frames
            or len(self._waiting) >= RESULTS_AHEAD
            or (self._bytes > 0 and self._bytes + more_bytes > BYTES_AHEAD)
        )

    def _add(self, index: int, frame: Image) -> None:
        key = (frame.shape, xxhash.xxh3_128_digest(frame.data))
        last = self._waiting[-1] if self._waiting else None
        size = frame.nbytes
        if last is not None and last.key == key:
            frame, size = last.frame, 0
        if is_new := key not in self._known:
            self._known[key] = self._batch, len(self._batch.frames)
            self._batch.frames.append(frame)
        self._known.move_to_end(key)
        self._waiting.append(_Waiting(index, frame, key, *self._known[key], size, is_new))
        if len(self._known) > RESULTS_KEPT:
            self._known.popitem(last=False)
        self._frames += is_new
        self._bytes += size
        if len(self._batch.frames) == self._batch_size:
            self._send()

    def _send(self) -> None:
        batch, self._batch = self._batch, _Batch()
        frames, batch.frames = batch.frames, []
        batch.future = self._threads.submit(self._process, frames)

    def _next(self) -> Processed:
        first = self._waiting[0]
        if first.batch.future is None:
            self._send()
        assert first.batch.future is not None
        result = first.batch.future.result()[first.place]
        self._waiting.popleft()
        self._frames -= first.is_new
        self._bytes -= first.size
        return Processed(first.frame, first.key, replace(result, frame_index=first.index))
