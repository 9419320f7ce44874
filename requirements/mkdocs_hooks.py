"""For mkdocs: the pages of the top of the repository stand beside those of docs/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "LICENSE", ".github/CONTRIBUTING.md", ".github/SECURITY.md")


def on_files(files: Any, *, config: Any) -> Any:
    for name in PAGES:
        page = File.generated(config, Path(name).name, abs_src_path=str(ROOT / name))
        files.append(page)
    return files


def on_page_markdown(markdown: str, *, page: Any, **kwargs: Any) -> str:
    """Links out of docs/, and into it, lead to where the pages stand in the site."""
    if page.file.src_uri == "README.md":
        return re.sub(r'(\]\(|src=")(?:docs|\.github)/', r"\1", markdown)
    up = "../" * page.file.src_uri.count("/")
    return re.sub(rf"\]\({up}\.\./(?:docs/|\.github/)?", f"]({up}", markdown)
