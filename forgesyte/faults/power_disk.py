"""A disk that keeps what was brought to it, and any part of the rest."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path, PurePath

SECTOR = 512


@dataclass
class File:
    """Its content at the last fsync, and what was done to it since: (offset, data) or a length."""

    safe: bytes = b""
    since: list[tuple[int, bytes] | int] = field(default_factory=list)

    def size(self) -> int:
        return len(applied(self.safe, self.since))

    def sync(self) -> None:
        self.safe, self.since = applied(self.safe, self.since), []

    def after_a_cut(self, chance: random.Random) -> bytes:
        """Each change since then is there, is not, or is there up to some sector, in any mix."""
        kept: list[tuple[int, bytes] | int] = []
        for change in self.since:
            fate = chance.choice(("kept", "dropped", "torn"))
            if fate == "torn" and not isinstance(change, int):
                offset, data = change
                kept.append((offset, data[: chance.randrange(len(data) // SECTOR + 1) * SECTOR]))
            elif fate != "dropped":
                kept.append(change)
        return applied(self.safe, kept)


@dataclass
class Folder:
    """Its names at the last fsync, and what was done to them since: name → file, or None."""

    safe: dict[str, File] = field(default_factory=dict)
    since: list[dict[str, File | None]] = field(default_factory=list)

    def change(self, **names: File | None) -> None:
        """Names that change together, as in a rename."""
        self.since.append(names)

    def now(self, kept: int | None = None) -> dict[str, File]:
        """The names after the first `kept` changes since the fsync (all, if not given)."""
        names = dict(self.safe)
        for change in self.since[:kept]:
            for name, file in change.items():
                names.pop(name, None)
                if file is not None:
                    names[name] = file
        return names

    def sync(self) -> None:
        self.safe, self.since = self.now(), []


class Disk:
    """Files and folders below one folder. Folders themselves stay: they are made before any job."""

    def __init__(self) -> None:
        self.folders: dict[PurePath, Folder] = {}

    def folder(self, path: PurePath) -> Folder:
        return self.folders.setdefault(path, Folder())

    def file(self, path: PurePath) -> File | None:
        return self.folder(path.parent).now().get(path.name)

    def cut(self, target: Path, chance: random.Random) -> None:
        """Write to the folder `target` what a power cut now might leave.

        Of the changes of names in a folder the first few are there: file systems keep their order.
        """
        for path, folder in self.folders.items():
            place = target / path
            place.mkdir(parents=True, exist_ok=True)
            for name, file in folder.now(chance.randint(0, len(folder.since))).items():
                (place / name).write_bytes(file.after_a_cut(chance))


def applied(content: bytes, changes: list[tuple[int, bytes] | int]) -> bytes:
    """The content after the changes."""
    if not changes:
        return content
    result = bytearray(content)
    for change in changes:
        if isinstance(change, int):
            del result[change:]
            result.extend(bytes(change - len(result)))
        else:
            offset, data = change
            result.extend(bytes(max(0, offset - len(result))))
            result[offset : offset + len(data)] = data
    return bytes(result)
