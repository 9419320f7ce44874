"""Recorded calls, done again on the model of a disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath

from forgesyte.faults.power_disk import Disk, File, Folder
from forgesyte.faults.power_trace import Call, string


class Replay:
    """Does one call after the other; those outside the folder `root` are passed over."""

    def __init__(self, root: Path, acknowledged: Path) -> None:
        self.disk = Disk()
        self.acknowledged = b""
        self._told = acknowledged
        self._root = root
        self._descriptors: dict[int, tuple[File | Folder | None, int, bool]] = {}

    def do(self, call: Call) -> None:
        method: Callable[[Call], None] | None = getattr(self, f"on_{call.name}", None)
        if method is None:
            raise ValueError(f"The recording holds a call that is not understood: {call.name}")
        method(call)

    def _path(self, argument: str) -> PurePath | None:
        path = Path(string(argument).decode())
        return path.relative_to(self._root) if path.is_relative_to(self._root) else None

    def on_openat(self, call: Call) -> None:
        name, flags = call.arguments[1], call.arguments[2]
        if Path(string(name).decode()) == self._told:
            self._descriptors[call.result] = (None, 0, False)
            return
        path = self._path(name)
        if path is None:
            self._descriptors.pop(call.result, None)
            return
        if path in self.disk.folders or path == PurePath():
            self._descriptors[call.result] = (self.disk.folder(path), 0, False)
            return
        file = self.disk.file(path)
        if file is None:
            if "O_CREAT" not in flags:
                self._descriptors[call.result] = (self.disk.folder(path), 0, False)
                return
            file = File()
            self.disk.folder(path.parent).change(**{path.name: file})
        elif "O_TRUNC" in flags:
            file.since.append(0)
        self._descriptors[call.result] = (file, 0, "O_APPEND" in flags)

    def on_open(self, call: Call) -> None:
        self.on_openat(Call("openat", ["AT_FDCWD", *call.arguments], call.result))

    def on_close(self, call: Call) -> None:
        self._descriptors.pop(int(call.arguments[0]), None)

    def on_write(self, call: Call) -> None:
        number = int(call.arguments[0])
        if number not in self._descriptors:
            return
        target, position, append = self._descriptors[number]
        data = string(call.arguments[1])[: call.result]
        if isinstance(target, File):
            position = target.size() if append else position
            target.since.append((position, data))
            self._descriptors[number] = (target, position + len(data), append)
        elif target is None:
            self.acknowledged += data

    def on_pwrite64(self, call: Call) -> None:
        target = self._descriptors.get(int(call.arguments[0]), (None,))[0]
        if isinstance(target, File):
            target.since.append((int(call.arguments[3]), string(call.arguments[1])[: call.result]))

    def on_lseek(self, call: Call) -> None:
        number = int(call.arguments[0])
        if number in self._descriptors:
            target, _, append = self._descriptors[number]
            self._descriptors[number] = (target, call.result, append)

    def on_fsync(self, call: Call) -> None:
        target = self._descriptors.get(int(call.arguments[0]), (None,))[0]
        if target is not None:
            target.sync()

    on_fdatasync = on_fsync

    def on_ftruncate(self, call: Call) -> None:
        target = self._descriptors.get(int(call.arguments[0]), (None,))[0]
        if isinstance(target, File):
            target.since.append(int(call.arguments[1]))

    def on_rename(self, call: Call) -> None:
        self._move(call.arguments[0], call.arguments[1])

    def on_renameat(self, call: Call) -> None:
        self._move(call.arguments[1], call.arguments[3])

    on_renameat2 = on_renameat

    def _move(self, before: str, after: str) -> None:
        source, target = self._path(before), self._path(after)
        if source is None or target is None:
            return
        file = self.disk.file(source)
        if file is None:
            return
        if source.parent == target.parent:
            self.disk.folder(source.parent).change(**{source.name: None, target.name: file})
        else:
            self.disk.folder(target.parent).change(**{target.name: file})
            self.disk.folder(source.parent).change(**{source.name: None})

    def on_unlink(self, call: Call) -> None:
        path = self._path(call.arguments[0])
        if path is not None:
            self.disk.folder(path.parent).change(**{path.name: None})

    def on_unlinkat(self, call: Call) -> None:
        self.on_unlink(Call("unlink", call.arguments[1:], call.result))

    def on_mkdir(self, call: Call) -> None:
        path = self._path(call.arguments[0])
        if path is not None:
            self.disk.folder(path)

    def _passed_over(self, call: Call) -> None:
        """Calls that change no file: of descriptors that are copied none is written to here."""

    on_fcntl = on_rmdir = on_dup = on_dup2 = on_dup3 = _passed_over
