"""When each frame of an MP4 is shown, from its tables, without decoding anything.

A frame is found by its time: seeking by number goes wrong where frames are not evenly spaced.
Field layouts: ISO/IEC 14496-12, the section of each box is named beside it.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.mp4_boxes import Box, BoxReader
from pipeline.mp4_index import timescale_and_duration
from pipeline.mp4_samples import presentation_times, shown_parts

Seconds = npt.NDArray[np.float64]


def frame_times(path: Path, max_frames: int) -> Seconds | None:
    """Seconds from the first shown frame to each shown frame, in order of display.

    None if the tables do not tell: a fragmented or damaged file, one with more than max_frames
    samples, one whose edit list has several parts. Raises UnreadableVideo or TruncatedVideo for
    what is no MP4.
    """
    with BoxReader(path) as reader:
        boxes = list(reader.top_level())
        moov = next((box for box in boxes if box.kind == b"moov"), None)
        if moov is None or any(box.kind == b"moof" for box in boxes):
            return None
        for trak in reader.children(moov):
            if trak.kind == b"trak" and _is_video(reader, trak):
                return _track_times(reader, moov, trak, max_frames)
    return None


def _is_video(reader: BoxReader, trak: Box) -> bool:
    return reader.content_at(trak, b"mdia", b"hdlr")[8:12] == b"vide"  # §8.4.3


def _track_times(reader: BoxReader, moov: Box, trak: Box, max_frames: int) -> Seconds | None:
    table = reader.find(trak, b"mdia", b"minf", b"stbl")
    movie_timescale = timescale_and_duration(reader.content_at(moov, b"mvhd"))[0]
    timescale = timescale_and_duration(reader.content_at(trak, b"mdia", b"mdhd"))[0]
    if table is None or not timescale:
        return None
    sizes = reader.content_at(table, b"stsz")  # §8.7.3.2
    fixed_size, count = (int.from_bytes(sizes[at : at + 4], "big") for at in (4, 8))
    if not 0 < count <= max_frames or (fixed_size == 0 and len(sizes) < 12 + 4 * count):
        return None
    times = presentation_times(reader, table, count)
    parts = shown_parts(reader.content_at(trak, b"edts", b"elst"), (movie_timescale, timescale))
    if times is None or len(parts) > 1:
        return None
    shown = np.ones(count, dtype=bool)
    if fixed_size == 0:  # an empty sample holds no frame
        shown = np.frombuffer(sizes, dtype=">u4", offset=12, count=count) > 0
    for start, end in parts:
        shown &= (times >= start) & (times < end)
    times = np.sort(times[shown])
    return (times - times[0]) / timescale if times.size else None
