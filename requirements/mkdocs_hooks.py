"""For mkdocs: the README is the first page; its links start at the top of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent


def on_files(files: Any, *, config: Any) -> Any:
    for name in ("README.md", "LICENSE"):
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **kwargs: Any) -> str:
    if page.file.src_uri == "README.md":
        return markdown.replace("](docs/", "](").replace('src="docs/', 'src="')
    return markdown.replace("](../../README.md", "](../README.md")
