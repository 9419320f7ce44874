"""README.md and docs/ as the tests read them: blocks, headings, links, paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PHASE_16 = ROOT / "docs" / "Phase_16"
ENDPOINTS = PHASE_16 / "PHASE_16_ENDPOINTS.md"
MIGRATION_GUIDE = PHASE_16 / "PHASE_16_MIGRATION_GUIDE.md"
EXAM = PHASE_16 / "PHASE_16_CONTRIBUTOR_EXAM.md"
README = ROOT / "README.md"
COMMANDS_PAGE = ROOT / "docs" / "COMMANDS.md"
OPERATIONS = ROOT / "docs" / "OPERATIONS.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]
# Folders whose files stand in documents with their whole path.
FOLDERS = ("forgesyte", "jobs", "pipeline", "governance", "docs", "requirements", ".github", ".ci")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})(?:/[\w.-]+)+/?")


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its first line."""

    path: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def blocks(path: Path, *languages: str) -> list[Block]:
    """The fenced blocks in these languages, or all."""
    text = path.read_text(encoding="utf-8")
    found = [
        Block(path, text.count("\n", 0, match.start(2)) + 1, *match.groups())
        for match in _FENCE.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]


def prose(path: Path) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> list[str]:
    return _LINK.findall(prose(path))


def code_spans(text: str) -> list[str]:
    return _CODE.findall(text)


def named_paths(text: str) -> list[str]:
    """The code spans that are paths of the tree."""
    return [span for span in code_spans(text) if _PATH.fullmatch(span)]


def table_rows(path: Path, heading: str) -> Iterator[list[str]]:
    """The cells of the rows of the tables below a heading, up to the next one."""
    section = re.split(rf"^#+ {re.escape(heading)}\n", prose(path), flags=re.MULTILINE)[1]
    for line in re.split(r"^#", section, flags=re.MULTILINE)[0].splitlines():
        if line.startswith("|") and not line.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]
