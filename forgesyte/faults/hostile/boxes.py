"""The boxes of an MP4, damaged or not, and a file with one of them replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CONTAINERS = frozenset(
    [
        b"moov",
        b"trak",
        b"mdia",
        b"minf",
        b"stbl",
        b"edts",
        b"dinf",
        b"mvex",
        b"moof",
        b"traf",
        b"udta",
    ]
)
MOST_DEPTH = 8


@dataclass(frozen=True)
class Box:
    """at: where its size stands. parents: where those of the boxes around it stand."""

    kind: bytes
    at: int
    end: int
    parents: tuple[int, ...] = ()

    @property
    def content(self) -> int:
        return self.at + 8


def boxes(data: bytes) -> list[Box]:
    """All boxes that can be made out, each before what is in it."""
    return list(_walk(data, 0, len(data), ()))


def found(data: bytes, *kinds: bytes) -> list[Box]:
    """The boxes of these kinds, in the order of the file."""
    return [box for box in boxes(data) if box.kind in kinds]


def box(kind: bytes, *content: bytes) -> bytes:
    """A box as bytes."""
    payload = b"".join(content)
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


def replaced(data: bytes, old: Box, new: bytes) -> bytes:
    """The file with other bytes in the place of a box.

    The sizes around it fit again; offsets of samples do only where the index is behind them.
    """
    changed = bytearray(data)
    changed[old.at : old.end] = new
    for at in old.parents:
        size = int.from_bytes(data[at : at + 4], "big") + len(new) - (old.end - old.at)
        changed[at : at + 4] = size.to_bytes(4, "big")
    return bytes(changed)


def _walk(data: bytes, start: int, end: int, parents: tuple[int, ...]) -> Iterator[Box]:
    at = start
    while at + 8 <= end:
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if not 8 <= size <= end - at:
            return
        yield Box(kind, at, at + size, parents)
        if kind in CONTAINERS and len(parents) < MOST_DEPTH:
            yield from _walk(data, at + 8, at + size, (*parents, at))
        at += size
