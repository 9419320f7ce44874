"""A disk that keeps what was fsynced and any part of the rest, driven by recorded system calls."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

SECTOR = 512
CALLS = (
    "open,openat,creat,close,dup,dup2,dup3,fcntl,write,pwrite64,writev,pwritev,lseek,fsync,fdatasync,"
    "rename,renameat,renameat2,ftruncate,truncate,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat"
)
# Of strace(1): whole strings, all bytes as \xNN.
OPTIONS = ("-f", "-qq", "-xx", "-s", "8000000", "-e", f"trace={CALLS}", "-e", "signal=none")
LINE = re.compile(r"^(\d+) +(?:<\.\.\. \w+ resumed>)?(.*?)( <unfinished \.\.\.>)?\n$", re.DOTALL)
CALL = re.compile(r"^(\w+)\((.*)\) += (\d+)", re.DOTALL)
UNCHANGED = ("fcntl", "rmdir", "dup", "dup2", "dup3")


class Call(NamedTuple):
    """A call that did not fail. strings: those of its arguments that are strings."""

    name: str
    arguments: list[str]
    result: int

    @property
    def strings(self) -> list[bytes]:
        quoted = [text[1:-1] for text in self.arguments if text.startswith('"')]
        return [bytes.fromhex(text.replace("\\x", "")) for text in quoted]


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of all threads in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in lines:
        match = LINE.match(line)
        if match is None:
            continue
        thread, text, unfinished = match.groups()
        text = begun.pop(thread, "") + text
        if unfinished:
            begun[thread] = text
        elif (call := CALL.match(text)) is not None:
            yield Call(call.group(1), call.group(2).split(", "), int(call.group(3)))


@dataclass
class File:
    """Content at the last fsync, and the changes since: (offset, data), or a length."""

    safe: bytes = b""
    since: list[tuple[int, bytes] | int] = field(default_factory=list)

    def sync(self) -> None:
        self.safe, self.since = applied(self.safe, self.since), []

    def after_cut(self, chance: random.Random) -> bytes:
        """Each change is kept, dropped, or kept up to some sector."""
        kept: list[tuple[int, bytes] | int] = []
        for change in self.since:
            fate = chance.choice(("kept", "dropped", "torn"))
            if fate == "torn" and not isinstance(change, int):
                offset, data = change
                kept.append((offset, data[: chance.randrange(len(data) // SECTOR + 1) * SECTOR]))
            elif fate != "dropped":
                kept.append(change)
        return applied(self.safe, kept)


def applied(content: bytes, changes: list[tuple[int, bytes] | int]) -> bytes:
    """The content after the changes."""
    result = bytearray(content)
    for change in changes:
        length, data = (change, b"") if isinstance(change, int) else change
        if isinstance(change, int):
            del result[length:]
        result.extend(bytes(max(0, length - len(result))))
        result[length : length + len(data)] = data
    return bytes(result)


@dataclass
class Folder:
    """Names at the last fsync, and the changes since, each of which sets or removes names."""

    safe: dict[str, File] = field(default_factory=dict)
    since: list[dict[str, File | None]] = field(default_factory=list)

    def names(self, changes: int | None = None) -> dict[str, File]:
        """After so many of the changes: file systems keep their order. All, if not given."""
        now: dict[str, File | None] = dict(self.safe)
        for change in self.since[:changes]:
            now |= change
        return {name: file for name, file in now.items() if file is not None}

    def sync(self) -> None:
        self.safe, self.since = self.names(), []


@dataclass
class Open:
    """A descriptor; of the log without a target."""

    target: File | Folder | None
    append: bool = False
    position: int = 0


class Disk:
    """Files below `root` after the recorded calls. told: what was written to the file `log`."""

    def __init__(self, root: Path, log: Path) -> None:
        self.told = b""
        self._root, self._log = root, log
        self._folders = defaultdict[PurePath, Folder](Folder, {PurePath(): Folder()})
        self._open: dict[int, Open] = {}

    def cut(self, target: Path, chance: random.Random) -> None:
        """Write into `target` what a power cut now might leave."""
        for path, folder in self._folders.items():
            (target / path).mkdir(parents=True, exist_ok=True)
            for name, file in folder.names(chance.randint(0, len(folder.since))).items():
                (target / path / name).write_bytes(file.after_cut(chance))

    def do(self, call: Call) -> None:
        """Raises ValueError for a call that this model does not know."""
        match call.name:
            case "open" | "openat" | "creat":
                self._on_open(call)
            case "write" | "pwrite64" | "lseek" | "fsync" | "fdatasync" | "ftruncate" | "close":
                if (opened := self._open.get(number := int(call.arguments[0]))) is not None:
                    self._on_descriptor(call, opened)
                if call.name == "close":
                    self._open.pop(number, None)
            case "rename" | "renameat" | "renameat2" | "unlink" | "unlinkat" | "mkdir" | "mkdirat":
                self._on_names(call.name, [self._path(text) for text in call.strings])
            case name if name not in UNCHANGED:
                raise ValueError(f"The recording holds an unknown call: {name}")

    def _path(self, text: bytes) -> PurePath | None:
        path = Path(text.decode())
        return path.relative_to(self._root) if path.is_relative_to(self._root) else None

    def _on_open(self, call: Call) -> None:
        path, flags = self._path(call.strings[0]), " ".join(call.arguments)
        self._open.pop(call.result, None)
        if path is None:
            if Path(call.strings[0].decode()) == self._log:
                self._open[call.result] = Open(None)
            return
        parent = self._folders[path.parent]
        target = self._folders.get(path) or parent.names().get(path.name)
        if target is None and "O_CREAT" in flags:
            parent.since.append({path.name: (target := File())})
        elif isinstance(target, File) and "O_TRUNC" in flags:
            target.since.append(0)
        self._open[call.result] = Open(target or self._folders[path], "O_APPEND" in flags)

    def _on_descriptor(self, call: Call, opened: Open) -> None:
        target = opened.target
        if call.name in ("fsync", "fdatasync") and target is not None:
            target.sync()
        elif call.name == "write" and target is None:
            self.told += call.strings[0][: call.result]
        elif call.name == "lseek":
            opened.position = call.result
        elif call.name == "ftruncate" and isinstance(target, File):
            target.since.append(int(call.arguments[1]))
        elif call.name in ("write", "pwrite64") and isinstance(target, File):
            at = int(call.arguments[3]) if call.name == "pwrite64" else opened.position
            if opened.append:
                at = len(applied(target.safe, target.since))
            target.since.append((at, call.strings[0][: call.result]))
            if call.name == "write":
                opened.position = at + call.result

    def _on_names(self, name: str, paths: list[PurePath | None]) -> None:
        source, target = paths[0], paths[-1]
        if source is None or target is None:
            return
        if name.startswith("mkdir"):
            self._folders[source] = Folder()
            return
        folder, gone = self._folders[source.parent], dict[str, File | None]({source.name: None})
        file = folder.names().get(source.name)
        if name.startswith("unlink"):
            folder.since.append(gone)
        elif file is not None and target.parent == source.parent:
            folder.since.append({**gone, target.name: file})
        elif file is not None:
            self._folders[target.parent].since.append({target.name: file})
            folder.since.append(gone)
