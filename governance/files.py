"""Which files of a tree are scanned, and what is in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

# Binary files that Python can import; in __pycache__ it does so only beside their source.
COMPILED = frozenset({".egg", ".pyc", ".pyd", ".pyo", ".so", ".whl", ".zip"})
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# Bytes that no text file has. A stray one makes no file binary; many do.
_CONTROL = bytes(set(range(32)) - set(b"\t\n\f\r\x1b")) + b"\x7f"
_MOST_CONTROL_BYTES = 0.02
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def below(folder: Path) -> Iterator[Path]:
    """Every file and symbolic link below `folder`, sorted; Python's compiled files are left out."""
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        folders.sort()
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted([*names, *links]):
            if not (here.name == "__pycache__" and name.endswith(".pyc")):
                yield here / name


def is_python(path: Path, text: str) -> bool:
    """Whether a file is Python, by its name or its first line."""
    first = text.split("\n", 1)[0]
    return path.suffix in (".py", ".pyi", ".pyw") or (first.startswith("#!") and "python" in first)


def foreign_encoding(text: str) -> str | None:
    """The encoding that a Python file claims if that is not UTF-8: it would read differently."""
    for line in text.split("\n", 2)[:2]:
        match = _CODING.match(line)
        if match and match.group(1).lower() not in ("utf-8", "utf8"):
            return match.group(1)
    return None


def text_of(path: Path) -> str | None:
    """The text of a file with `\\n` at the end of each line, None for a binary one."""
    content = path.read_bytes()
    encoding = _MARKS.get(content[:3]) or _MARKS.get(content[:2])
    if encoding is None:
        control = len(content) - len(content.translate(None, _CONTROL))
        if control > _MOST_CONTROL_BYTES * len(content) and path.suffix != ".py":
            return None
        encoding = "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
