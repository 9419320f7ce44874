"""Small files with large frames in them: an MP4 made from nothing, and what it holds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from random import Random

from forgesyte.faults.hostile.boxes import box
from forgesyte.faults.hostile.canary import Canary

FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
MATRIX = b"".join(v.to_bytes(4, "big") for v in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
# Within the limit on pixels, just above it, and far above it.
SIDES = ((8192, 4320), (8192, 4400), (11000, 11000))
MOST_TOLD = 7  # times that the same bytes may be told of


def bombs(canary: Canary, chance: Random) -> bytes:
    """Pictures of kilobytes that decode to hundreds of megabytes, some of them several times."""
    large, small = png(*chance.choice(SIDES)), png(64, 64)
    frames = chance.choice([[large], [small, large], [large] * 3, [small] * 3000])
    repeated = chance.choice([1, MOST_TOLD])
    return mp4(frames, b"png ", chance.choice([(64, 64), (8192, 4320), (0, 0)]), repeated)


def mp4(frames: Sequence[bytes], codec: bytes, size: tuple[int, int], repeated: int = 1) -> bytes:
    """A video of these coded frames, of which the index tells `repeated` times.

    size: (width, height) that the format claims.
    """
    told = list(frames) * repeated
    width, height = (side.to_bytes(2, "big") for side in size)
    data = box(b"mdat", *frames)
    places, at = [], len(FTYP) + 8
    for frame in frames:
        places.append(at)
        at += len(frame)
    count = len(told)
    entry = box(
        codec, bytes(6), _u32(1)[2:], bytes(16), width, height, _u32(72 << 16) * 2, bytes(4),
        _u32(1)[2:], bytes(32), b"\0\x18\xff\xff",
    )  # fmt: skip
    table = box(
        b"stbl",
        box(b"stsd", bytes(4), _u32(1), entry),
        box(b"stts", bytes(4), _u32(1), _u32(count), _u32(100)),
        box(b"stsc", bytes(4), _u32(1), _u32(1), _u32(1), _u32(1)),
        box(b"stsz", bytes(8), _u32(count), *(_u32(len(frame)) for frame in told)),
        box(b"stco", bytes(4), _u32(count), *map(_u32, places * repeated)),
    )
    handler = box(b"hdlr", bytes(8), b"vide", bytes(13))
    where = box(b"dinf", box(b"dref", bytes(4), _u32(1), box(b"url ", b"\0\0\0\1")))
    times = bytes(12) + _u32(1000) + _u32(100 * count)
    media = box(
        b"mdia",
        box(b"mdhd", times, bytes(4)),
        handler,
        box(b"minf", box(b"vmhd", bytes(12)), where, table),
    )
    head = box(
        b"tkhd", b"\0\0\0\7", bytes(8), _u32(1), bytes(24), MATRIX, width, b"\0\0", height, b"\0\0"
    )
    movie = box(b"mvhd", times, bytes(80))
    return FTYP + data + box(b"moov", movie, box(b"trak", head, media))


@cache
def png(width: int, height: int) -> bytes:
    """A black picture."""
    packer = zlib.compressobj()
    row = bytes(width + 1)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = _u32(width) + _u32(height) + b"\x08\0\0\0\0"
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _u32(len(content)) + kind + content + _u32(zlib.crc32(kind + content))
        for kind, content in chunks
    )


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")
