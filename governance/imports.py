"""Finds imports of what is out, however they are written, and addresses of such services."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from governance.config import Group, Rules
from governance.literals import folded
from governance.problem import Problem
from governance.source import SourceFile, last_name

_IMPORTING_CALLS = {
    "__import__", "find_spec", "import_module", "import_string", "run_module",
}  # fmt: skip
_IMPORTING_NODES: tuple[type[ast.AST], ...] = (
    ast.AnnAssign, ast.Assign, ast.AugAssign, ast.Call, ast.Constant, ast.Import, ast.ImportFrom,
)  # fmt: skip
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)+")
_LISTS_OF_APPS = {"INSTALLED_APPS", "MIDDLEWARE"}


class ForbiddenImports:
    def __init__(self, rules: Rules) -> None:
        self._reasons = {module: group for group in rules.imports for module in group.members}
        self._schemes = rules.url_schemes
        names = "|".join(map(re.escape, rules.url_schemes.members))
        self._url = re.compile(rf"(?<![\w+.-])({names})(\+\w+)?:/{{2,}}", re.IGNORECASE)

    def problems(self, source: SourceFile) -> Iterator[Problem]:
        """Imports by statement, by call and by dotted name in a string, and service addresses."""
        for match in self._url.finditer(source.text):
            name = f"{match.group(1).lower()}://"
            yield source.at_offset(match.start(), name, self._schemes.why)
        for node in source.nodes(*_IMPORTING_NODES):
            for module in self._modules(node):
                group = self._group(module)
                if group is not None:
                    yield source.at_node(node, f"import of {module}", group.why)

    def _modules(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str() as module, names=names, level=0):
                if self._group(module):
                    yield module
                else:
                    yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(func=function, args=[argument, *_]):
                if last_name(function) in _IMPORTING_CALLS:
                    yield folded(argument) or ""
            case ast.Constant(value=str() as text) if _DOTTED.fullmatch(text):
                yield text
            case ast.Assign(targets=[target], value=value) if last_name(target) in _LISTS_OF_APPS:
                yield from _constants(value)
            case ast.AugAssign(target=target, value=value) if last_name(target) in _LISTS_OF_APPS:
                yield from _constants(value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                if last_name(target) in _LISTS_OF_APPS:
                    yield from _constants(value)

    def _group(self, module: str) -> Group | None:
        parts = module.split(".")
        candidates = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        return next((self._reasons[name] for name in candidates if name in self._reasons), None)


def _constants(value: ast.expr) -> Iterator[str]:
    """The undotted names in a list of apps; dotted ones are found in any string."""
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." not in node.value:
            yield node.value
