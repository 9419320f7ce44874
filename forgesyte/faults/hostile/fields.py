"""Changes of what the index says. Field layouts: ISO/IEC 14496-12."""

from __future__ import annotations

from random import Random

from forgesyte.faults.hostile.boxes import box, found, replaced

SIDES = (0, 1, 16, 8192, 16384, 30000, 65535)
COUNTS = (0, 1, 5, 1000, 999_999, 1_000_001, 178_000_000, 2**31, 2**32 - 1)
CODECS = (
    *(
        b"avc1",
        b"hvc1",
        b"hev1",
        b"av01",
        b"vp08",
        b"vp09",
        b"mp4v",
        b"jpeg",
        b"mjp2",
        b"ap4h",
        b"drac",
    ),
    *(b"dvh1", b"s263", b"raw ", b"text", b"tx3g", b"mp4a", b"enca", b"encv", b"zzzz", b"\0\0\0\0"),
    *(
        b"FFV1",
        b"png ",
        b"gif ",
        b"rle ",
        b"SVQ3",
        b"cvid",
        b"HapY",
        b"v210",
        b"dvc ",
        b"icod",
        b"CFHD",
    ),
)
ONE = 1 << 16
# a, b, u, c, d, v, x, y, w of a matrix (§8.3.2), turned by quarters, mirrored, sheared, empty.
MATRICES = (
    (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30),
    (-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30),
    (0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30),
    (-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30),
    (ONE, ONE // 2, 0, ONE // 3, ONE, 0, 0, 0, 1 << 30),
    (0, 0, 0, 0, 0, 0, 0, 0, 0),
    (2**31 - 1, -(2**31), 5, 7, 2**31 - 1, 9, 2**31 - 1, 2**31 - 1, -1),
)


def dimensions(data: bytes, chance: Random) -> bytes:
    """Other widths and heights: of the screen, of the format, and in a JPEG's own header."""
    changed = bytearray(data)
    sides = b"".join(chance.choice(SIDES).to_bytes(2, "big") for _ in range(2))
    where = chance.choice(["tkhd", "stsd", "frame", "all"])
    for place in found(data, b"tkhd") if where in ("tkhd", "all") else ():
        changed[place.end - 8 : place.end] = sides[:2] + b"\0\0" + sides[2:] + b"\0\0"
    for place in found(data, b"stsd") if where in ("stsd", "all") else ():
        changed[place.content + 40 : place.content + 44] = sides
    at = data.find(b"\xff\xc0\0\x11") if where in ("frame", "all") else -1
    while at >= 0:
        changed[at + 5 : at + 9] = sides
        at = data.find(b"\xff\xc0\0\x11", at + 1) if chance.random() < 0.5 else -1
    return bytes(changed)


def frame_counts(data: bytes, chance: Random) -> bytes:
    """Billions of frames, of no size, of one size, or of tables that end before."""
    changed = bytearray(data)
    for place in chance.sample(
        tables := found(data, b"stsz", b"stts", b"stsc", b"stco", b"trun"), k=1
    ):
        at = place.content + (8 if place.kind == b"stsz" else 4)
        changed[at : at + 4] = chance.choice(COUNTS).to_bytes(4, "big")
        if place.kind == b"stsz" and chance.random() < 0.6:
            size = chance.choice([1, 100, len(data), 2**31])
            changed[at - 4 : at] = size.to_bytes(4, "big")
    if chance.random() < 0.5:  # the times tell of as many
        _write(changed, [t.content + 8 for t in tables if t.kind == b"stts"], chance.choice(COUNTS))
    return bytes(changed)


def time_bases(data: bytes, chance: Random) -> bytes:
    """No time scale, an endless one, durations of centuries, edits without a length."""
    changed = bytearray(data)
    for place in chance.sample(found(data, b"mvhd", b"mdhd", b"elst"), k=2):
        fields = (8, 12) if place.kind == b"elst" else (12, 16)
        at = place.content + chance.choice(fields)
        changed[at : at + 4] = chance.choice([0, 0, 1, 2**31, 2**32 - 1]).to_bytes(4, "big")
    return bytes(changed)


def frame_times(data: bytes, chance: Random) -> bytes:
    """A variable rate, as cameras and screen recorders write it, or one that no clock has."""
    place = found(data, b"stts")[0]
    frames = int.from_bytes(data[found(data, b"stsz")[0].content + 8 :][:4], "big")
    usual = int.from_bytes(data[place.content + 12 : place.content + 16], "big") or 1
    longest = chance.choice([usual, 2 * usual, 3 * usual, 50, 2**31 - 1])
    least = chance.choice([0, 1, min(usual, longest)])
    pairs = [(1, chance.randint(least, longest)) for _ in range(frames)]
    entries = b"".join(n.to_bytes(4, "big") + delta.to_bytes(4, "big") for n, delta in pairs)
    return replaced(data, place, box(b"stts", bytes(4), frames.to_bytes(4, "big"), entries))


def offsets(data: bytes, chance: Random) -> bytes:
    """Frames that lie elsewhere: behind the end, in the index, all in one place."""
    changed = bytearray(data)
    tables = found(data, b"stco", b"stsc")
    for place in tables:
        for at in range(place.content + 8, place.end - 3, 4):
            if chance.random() < 0.5:
                new = chance.choice([0, 4, chance.randrange(len(data)), len(data), 2**32 - 1])
                changed[at : at + 4] = new.to_bytes(4, "big")
    return bytes(changed)


def codecs(data: bytes, chance: Random) -> bytes:
    """Another codec than the frames have."""
    changed = bytearray(data)
    for place in found(data, b"stsd"):
        changed[place.content + 12 : place.content + 16] = chance.choice(CODECS)
    return bytes(changed)


def rotations(data: bytes, chance: Random) -> bytes:
    """Turned by quarters as telephones do it, and in ways that nobody can turn."""
    changed = bytearray(data)
    matrix = chance.choice(MATRICES)
    for place in found(data, b"tkhd"):
        raw = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
        changed[place.end - 44 : place.end - 8] = raw
    return bytes(changed)


def without_video(data: bytes, chance: Random) -> bytes:
    """The track is for sound, for subtitles, for nothing, or is not there."""
    handler = found(data, b"hdlr")[0]
    if chance.random() < 0.3:
        return replaced(data, found(data, b"trak")[0], b"")
    changed = bytearray(data)
    kind = chance.choice([b"soun", b"text", b"sbtl", b"meta", b"hint", b"\0\0\0\0"])
    changed[handler.content + 8 : handler.content + 12] = kind
    return bytes(changed)


def _write(changed: bytearray, places: list[int], value: int) -> None:
    for at in places:
        changed[at : at + 4] = value.to_bytes(4, "big")
