"""Builds the digest of results, item after item, in bounded memory."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from pipeline.digest.file import ClassCount, Digest, Index, Shown
from pipeline.digest.moments import Moment, Moments, Picture
from pipeline.transcript import LineTracker, Span, TextLine

BUCKETS = 240
MAX_CLASSES = 8
MAX_COUNTED = 1_000  # classes
MAX_LABEL = 60
OTHER = "other classes"
MAX_LINES, MAX_CHARACTERS, MAX_LINE = 20_000, 4_000_000, 1_000
MAX_SHOWN_TEXT = 400
# A block of the index is as long as the first of these that it reaches.
BLOCK_FRAMES, BLOCK_BYTES = 64, 256 * 1024


class Digester:
    """Takes the items of a results array in their order."""

    def __init__(self) -> None:
        self.index = Index()
        self._lines = LineTracker()
        self._spans: list[Span] = []
        self._more_lines = self._characters = 0
        self._moments = Moments()
        self._frames = self._detections = 0
        self._bucket = 1
        self._counts: dict[str, Counter[int]] = {}
        self._block_frames = 0

    def add(
        self, item: dict[str, Any], offset: int, picture: Picture | None = None, cut: bool = False
    ) -> None:
        """offset: where the item begins in the results file. picture: of the frame.

        Raises KeyError, TypeError or ValueError for what is no item, and changes nothing then.
        """
        frame, result = int(item["frame_index"]), item["result"]
        text = str(result["text"])
        labels = [str(found["class"])[:MAX_LABEL] for found in result["detections"]]
        if not self.index.offsets or self._is_block_full(offset):
            self.index.frames.append(frame)
            self.index.offsets.append(offset)
            self._block_frames = 0
        self._block_frames += 1
        self._frames = max(self._frames, frame + 1)
        self._count(frame, labels)
        self._keep(self._lines.add(frame, text))
        self._moments.see(frame, labels, text, picture, cut)

    def digest(self, shown_at: Callable[[int], float] | None) -> tuple[Digest, list[Moment]]:
        """The digest, and the moments that it shows. To be called once.

        shown_at: seconds at which a frame is shown, as for `transcript`; None if not known.
        """
        self._keep(self._lines.finish())
        at = shown_at or float
        moments = self._moments.chosen()
        digest = Digest(
            frames=self._frames,
            detections=self._detections,
            bucket=self._bucket,
            timed=shown_at is not None,
            classes=self._classes(),
            lines=[TextLine(_rounded(at(a)), _rounded(at(b)), text) for a, b, text in self._spans],
            more_lines=self._more_lines,
            moments=[
                Shown(m.frame, _rounded(at(m.frame)), m.reason, m.text[:MAX_SHOWN_TEXT])
                for m in moments
            ],
        )
        return digest, moments

    def _is_block_full(self, offset: int) -> bool:
        size = offset - self.index.offsets[-1]
        return self._block_frames >= BLOCK_FRAMES or size >= BLOCK_BYTES

    def _keep(self, spans: list[Span]) -> None:
        for first, end, text in spans:
            short = text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}…"
            self._characters += len(short)
            if len(self._spans) < MAX_LINES and self._characters <= MAX_CHARACTERS:
                self._spans.append(Span(first, end, short))
            else:
                self._more_lines += 1

    def _count(self, frame: int, labels: list[str]) -> None:
        while frame // self._bucket >= 2 * BUCKETS:
            self._bucket *= 2
            for label, counts in self._counts.items():
                halved: Counter[int] = Counter()
                for number, count in counts.items():
                    halved[number // 2] += count
                self._counts[label] = halved
        self._detections += len(labels)
        for label, count in Counter(labels).items():
            if label not in self._counts and len(self._counts) >= MAX_COUNTED:
                label = OTHER
            self._counts.setdefault(label, Counter())[frame // self._bucket] += count

    def _classes(self) -> list[ClassCount]:
        """The most common classes, and the rest as one."""
        totals = {label: counts.total() for label, counts in self._counts.items()}
        ranked = sorted(totals, key=lambda label: (-totals[label], label))
        shown = ranked if len(ranked) <= MAX_CLASSES else ranked[: MAX_CLASSES - 1]
        counted = [(label, self._counts[label]) for label in shown]
        if len(shown) < len(ranked):
            rest = [self._counts[label] for label in ranked[len(shown) :]]
            counted.append((OTHER, sum(rest, Counter())))
        buckets = -(-self._frames // self._bucket)
        return [
            ClassCount(label, counts.total(), [counts[number] for number in range(buckets)])
            for label, counts in counted
        ]


def _rounded(seconds: float) -> float:
    return round(seconds, 3)
