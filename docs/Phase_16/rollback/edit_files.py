"""For rollback.sh: bring the files that stay to the state without the job system.

usage, from the top of the tree: edit_files.py list|write < the paths that are removed

`list` prints the files that have to change and touches nothing; `write` changes them, each one
whole or not at all. Both stop with a message if a file cannot be brought to its state. A file
that has it already is left alone, so a second run finishes what a first one has begun.
Needs the standard library alone.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

STEPS = Path(__file__).resolve().parent
ROLLED_BACK = """# Release notes

## Phase 16 rolled back

The job system of 0.1.0 (API, worker, job database) was removed. `run_pipeline` runs pipelines.
"""


class Edit(NamedTuple):
    """Substitutions, and what the text must not hold after them, or must hold."""

    substitutions: tuple[tuple[str, str], ...]
    gone: str = r"(?!)"
    there: str = ""


EDITS = {
    ".pre-commit-config.yaml": Edit(((r"\bjobs ", ""),), gone=r"\bjobs\b"),
    "pytest.ini": Edit(((r"\bjobs ", ""),), gone=r"\bjobs\b"),
    "pyproject.toml": Edit(
        (
            (r"(?ms)^\[tool\.(alembic|mutmut)\]\n.*?(?=^\[|\Z)", ""),
            (r', "mypy_drf_plugin\.main"', ""),
            (r'"jobs", ', ""),
            (r', "(gunicorn|duckdb_engine|whitenoise|ijson)\.\*"', ""),
            (r"video-analysis job server", "video analysis"),
        ),
        gone=r"\bjobs?\b|alembic|duckdb|drf|rest_framework|gunicorn|whitenoise",
    ),
    "forgesyte/apps.py": Edit(
        ((r"settings, routes, the web server and", "settings and"),), gone=r"routes|web server"
    ),
    "governance/forbidden_vocabulary_phase16.yaml": Edit(
        ((r"(?m)^(functional_folders: \[.*)\bjobs, ", r"\1"),),
        gone=r"(?m)^functional_folders:.*\bjobs\b",
        there=r"(?m)^functional_folders: \[forgesyte, pipeline\]",
    ),
    "docs/RELEASE_NOTES.md": Edit(
        ((r"\A# Release notes\n(?!\n## Phase 16 rolled back)", ROLLED_BACK),),
        there="Phase 16 rolled back",
    ),
}

REQUIREMENTS = ("requirements/base.txt", "requirements/dev.txt")
# Packages that came with the job system, and the modules by which code would use them.
PACKAGES = {
    "alembic": ("alembic",),
    "axe-playwright-python": ("axe_playwright_python",),
    "django-csp": ("csp",),
    "djangorestframework": ("rest_framework",),
    "djangorestframework-stubs": ("rest_framework",),
    "drf-spectacular": ("drf_spectacular",),
    "drf-spectacular-sidecar": ("drf_spectacular", "drf_spectacular_sidecar"),
    "duckdb": ("duckdb", "duckdb_engine"),
    "duckdb-engine": ("duckdb_engine",),
    "gunicorn": ("gunicorn",),
    "httpx": ("httpx",),
    "ijson": ("ijson",),
    "jsonschema": ("jsonschema",),
    "mkdocs": ("mkdocs",),
    "mutmut": ("mutmut",),
    "openapi-python-client": ("drf_spectacular",),
    "pip-tools": ("piptools",),
    "playwright": ("playwright",),
    "rich": ("rich",),
    "schemathesis": ("schemathesis",),
    "SQLAlchemy": ("alembic", "duckdb_engine", "sqlalchemy"),
    "types-jsonschema": ("jsonschema",),
    "whitenoise": ("whitenoise",),
}


class Unexpected(Exception):
    """A file is not what the plan was written for."""


def main() -> None:
    removed = [Path(line) for line in sys.stdin.read().split()]
    for path, text in changes(removed):
        if sys.argv[1:] == ["write"]:
            replace(path, text)
        sys.stdout.write(f"{path}\n")


def changes(removed: list[Path]) -> Iterator[tuple[Path, str]]:
    """The files to change and their new texts; raises Unexpected before the first of them."""
    found = [*templates(), *edited(), *requirements(removed)]
    return iter([(path, text) for path, text in found if not path.exists() or read(path) != text])


def templates() -> Iterator[tuple[Path, str]]:
    """Files that are written anew: those that lie here with `.template` behind their names."""
    for template in sorted(STEPS.rglob("*.template")):
        yield template.relative_to(STEPS).with_suffix(""), read(template)


def edited() -> Iterator[tuple[Path, str]]:
    for name, edit in EDITS.items():
        text = read(Path(name))
        for pattern, replacement in edit.substitutions:
            text = re.sub(pattern, replacement, text)
        left = re.search(edit.gone, text)
        if left:
            number = text.count("\n", 0, left.start()) + 1
            raise Unexpected(f"{name}: line {number} would still say {left.group()!r}")
        if not re.search(edit.there, text):
            raise Unexpected(f"{name}: nothing matches {edit.there!r} where it was expected")
        yield Path(name), text


def requirements(removed: list[Path]) -> Iterator[tuple[Path, str]]:
    """The requirements without the packages that no remaining code imports."""
    used = set(imports(remaining_code(removed)))
    unused = {name.lower() for name, modules in PACKAGES.items() if not used & set(modules)}
    for name in REQUIREMENTS:
        lines = read(Path(name)).splitlines()
        kept = [line for line in lines if re.split(r"[\s=<>~!;\[]", line)[0].lower() not in unused]
        yield Path(name), re.sub(r"\n{3,}", "\n\n", "\n".join(kept) + "\n")


def remaining_code(removed: list[Path]) -> Iterator[str]:
    written = dict(templates())
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        for path in (Path(folder, name) for name in names if name.endswith(".py")):
            gone = any(path == above or above in path.parents for above in removed)
            if not gone and path.parts[0] not in ("data", "docs"):
                yield written.get(path) or read(path)


def imports(sources: Iterable[str]) -> Iterator[str]:
    """The top-level names of the modules that the sources import."""
    for source in sources:
        for match in re.finditer(r"^\s*(?:from|import)\s+(\w+)", source, re.MULTILINE):
            yield match.group(1)


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unexpected(f"{path}: {error.strerror}") from error


def replace(path: Path, text: str) -> None:
    """Write under another name and rename: a kill leaves the old file or the new one."""
    unfinished = path.with_name(path.name + ".rollback")
    unfinished.write_text(text, encoding="utf-8")
    if path.exists():
        unfinished.chmod(path.stat().st_mode)
    unfinished.replace(path)


if __name__ == "__main__":
    try:
        main()
    except Unexpected as problem:
        sys.exit(f"{problem}. Change docs/Phase_16/rollback/edit_files.py to suit this tree.")
