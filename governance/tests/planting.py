"""Makes a copy of the functional folders and plants violations in it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

from governance.cli import ROOT
from governance.config import load

_MARK = re.compile(r"«(.*?)»")
_LARGE = shutil.ignore_patterns("*.mp4", "*.pt", "*.png", "*.traineddata", "__pycache__")


class Plant(NamedTuple):
    """Text for a file; each `«term»` in it stands where that term is to be found.

    `after` is the part of an existing file that the text is put behind.
    """

    file: str
    text: str
    after: str = ""


def copy_tree(folder: Path) -> Path:
    """The functional folders of this tree below `folder`, without large files."""
    for name in load().functional_folders:
        shutil.copytree(ROOT / name, folder / name, ignore=_LARGE)
    shutil.copy(ROOT / "manage.py", folder)
    return folder


def plant(tree: Path, plants: list[Plant]) -> dict[str, set[str]]:
    """Put the texts into the tree; for each file how the lines begin that have to be printed."""
    for file, text, after in plants:
        path = tree / file
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() if path.exists() else ""
        assert after in before, (file, after)
        end = before.index(after) + len(after) if after else len(before)
        path.write_text(before[:end] + text + before[end:])
    return {file: _unmarked(tree, file) for file in {plant.file for plant in plants}}


def _unmarked(tree: Path, file: str) -> set[str]:
    text = (tree / file).read_text()
    expected = set()
    while mark := _MARK.search(text):
        line = text.count("\n", 0, mark.start()) + 1
        column = mark.start() - text.rfind("\n", 0, mark.start())
        expected.add(f"{tree / file}:{line}:{column}: {mark.group(1)}")
        text = text[: mark.start()] + text[mark.end() :]
    (tree / file).write_text(text)
    return expected
