"""Scans the functional folders of a tree."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from governance import python_words
from governance.config import Rules
from governance.exceptions import InvalidPath
from governance.file_names import FileNameCheck
from governance.files import COMPILED, below, foreign_encoding, is_python, text_of
from governance.imports import ForbiddenImports
from governance.job_model import JobModelCheck
from governance.problem import Problem
from governance.routes import RouteCheck
from governance.source import SourceFile
from governance.words import Vocabulary

_LINK_WHY = "what it leads to would not be scanned"
_FOLDER_WHY = "Python code belongs into a folder that is scanned"
_UNREADABLE_WHY = "it cannot be scanned"


class Scanner:
    """Checks files against the rules; the same for a whole tree and for single paths."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._vocabulary = Vocabulary(rules.terms)
        self._names = FileNameCheck(rules, self._vocabulary)
        self._imports = ForbiddenImports(rules)
        self._job_model = JobModelCheck(rules.job_model)
        self._routes = RouteCheck(rules.routes)

    def tree(self, root: Path) -> Iterator[Problem]:
        """Problems of the functional folders below `root` and of the code beside them.

        Raises InvalidPath when a functional folder is missing: then nothing says the code is clean.
        """
        for name in self._rules.functional_folders:
            if not (root / name).is_dir():
                raise InvalidPath(f"{root / name}: the functional folder is missing")
        folders = [root / name for name in self._rules.functional_folders]
        for path in sorted(root.iterdir()):
            if path.is_file():
                yield from self._names.problems(path.name, _shown(path))
        yield from self._unknown_folders(root)
        sources: dict[str, SourceFile] = {}
        yield from self._files([*folders, *sorted(root.glob("*.py"))], root, sources)
        yield from self._routes.problems(sources)

    def paths(self, paths: Iterable[Path], root: Path) -> Iterator[Problem]:
        """Problems of files and folders below `root`, without those that need a whole tree."""
        yield from self._files(paths, root, {})

    def _files(
        self, paths: Iterable[Path], root: Path, sources: dict[str, SourceFile]
    ) -> Iterator[Problem]:
        for path in paths:
            for file in below(path) if path.is_dir() and not path.is_symlink() else [path]:
                yield from self._file(file, _name(file, root), sources)

    def _file(self, file: Path, name: str, sources: dict[str, SourceFile]) -> Iterator[Problem]:
        shown = _shown(file)
        yield from self._names.problems(name, shown)
        if file.is_symlink():
            yield Problem(shown, 1, 1, "symbolic link", _LINK_WHY)
            return
        text = text_of(file)
        if text is None:
            if file.suffix in COMPILED:
                yield Problem(shown, 1, 1, "compiled code", _UNREADABLE_WHY)
            return
        source = SourceFile(name, shown, text)
        yield from self._names.title_problems(source)
        if is_python(file, text):
            yield from self._python(source, sources)
        else:
            yield from self._words(source)
            yield from self._imports.problems(source)

    def _python(self, source: SourceFile, sources: dict[str, SourceFile]) -> Iterator[Problem]:
        if encoding := foreign_encoding(source.text):
            yield source.at(1, 1, f"encoding {encoding}", _UNREADABLE_WHY)
        try:
            tree = ast.parse(source.text)
            source = SourceFile(source.name, source.path, source.text, tree)
            yield from python_words.problems(source, self._vocabulary)
        except (SyntaxError, ValueError, RecursionError, tokenize.TokenError) as error:
            line = getattr(error, "lineno", None) or 1
            yield source.at(line, 1, "not readable as Python", _UNREADABLE_WHY)
            yield from self._words(source)
            return
        yield from self._imports.problems(source)
        yield from self._job_model.problems(source)
        sources[source.name] = source

    def _words(self, source: SourceFile) -> Iterator[Problem]:
        for offset, term in self._vocabulary.find(source.text):
            yield source.at_offset(offset, term.name, term.why)

    def _unknown_folders(self, root: Path) -> Iterator[Problem]:
        known = {*self._rules.functional_folders, *self._rules.other_folders}
        for path in sorted(root.iterdir()):
            if path.is_dir() and not path.name.startswith(".") and path.name not in known:
                code = next(path.rglob("*.py"), None)
                if code is not None:
                    yield Problem(_shown(code), 1, 1, "code outside the folders", _FOLDER_WHY)


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()


def _shown(path: Path) -> str:
    """A path as the user would write it: below the current folder without that folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
