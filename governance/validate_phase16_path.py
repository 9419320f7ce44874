"""Find what Phase 16 keeps out: `python governance/validate_phase16_path.py [PATH...]`.

Needs PyYAML only. Exit code: 0 if nothing was found, 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from governance.scanner import scan  # noqa: E402
from governance.vocabulary import Vocabulary, load  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each problem as `file:line: term (reason)`; returns the exit code."""
    parser = argparse.ArgumentParser(description="Look for things that Phase 16 rules out.")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="default: this tree")
    paths = parser.parse_args(arguments).paths
    rules = load()
    if not paths:
        folders = [ROOT / name for name in rules.functional_folders]
        paths = [_shown(path) for path in (*folders, *sorted(ROOT.glob("*.py")))]
    missing = [path for path in paths if not path.exists()]
    if missing:
        parser.error(f"{missing[0]}: there is no such file or folder")
    problems = sorted(set(scan(paths, Vocabulary(rules.terms))))
    for problem in problems:
        print(problem)  # noqa: T201
    return 1 if problems else 0


def _shown(path: Path) -> Path:
    """The path relative to the current folder, if it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
