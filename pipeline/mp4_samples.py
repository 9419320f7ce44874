"""How many frames of a track a player shows, from its sample tables and its edit list.

Field layouts: ISO/IEC 14496-12, the section of each box is named beside it.
"""

import numpy as np
import numpy.typing as npt

from pipeline.exceptions import UnreadableVideo
from pipeline.mp4_boxes import Box, BoxReader

UNKNOWN_DURATION = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
Array = npt.NDArray[np.int64]


def shown_frames(
    reader: BoxReader, trak: Box, table: Box, timescales: tuple[int, int], max_frames: int
) -> tuple[int, int]:
    """Samples that are not empty and that the edit list does not cut away, and the tolerance."""
    sizes = reader.content_at(table, b"stsz")  # §8.7.3.2
    if len(sizes) < 12:
        raise UnreadableVideo("The MP4 is damaged: its video track has no sample sizes.")
    fixed_size, count = (int.from_bytes(sizes[at : at + 4], "big") for at in (4, 8))
    if count == 0 or count > max_frames:
        return count, 0
    filled = np.ones(count, dtype=bool)
    if fixed_size == 0:
        if len(sizes) < 12 + 4 * count:
            raise UnreadableVideo("The MP4 is damaged: its table of sample sizes is too short.")
        filled = np.frombuffer(sizes, dtype=">u4", offset=12, count=count) > 0
    edits = shown_parts(reader.content_at(trak, b"edts", b"elst"), timescales)
    times = presentation_times(reader, table, count) if edits else None
    if times is None:
        return int(filled.sum()), 0
    shown = np.zeros(count, dtype=bool)
    for start, end in edits:
        shown |= (times >= start) & (times < end)
    # The two time scales round differently, so a frame at either end of a cut may go either way.
    return int((filled & shown).sum()), 0 if shown.all() else 2 * len(edits)


def shown_parts(raw: bytes, timescales: tuple[int, int]) -> list[tuple[int, int]]:
    """The parts of the track that are shown (§8.6.6), in its own time scale; [] if all of it."""
    movie_timescale, timescale = timescales
    wide = raw[:1] == b"\x01"
    width = 8 if wide else 4
    entry = 2 * width + 4
    edits = []
    for at in range(8, len(raw) - entry + 1, entry):
        length = int.from_bytes(raw[at : at + width], "big")
        start = int.from_bytes(raw[at + width : at + 2 * width], "big", signed=True)
        if start < 0:
            continue  # an empty edit: the track only starts later
        if length in (0, *UNKNOWN_DURATION) or not movie_timescale:
            return []
        edits.append((start, start + length * timescale // movie_timescale))
    return edits if len(edits) <= 1000 else []


def presentation_times(reader: BoxReader, table: Box, count: int) -> Array | None:
    """When each sample is shown, in the track's time scale: stts (§8.6.1.2) and ctts (§8.6.1.3)."""
    deltas = _runs(reader.content_at(table, b"stts"), count)
    if deltas is None:
        return None
    times = np.cumsum(deltas) - deltas
    offsets = _runs(reader.content_at(table, b"ctts"), count)
    return times if offsets is None else times + offsets


def _runs(raw: bytes, count: int) -> Array | None:
    """Expand (number, value) pairs to one value for each of `count` samples, if they fit."""
    pairs = np.frombuffer(raw[8 : 8 + (len(raw) - 8) // 8 * 8], dtype=">i4").reshape(-1, 2)
    numbers = pairs[:, 0].astype(np.int64)
    if numbers.size == 0 or (numbers < 0).any() or int(numbers.sum()) != count:
        return None
    return np.repeat(pairs[:, 1].astype(np.int64), numbers)
