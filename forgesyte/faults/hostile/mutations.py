"""Changes anywhere in a file, whatever stands there."""

from __future__ import annotations

from random import Random

from forgesyte.faults.hostile.boxes import Box, boxes, found, replaced

EXTREMES = (0, 1, 2, 7, 8, 255, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
NAMES = (
    b"free",
    b"skip",
    b"mdat",
    b"moov",
    b"trak",
    b"stbl",
    b"stsd",
    b"uuid",
    b"\0\0\0\0",
    b"meta",
)


def bits(data: bytes, chance: Random) -> bytes:
    """Bits turned over, anywhere."""
    return _flipped(data, chance, 0, len(data))


def bits_of_the_index(data: bytes, chance: Random) -> bytes:
    """Bits turned over in the index."""
    place = chance.choice(found(data, b"moov", b"moof"))
    return _flipped(data, chance, place.content, place.end)


def bits_of_the_frames(data: bytes, chance: Random) -> bytes:
    """Bits turned over in the coded frames."""
    place = chance.choice(found(data, b"mdat"))
    return _flipped(data, chance, place.content, place.end)


def cut(data: bytes, chance: Random) -> bytes:
    """The beginning alone."""
    return data[: chance.randrange(9, len(data))]


def spliced(data: bytes, chance: Random) -> bytes:
    """A part left out, repeated, or strange bytes put in."""
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice([1, 4, 100, 1000]))
    middle = chance.choice(
        [b"", data[start:end] * 2, chance.randbytes(end - start) + data[start:end]]
    )
    return data[:start] + middle + data[end:]


def box_sizes(data: bytes, chance: Random) -> bytes:
    """A box that says it is shorter, longer, or as long as can be."""
    changed = bytearray(data)
    for place in chance.sample(boxes(data), k=chance.randint(1, 2)):
        size = place.end - place.at
        new = chance.choice([*EXTREMES, size - 1, size + 1, size - 8, size + 8, size * 2])
        changed[place.at : place.at + 4] = (new % 2**32).to_bytes(4, "big")
    return bytes(changed)


def box_order(data: bytes, chance: Random) -> bytes:
    """A box left out, repeated, many times repeated, renamed, or put into itself."""
    place = chance.choice(boxes(data))
    raw = data[place.at : place.end]
    renamed = raw[:4] + chance.choice(NAMES) + raw[8:]
    size = (2 * len(raw)).to_bytes(4, "big")
    nested = size + raw[4:8] + raw[8:] + raw if len(raw) < 10_000 else raw
    copies = raw * (1 + 20_000 // len(raw))
    return replaced(data, place, chance.choice([b"", raw * 2, copies, renamed, nested]))


def numbers(data: bytes, chance: Random) -> bytes:
    """Extreme numbers in the index."""
    changed = bytearray(data)
    leaves = [place for place in boxes(data) if _holds_numbers(place)]
    for place in chance.choices(leaves, k=chance.randint(1, 6)):
        at = place.content + 4 * chance.randrange((place.end - place.content) // 4)
        changed[at : at + 4] = chance.choice(EXTREMES).to_bytes(4, "big")
    return bytes(changed)


def _holds_numbers(place: Box) -> bool:
    return (
        place.kind not in (b"ftyp", b"mdat", b"free", b"moov", b"trak")
        and place.end - place.at >= 12
    )


def _flipped(data: bytes, chance: Random, start: int, end: int) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 16, 64])):
        changed[chance.randrange(start, end)] ^= 1 << chance.randrange(8)
    return bytes(changed)
