"""The command line of the scanner: prints, and answers with an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from governance.config import RULES_FILE, Rules, load
from governance.exceptions import GovernanceError, InvalidPath
from governance.problem import Problem
from governance.scanner import Scanner

CLEAN, VIOLATIONS, UNUSABLE = 0, 1, 2
ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan; the exit code is 0 (clean), 1 (violations) or 2 (rules or paths cannot be used)."""
    paths = [Path(path) for path in _parser().parse_args(arguments).paths]
    try:
        problems = sorted(set(scan(load(RULES_FILE), paths)))
    except (GovernanceError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return UNUSABLE
    for problem in problems:
        print(problem)  # noqa: T201
    return VIOLATIONS if problems else CLEAN


def scan(rules: Rules, paths: Sequence[Path]) -> Iterator[Problem]:
    """Problems of this tree, or of other trees, folders and files if there are `paths`.

    A path below a functional folder is scanned together with its tree: routes need all of it.
    """
    scanner = Scanner(rules)
    for path in paths or [ROOT]:
        if not path.exists():
            raise InvalidPath(f"{path}: there is no such file or folder")
        path = path.absolute()
        root = next((above for above in [path, *path.parents] if _is_tree(above, rules)), None)
        if root == path:
            yield from scanner.tree(path)
        elif root and path.relative_to(root).parts[0] in rules.functional_folders:
            problems = scanner.tree(root)
            yield from (p for p in problems if Path(p.path).absolute().is_relative_to(path))
        else:
            yield from scanner.paths([path], root or path.parent)


def _is_tree(folder: Path, rules: Rules) -> bool:
    """One functional folder makes a tree: then a missing one is noticed."""
    return any((folder / name).is_dir() for name in rules.functional_folders)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Find what Phase 16 keeps out. Exit code: 0 clean, 1 violations, 2 unusable."
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="a tree, folder or file; without one this tree"
    )
    return parser
