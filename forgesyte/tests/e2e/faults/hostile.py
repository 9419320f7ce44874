"""Files that nobody should send as a video. The same number and seed give the same file.

Boxes and fields are those of ISO/IEC 14496-12.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from pipeline.tests.video_files import DATA, TINY_MP4, box_bytes, write_video

FTYP = box_bytes(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
ONE = (1).to_bytes(4)
CONTAINERS = b"moov trak mdia minf stbl edts dinf mvex moof traf udta".split()
EXTREMES = tuple(
    map(int, ["0", "1", "2", "7", "8", "255", "65535", "999999", "2147483647", "2147483648"])
)
EXTREMES += (2**32 - 2, 2**32 - 1)
SIDES = (0, 1, 16, 8192, 16384, 30000, 65535)
CODECS = b"avc1 hvc1 av01 vp08 vp09 mp4v jpeg ap4h dvh1 s263 tx3g mp4a encv zzzz FFV1 SVQ3 HapY"
# Box, offsets in its content or from its end, bytes, values.
FIELDS: tuple[tuple[bytes, tuple[int, ...], int, tuple[int, ...]], ...] = (
    (b"tkhd", (-8, -4), 2, SIDES),
    (b"tkhd", (-44, -40, -28, -12), 4, (0, 5, 1 << 16, 2**31)),
    (b"stsd", (40, 42), 2, SIDES),
    (b"stsd", (12,), 4, tuple(map(int.from_bytes, CODECS.split()))),
    (b"hdlr", (8,), 4, tuple(map(int.from_bytes, (b"soun", b"text", b"meta", bytes(4))))),
    *((kind, (12, 16), 4, EXTREMES) for kind in (b"mvhd", b"mdhd")),
    *((kind, (4, 8, 12), 4, EXTREMES) for kind in (b"elst", b"stts", b"stsz", b"trun")),
    *((kind, (4, 8, 12, 16), 4, EXTREMES) for kind in (b"stsc", b"stco")),
)
PICTURES = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0",
    b"GIF89a\xff\xff\xff\xff\x80\0\0",
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
    b"<script>alert(1)</script>",
)
PLAYLISTS = (
    '#EXTM3U\n#EXT-X-MAP:URI="{0}"\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n',
    "#EXTM3U\n#EXTINF:1,\nconcat:{0}|{0}\n",
    "ffconcat version 1.0\nfile '{0}'\nfile 'subfile,,start,0,end,99,,:{0}'\n",
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType='
    '"video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{0}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
)
KINDS = (
    *(("mpeg4", "mp4"), ("libvpx-vp9", "mp4"), ("mjpeg", "mp4"), ("mpeg4", "avi"), ("png", "mov")),
    *(("libvpx", "webm"), ("ffv1", "mkv"), ("flv", "flv"), ("wmv2", "wmv"), ("mpeg2video", "ts")),
)


class Box(NamedTuple):
    """at: where its size stands; parents: where those of the boxes around it stand."""

    kind: bytes
    at: int
    end: int
    parents: tuple[int, ...]


def boxes(data: bytes, *kinds: bytes) -> list[Box]:
    """Those of these kinds, or all, each before what is in it."""
    return [box for box in _walk(data, 0, len(data), ()) if not kinds or box.kind in kinds]


def _walk(data: bytes, at: int, end: int, parents: tuple[int, ...]) -> Iterator[Box]:
    while at + 8 <= end and 8 <= (size := int.from_bytes(data[at : at + 4])) <= end - at:
        yield (box := Box(data[at + 4 : at + 8], at, at + size, parents))
        if box.kind in CONTAINERS and len(parents) < 8:
            yield from _walk(data, at + 8, at + size, (*parents, at))
        at += size


def replaced(data: bytes, old: Box, new: bytes) -> bytes:
    """The file with other bytes in place of a box; the sizes around it fit again."""
    content = bytearray(data)
    content[old.at : old.end] = new
    for at in old.parents:
        size = int.from_bytes(data[at : at + 4]) + len(new) - (old.end - old.at)
        content[at : at + 4] = size.to_bytes(4)
    return bytes(content)


@cache
def video(codec: str, end: str, size: tuple[int, int] = (128, 72), frames: int = 3) -> bytes:
    pix_fmt = {"mjpeg": "yuvj420p", "png": "rgb24"}.get(codec, "yuv420p")
    with tempfile.TemporaryDirectory() as folder:
        return write_video(Path(folder) / f"a.{end}", frames, size, codec, pix_fmt).read_bytes()


@cache
def videos() -> list[bytes]:
    """Those of the tests, and small ones: decoders see more of a small file that is changed."""
    made = [video(codec, end) for codec, end in KINDS if end == "mp4"]
    return [*made, *made, *(path.read_bytes() for path in (TINY_MP4, *sorted(DATA.glob("*.mp4"))))]


def changed(data: bytes, family: str, chance: Random) -> bytes:
    """Bits turned over, the end cut off, a part or a box replaced, or fields of the index set."""
    old = chance.choice(boxes(data, *((b"moov", b"moof") if family == "index bits" else ())))
    raw, at = data[old.at : old.end], old.at
    start, new = chance.randrange(9, len(data)), bytearray(data)
    match family:
        case "bits" | "index bits":
            for _ in range(chance.choice([1, 2, 4, 16, 64])):
                new[chance.randrange(old.at + 8, old.end)] ^= 1 << chance.randrange(8)
        case "cut":
            del new[start:]
        case "spliced":
            end = start + chance.choice([1, 4, 100, 1000])
            new[start:end] = chance.choice([b"", data[start:end] * 2, chance.randbytes(9)])
        case "sizes" | "numbers":
            at += 0 if family == "sizes" else 4 * chance.randrange(2, 2 + len(raw) // 4)
            sizes = (*EXTREMES, len(raw) - 1, len(raw) + 1, len(raw) * 2)
            new[at : at + 4] = chance.choice(sizes).to_bytes(4)
        case "boxes":
            renamed = raw[:4] + chance.choice([*CONTAINERS, b"free", bytes(4)]) + raw[8:]
            copies, nested = raw * (1 + 20_000 // len(raw)), box_bytes(raw[4:8], raw[8:], raw)
            others = [b"", raw * 2, copies, renamed, nested]
            return replaced(data, old, chance.choice(others))
        case "fields":
            kind, offsets, size, values = chance.choice([f for f in FIELDS if boxes(data, f[0])])
            for place in boxes(data, kind):
                offset = chance.choice(offsets)
                at = place.at + 8 + offset if offset >= 0 else place.end + offset
                new[at : at + size] = chance.choice(values).to_bytes(size)
    return bytes(new)


def disguised(content: bytes, chance: Random) -> bytes:
    """As it is, or so that the upload check takes it for an MP4."""
    return chance.choice([b"", FTYP, b"\n\0\0\0ftyp"]) + content


def playlist(data: bytes, target: str, chance: Random) -> bytes:
    return disguised(chance.choice(PLAYLISTS).format(target).encode(), chance)


def container(data: bytes, target: str, chance: Random) -> bytes:
    return disguised(chance.choice([*(video(*kind) for kind in KINDS), *PICTURES]), chance)


def polyglot(data: bytes, target: str, chance: Random) -> bytes:
    """An MP4 that is something else too: in front, inside or behind."""
    other = chance.choice(PICTURES)
    inside = box_bytes(chance.choice([b"free", b"uuid"]), other, bytes(chance.randrange(2000)))
    return chance.choice([data + other, other + data, data + inside, inside + data])


def elsewhere(data: bytes, target: str, chance: Random) -> bytes:
    """The frames are said to lie in another file or at an address (8.7.2, and QuickTime)."""
    name = target.encode()
    alias = bytes(10) + b"\x03dev".ljust(40, b"\0") + bytes([min(len(name), 63)]) + name[-63:]
    path = b"\0\2" + len(name).to_bytes(2) + name + b"\0" * (len(name) % 2) + b"\xff\xff\0\0"
    entries = [
        box_bytes(b"url ", bytes(4), name, b"\0"),
        box_bytes(b"urn ", bytes(4), b"x\0", name, b"\0"),
        box_bytes(b"alis", bytes(4), alias.ljust(150, b"\0"), path),
    ]
    dref = box_bytes(b"dref", bytes(4), ONE, chance.choice(entries))
    return replaced(data, boxes(data, b"dref")[0], dref)


def structure(data: bytes, target: str, chance: Random) -> bytes:
    """No picture, many tracks or boxes, deep ones, an index that unpacks to gigabytes."""
    moov, trak = boxes(data, b"moov")[0], boxes(data, b"trak")[0]
    track = nested = data[trak.at : trak.end]
    for _ in range(chance.choice([20, 2000])):
        nested = box_bytes(chance.choice([b"trak", b"moov", b"udta", b"stsd"]), nested)
    packed = box_bytes(b"cmvd", (2**32 - 1).to_bytes(4), zlib.compress(bytes(20_000_000)))
    cmov = box_bytes(b"cmov", box_bytes(b"dcom", b"zlib"), packed)
    run = box_bytes(b"trun", b"\0\0\2\1", chance.choice([1, 2**31]).to_bytes(4), bytes(8))
    traf = box_bytes(b"traf", box_bytes(b"tfhd", bytes(4), ONE), run)
    tracks = (b"", nested, track * 100, track * 1500, track.replace(b"vide", b"soun") * 2)
    choices = [
        *(replaced(data, trak, new) for new in tracks),
        replaced(data, moov, chance.choice([b"", box_bytes(b"moov", cmov, track)])),
        data[: moov.at] + box_bytes(b"free") * 200_000 + data[moov.at :],
        data + box_bytes(b"moof", box_bytes(b"mfhd", bytes(8)), traf) * 5000,
    ]
    return chance.choice(choices)


def bomb(data: bytes, target: str, chance: Random) -> bytes:
    """A picture of kilobytes within, above and far above the limit on pixels, shown some times."""
    side = chance.choice([(8192, 4320), (8192, 4400), (11000, 11000)])
    data, count = video("png", "mp4", side, 1), chance.choice([1, 3, 21])
    number, mdat = count.to_bytes(4), boxes(data, b"mdat")[0]
    tables = {
        b"stts": (ONE, number, ONE),
        b"stsc": (ONE, ONE, ONE, ONE),
        b"stsz": ((mdat.end - mdat.at - 8).to_bytes(4), number),
        b"stco": (number, (mdat.at + 8).to_bytes(4) * count),
    }
    for kind, content in tables.items():
        data = replaced(data, boxes(data, kind)[0], box_bytes(kind, bytes(4), *content))
    return data


CHANGES = ("bits", "index bits", "cut", "spliced", "sizes", "numbers", "boxes", "fields")
FORGERIES = (playlist, container, polyglot, elsewhere, structure, bomb)
KINDS_OF_FILES = 1 + len(CHANGES) + len(FORGERIES)
FAMILIES = (*CHANGES, *FORGERIES, None, *["fields"] * 4)


def hostile_file(number: int, seed: int, targets: list[str]) -> tuple[str, bytes]:
    """Family and content of a file; the families take turns. targets: what must not be opened."""
    chance, family = Random(f"{seed}/{number}"), FAMILIES[number % len(FAMILIES)]
    data = chance.choice(videos())
    if callable(family):
        data = chance.choice([data for data in videos() if boxes(data, b"stco")])
        return family.__name__, family(data, chance.choice(targets), chance)
    for name in [family] if family else chance.choices(CHANGES, k=3):
        with suppress(IndexError, ValueError):  # another change has taken away what this one needs
            data = changed(data, name, chance)
    return family or "combined", data
