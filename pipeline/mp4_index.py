"""What the index of an MP4 declares, read before any decoder sees the file.

Field layouts: ISO/IEC 14496-12, the section of each box is named beside it.
"""

from dataclasses import dataclass
from pathlib import Path

from pipeline.exceptions import TruncatedVideo, UnreadableVideo
from pipeline.mp4_boxes import Box, BoxReader, has_ftyp
from pipeline.mp4_samples import UNKNOWN_DURATION, shown_frames


@dataclass(frozen=True)
class VideoIndex:
    """width, height: the largest that any part of the file declares, in pixels.

    frames: coded frames that a player shows; None if the file does not tell.
    tolerance: how many fewer still are complete, because an edit list cuts between frames.
    duration_s: of the longest video track, 0.0 if the file does not tell.
    """

    width: int
    height: int
    frames: int | None
    tolerance: int
    duration_s: float


@dataclass(frozen=True)
class _Track:
    id: int
    width: int
    height: int
    frames: int
    tolerance: int
    duration_s: float


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
    return VideoIndex(
        width=max(track.width for track in tracks),
        height=max(track.height for track in tracks),
        frames=frames if len(tracks) == 1 else None,
        tolerance=tracks[0].tolerance,
        duration_s=max(track.duration_s for track in tracks),
    )


def _video_tracks(reader: BoxReader, moov: Box, max_frames: int) -> "list[_Track]":
    mvhd = reader.find(moov, b"mvhd")
    movie_timescale = _timescale_and_duration(reader.content(mvhd))[0] if mvhd else 0
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
    timescale, duration = _timescale_and_duration(reader.content_at(trak, b"mdia", b"mdhd"))
    table = reader.find(trak, b"mdia", b"minf", b"stbl")
    if table is None:
        raise UnreadableVideo("The MP4 is damaged: its video track has no sample table.")
    if entries := reader.find(table, b"stsd"):  # §8.5.2, the sample entry of §12.1.3
        for entry in reader.children(entries, skip=8):
            fields = reader.content(entry, 28)
            width = max(width, int.from_bytes(fields[24:26], "big"))
            height = max(height, int.from_bytes(fields[26:28], "big"))
    frames, tolerance = shown_frames(reader, trak, table, (movie_timescale, timescale), max_frames)
    known = timescale > 0 and duration not in UNKNOWN_DURATION
    return _Track(
        id=track_id,
        width=width,
        height=height,
        frames=frames,
        tolerance=tolerance,
        duration_s=duration / timescale if known else 0.0,
    )


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


def _timescale_and_duration(raw: bytes) -> tuple[int, int]:
    """Of an mvhd (§8.2.2) or mdhd (§8.4.2) box."""
    if raw[:1] == b"\x01":
        return int.from_bytes(raw[20:24], "big"), int.from_bytes(raw[24:32], "big")
    return int.from_bytes(raw[12:16], "big"), int.from_bytes(raw[16:20], "big")
