"""How many bytes of samples the index of an MP4 tells of: hostile ones tell of the same bytes again
and again, so that a small file takes days to read.

Field layouts: ISO/IEC 14496-12, the section of each box is named beside it.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.mp4_boxes import Box, BoxReader

# tfhd (§8.8.7) and trun (§8.8.8): flags of the optional fields, each of four bytes unless it says.
BASE_OFFSET, DESCRIPTION, DURATION, SIZE = 0x01, 0x02, 0x08, 0x10
DATA_OFFSET, FIRST_FLAGS = 0x01, 0x04
SAMPLE_DURATION, SAMPLE_SIZE, SAMPLE_FLAGS, SAMPLE_TIME = 0x100, 0x200, 0x400, 0x800


def declared_bytes(reader: BoxReader, moov: Box, fragments: Sequence[Box]) -> int:
    """Of the samples of all tracks, in the tables of `moov` and in its movie fragments."""
    tables = sum(_table_bytes(reader, trak) for trak in reader.children(moov))
    if not fragments:
        return tables
    defaults = dict(_default_sizes(reader, moov))
    return tables + sum(_fragment_bytes(reader, moof, defaults) for moof in fragments)


def _table_bytes(reader: BoxReader, trak: Box) -> int:
    if trak.kind != b"trak":
        return 0
    sizes = reader.content_at(trak, b"mdia", b"minf", b"stbl", b"stsz")  # §8.7.3.2
    fixed_size, count = _number(sizes, 4), _number(sizes, 8)
    if fixed_size:
        return fixed_size * count
    return int(
        np.frombuffer(sizes[12 : 12 + (len(sizes) - 12) // 4 * 4], dtype=">u4").sum(dtype=np.int64)
    )


def _default_sizes(reader: BoxReader, moov: Box) -> Iterator[tuple[int, int]]:
    """Track and size of its samples where a fragment does not tell it: trex (§8.8.3)."""
    extends = reader.find(moov, b"mvex")
    for box in reader.children(extends) if extends else ():
        if box.kind == b"trex":
            fields = reader.content(box, 24)
            yield _number(fields, 4), _number(fields, 16)


def _fragment_bytes(reader: BoxReader, moof: Box, defaults: dict[int, int]) -> int:
    found = 0
    for traf in reader.children(moof):
        if traf.kind != b"traf":
            continue
        head = reader.content_at(traf, b"tfhd")
        flags, default = _number(head, 0), defaults.get(_number(head, 4), 0)
        if flags & SIZE:
            before = (
                8 * bool(flags & BASE_OFFSET) + 4 * (flags & (DESCRIPTION | DURATION)).bit_count()
            )
            default = _number(head, 8 + before)
        for trun in reader.children(traf):
            if trun.kind == b"trun":
                found += _run_bytes(reader.content(trun), default)
    return found


def _run_bytes(run: bytes, default: int) -> int:
    flags, count = _number(run, 0), _number(run, 4)
    if not flags & SAMPLE_SIZE:
        return count * default
    start = 8 + 4 * (flags & (DATA_OFFSET | FIRST_FLAGS)).bit_count()
    fields = (flags & (SAMPLE_DURATION | SAMPLE_SIZE | SAMPLE_FLAGS | SAMPLE_TIME)).bit_count()
    whole = max(0, len(run) - start) // (4 * fields)
    if whole == 0:
        return 0
    rows = np.frombuffer(run, dtype=">u4", offset=start, count=whole * fields)
    return int(
        rows.reshape(-1, fields)[:count, int(flags & SAMPLE_DURATION > 0)].sum(dtype=np.int64)
    )


def _number(raw: bytes, at: int) -> int:
    return int.from_bytes(raw[at : at + 4], "big")
