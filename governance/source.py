"""A file of the tree as the checks see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from governance.problem import Problem

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class SourceFile:
    """A text file; `name` is its path below the tree, with slashes, `path` how it is reported."""

    name: str
    path: str
    text: str
    tree: ast.Module | None = field(default=None, repr=False)

    @cached_property
    def lines(self) -> list[str]:
        # Not splitlines: that also ends lines where Python's parser does not.
        return self.text.split("\n")

    @cached_property
    def _nodes(self) -> dict[type[ast.AST], list[ast.AST]]:
        """Every node of a Python file by its type: the checks look at a few types each."""
        nodes: dict[type[ast.AST], list[ast.AST]] = {}
        for node in ast.walk(self.tree) if self.tree else ():
            nodes.setdefault(type(node), []).append(node)
        return nodes

    def nodes(self, *types: type[Node]) -> Iterator[Node]:
        """The nodes of exactly these types."""
        for kind in types:
            yield from cast("list[Node]", self._nodes.get(kind, []))

    def at(self, line: int, column: int, term: str, why: str) -> Problem:
        return Problem(self.path, line, column, term, why)

    def at_offset(self, offset: int, term: str, why: str) -> Problem:
        """A problem at `offset` characters from the beginning of the text."""
        line = self.text.count("\n", 0, offset) + 1
        return self.at(line, offset - self.text.rfind("\n", 0, offset), term, why)

    def at_node(self, node: ast.AST, term: str, why: str) -> Problem:
        line, column = self.position(node)
        return self.at(line, column, term, why)

    def position(self, node: ast.AST) -> tuple[int, int]:
        """Where a node begins; ast counts columns in bytes of UTF-8, from 0."""
        line = getattr(node, "lineno", 1)
        before = self.lines[line - 1].encode()[: getattr(node, "col_offset", 0)]
        return line, len(before.decode(errors="replace")) + 1

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call of a name or an attribute, with the last part of the name."""
        for node in self.nodes(ast.Call):
            yield last_name(node.func), node


def last_name(node: ast.expr | None) -> str:
    """`path` for `path` and for `urls.path`, "" for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
