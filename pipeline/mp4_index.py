"""What the index of an MP4 declares, read before any decoder sees the file.

Field layouts: ISO/IEC 14496-12, the section of each box is named beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.exceptions import TruncatedVideo, UnreadableVideo
from pipeline.mp4_boxes import Box, BoxReader, has_ftyp
from pipeline.mp4_extent import declared_bytes
from pipeline.mp4_samples import UNKNOWN_DURATION, shown_frames

# Some writers store the same frames only once.
MOST_OVERLAP = 8


@dataclass(frozen=True)
class VideoIndex:
    """width, height: the largest that any part of the file declares, in pixels.

    frames: coded frames of the first video track, the one that is decoded, that a player shows.
    tolerance: how many fewer still are complete, because an edit list cuts between frames.
    duration_s: of the longest video track, 0.0 if the file does not tell.
    codec: the four letters of the first video track's format, such as avc1 for H.264.
    overlapping: whether the index tells of far more data than there is in the file.
    """

    width: int
    height: int
    frames: int
    tolerance: int
    duration_s: float
    codec: str
    overlapping: bool


@dataclass(frozen=True)
class _Track:
    id: int
    width: int
    height: int
    frames: int
    tolerance: int
    duration_s: float
    codec: str


def read_video_index(path: Path, max_frames: int) -> VideoIndex:
    """Read the index. Tables of more than max_frames samples are counted, not read.

    Raises UnreadableVideo if this is no MP4 with a video track, TruncatedVideo if a part of it is
    missing.
    """
    with BoxReader(path) as reader:
        if reader.size == 0:
            raise UnreadableVideo("The video file is empty.")
        if not has_ftyp(reader.content(Box(b"", 0, min(8, reader.size)))):
            raise UnreadableVideo("The file is not an MP4: it does not begin with an ftyp box.")
        boxes = list(reader.top_level())
        moov = next((box for box in boxes if box.kind == b"moov"), None)
        if moov is None:
            raise TruncatedVideo("The MP4 is cut off: its index (moov) is missing.")
        tracks = list(_video_tracks(reader, moov, max_frames))
        if not tracks:
            raise UnreadableVideo("The MP4 has no video track.")
        fragments = [box for box in boxes if box.kind == b"moof"]
        frames = tracks[0].frames + sum(
            _fragment_frames(reader, box, tracks[0].id) for box in fragments
        )
        declared = declared_bytes(reader, moov, fragments)
        overlapping = declared > MOST_OVERLAP * reader.size
    return VideoIndex(
        width=max(track.width for track in tracks),
        height=max(track.height for track in tracks),
        frames=frames,
        tolerance=tracks[0].tolerance,
        duration_s=max(track.duration_s for track in tracks),
        codec=tracks[0].codec,
        overlapping=overlapping,
    )


def _video_tracks(reader: BoxReader, moov: Box, max_frames: int) -> "list[_Track]":
    mvhd = reader.find(moov, b"mvhd")
    movie_timescale = timescale_and_duration(reader.content(mvhd))[0] if mvhd else 0
    tracks = []
    for trak in reader.children(moov):
        if trak.kind != b"trak":
            continue
        handler = reader.find(trak, b"mdia", b"hdlr")
        if handler and reader.content(handler)[8:12] == b"vide":
            tracks.append(_video_track(reader, trak, movie_timescale, max_frames))
    return tracks


def _video_track(reader: BoxReader, trak: Box, movie_timescale: int, max_frames: int) -> _Track:
    header = reader.content_at(trak, b"tkhd")  # §8.3.2
    wide = header[:1] == b"\x01"
    track_id = int.from_bytes(header[20:24] if wide else header[12:16], "big")
    # The last eight bytes are the size on the screen as 16.16 fixed point.
    width, height = (int.from_bytes(header[at : at + 2], "big") for at in (-8, -4))
    timescale, duration = timescale_and_duration(reader.content_at(trak, b"mdia", b"mdhd"))
    table = reader.find(trak, b"mdia", b"minf", b"stbl")
    if table is None:
        raise UnreadableVideo("The MP4 is damaged: its video track has no sample table.")
    entries = list(_sample_entries(reader, table))
    frames, tolerance = shown_frames(reader, trak, table, (movie_timescale, timescale), max_frames)
    known = timescale > 0 and duration not in UNKNOWN_DURATION
    return _Track(
        id=track_id,
        width=max([width, *(entry[1] for entry in entries)]),
        height=max([height, *(entry[2] for entry in entries)]),
        frames=frames,
        tolerance=tolerance,
        duration_s=duration / timescale if known else 0.0,
        codec=entries[0][0] if entries else "unknown",
    )


def _sample_entries(reader: BoxReader, table: Box) -> Iterator[tuple[str, int, int]]:
    """Format, width and height of each visual sample entry (§12.1.3) of the stsd box (§8.5.2)."""
    descriptions = reader.find(table, b"stsd")
    for entry in reader.children(descriptions, skip=8) if descriptions else ():
        fields = reader.content(entry, 28)
        codec = entry.kind.decode("ascii") if entry.kind.isalnum() else "unknown"
        yield codec, int.from_bytes(fields[24:26], "big"), int.from_bytes(fields[26:28], "big")


def _fragment_frames(reader: BoxReader, moof: Box, track_id: int) -> int:
    """Samples of the track in one movie fragment: the counts of its trun boxes (§8.8.8)."""
    frames = 0
    for traf in reader.children(moof):
        if traf.kind != b"traf":
            continue
        if int.from_bytes(reader.content_at(traf, b"tfhd")[4:8], "big") == track_id:
            for trun in reader.children(traf):
                if trun.kind == b"trun":
                    frames += int.from_bytes(reader.content(trun, 8)[4:8], "big")
    return frames


def timescale_and_duration(raw: bytes) -> tuple[int, int]:
    """Of an mvhd (§8.2.2) or mdhd (§8.4.2) box."""
    if raw[:1] == b"\x01":
        return int.from_bytes(raw[20:24], "big"), int.from_bytes(raw[24:32], "big")
    return int.from_bytes(raw[12:16], "big"), int.from_bytes(raw[16:20], "big")
