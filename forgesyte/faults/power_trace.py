"""The calls of a process that change files, recorded by strace(1) and read back in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CALLS = (
    "open,openat,creat,close,dup,dup2,dup3,fcntl,write,pwrite64,writev,pwritev,lseek,fsync,fdatasync,"
    "rename,renameat,renameat2,ftruncate,truncate,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat"
)
# Whole strings, all bytes as \xNN.
OPTIONS = ("-f", "-qq", "-xx", "-s", "8000000", "-e", f"trace={CALLS}", "-e", "signal=none")

_LINE = re.compile(r"^(\d+) +(.*)$")
_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)", re.DOTALL)
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
_UNFINISHED = " <unfinished ...>"


@dataclass(frozen=True)
class Call:
    """A call that did not fail."""

    name: str
    arguments: list[str]
    result: int


def read(lines: Iterator[str]) -> Iterator[Call]:
    """The calls in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in lines:
        match = _LINE.match(line.rstrip("\n"))
        if match is None:
            continue
        thread, text = match.groups()
        if text.endswith(_UNFINISHED):
            begun[thread] = text.removesuffix(_UNFINISHED)
            continue
        resumed = _RESUMED.match(text)
        if resumed is not None:
            text = begun.pop(thread, "") + resumed.group(2)
        call = _CALL.match(text)
        if call is not None and int(call.group(3)) >= 0:
            yield Call(call.group(1), call.group(2).split(", "), int(call.group(3)))


def string(argument: str) -> bytes:
    """The bytes of a string argument."""
    return bytes.fromhex(argument.strip('"').replace("\\x", ""))
