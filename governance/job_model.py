"""Finds columns, tables, statuses and declarative bases beyond those of the job."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from governance.config import JobModelRules
from governance.literals import folded
from governance.problem import Problem
from governance.source import SourceFile, last_name

_COLUMN_CALLS = {"Column", "column_property", "deferred", "mapped_column"}
_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta", "MappedAsDataclass"}
_BASE_CALLS = {"automap_base", "declarative_base", "generate_base"}
_ADD_COLUMN = re.compile(r"\bADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?(\w+)", re.I)
_CREATE_TABLE = re.compile(
    r"\bCREATE\s+(?:\w+\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?(\w+)", re.I
)
_CHECKED: tuple[type[ast.AST], ...] = (
    ast.AnnAssign, ast.Assign, ast.BinOp, ast.Call, ast.ClassDef, ast.Constant, ast.JoinedStr,
)  # fmt: skip
_STATUS_LIST = re.compile(r"\bstatus\s+(?:NOT\s+)?IN\s*\(([^()]*)\)", re.I)


class JobModelCheck:
    def __init__(self, rules: JobModelRules) -> None:
        self._rules = rules
        # Where SQL reaches the jobs' tables; elsewhere a statement is read-only.
        self._folder = PurePosixPath(rules.base_module).parent
        self._columns = f"the job has {len(rules.columns)} columns and no more"
        self._statuses = f"the job has {len(rules.statuses)} statuses and no more (G9)"
        self._tables = f"the only table is {rules.table}"

    def problems(self, source: SourceFile) -> Iterator[Problem]:
        bases = 0
        for node in source.nodes(*_CHECKED):
            yield from self._column_problems(source, node)
            yield from self._table_problems(source, node)
            yield from self._status_problems(source, node)
            if PurePosixPath(source.name).is_relative_to(self._folder):
                yield from self._sql_problems(source, node)
            if _makes_base(node):
                bases += 1
                if source.name != self._rules.base_module or bases > 1:
                    why = f"the one Base is in {self._rules.base_module} (G23)"
                    yield source.at_node(node, "second declarative base", why)

    def _column_problems(self, source: SourceFile, node: ast.AST) -> Iterator[Problem]:
        for where, name in _columns(node):
            if name not in self._rules.columns:
                yield source.at_node(where, f"column {name or '(unreadable)'}", self._columns)

    def _table_problems(self, source: SourceFile, node: ast.AST) -> Iterator[Problem]:
        match node:
            case ast.Assign(targets=[ast.Name(id="__tablename__")], value=value):
                name = folded(value)
            case ast.Call(func=function, args=[first, *_]) if last_name(function) == "create_table":
                name = folded(first)
            case ast.Call(func=function, args=[ast.Constant(value=str() as text), *_]) if (
                last_name(function) == "Table"
            ):
                name = text
            case _:
                return
        if name != self._rules.table:
            yield source.at_node(node, f"table {name or '(unreadable)'}", self._tables)

    def _status_problems(self, source: SourceFile, node: ast.AST) -> Iterator[Problem]:
        if not isinstance(node, ast.ClassDef) or node.name != self._rules.status_class:
            return
        for statement in node.body:
            match statement:
                case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                    status = folded(value)
                    if status not in self._rules.statuses:
                        name = f"status {status or '(unreadable)'}"
                        yield source.at_node(statement, name, self._statuses)

    def _sql_problems(self, source: SourceFile, node: ast.AST) -> Iterator[Problem]:
        if not isinstance(node, ast.Constant | ast.BinOp | ast.JoinedStr):
            return
        text = folded(node) or ""
        for column in _ADD_COLUMN.findall(text) if "ALTER" in text.upper() else ():
            if column.lower() not in self._rules.columns:
                yield source.at_node(node, f"column {column.lower()}", self._columns)
        for table in _CREATE_TABLE.findall(text):
            if table.lower() != self._rules.table:
                yield source.at_node(node, f"table {table.lower()}", self._tables)
        for values in _STATUS_LIST.findall(text):
            for status in re.findall(r"'([^']*)'", values):
                if status not in self._rules.statuses:
                    yield source.at_node(node, f"status {status}", self._statuses)


def _columns(node: ast.AST) -> Iterator[tuple[ast.AST, str | None]]:
    """Each column that `node` makes: by the attribute it is given to, and by its own name."""
    match node:
        case ast.AnnAssign(target=target, annotation=ast.Subscript(value=kind)) if (
            last_name(kind) == "Mapped"
        ):
            yield node, last_name(target)
        case ast.AnnAssign(target=target, value=ast.Call(func=function)) | ast.Assign(
            targets=[target], value=ast.Call(func=function)
        ) if (last_name(function) in _COLUMN_CALLS):
            yield node, last_name(target)
        case ast.Call(func=function, keywords=keywords) if last_name(function) == "alter_column":
            names = [k.value for k in keywords if k.arg == "new_column_name"]
            yield from ((node, folded(name)) for name in names)
        case ast.Call(func=function, args=[first, *_]) if last_name(function) == "Column":
            yield node, folded(first)
        case ast.Call(func=function, args=[ast.Constant(value=str() as name), *_]) if (
            last_name(function) in _COLUMN_CALLS
        ):
            yield node, name


def _makes_base(node: ast.AST) -> bool:
    match node:
        case ast.ClassDef(bases=bases):
            return any(last_name(base) in _BASES for base in bases)
        case ast.Call(func=function):
            return last_name(function) in _BASE_CALLS
    return False
