"""What a string expression comes to, as far as that stands in the source."""

from __future__ import annotations

import ast

# Stands for a part that only the running program knows; it joins nothing.
_UNKNOWN = "\0"


def folded(node: ast.expr) -> str | None:
    """The value of a string expression, or None when it is none or cannot be told."""
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.Constant(value=bytes() as value):
            return value.decode("latin-1")
        case ast.JoinedStr(values=values):
            return "".join(_UNKNOWN if part is None else part for part in map(folded, values))
        case ast.FormattedValue(value=value):
            return folded(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined("", [left, right])
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            return _filled(left, right.elts if isinstance(right, ast.Tuple) else [right])
        case ast.Call(func=ast.Attribute(value=value, attr="format"), args=args, keywords=[]):
            return _formatted(value, args)
        case ast.Call(func=ast.Attribute(value=value, attr="join"), args=[parts], keywords=[]):
            separator = folded(value)
            if separator is not None and isinstance(parts, ast.List | ast.Tuple):
                return _joined(separator, parts.elts)
    return None


def _known(nodes: list[ast.expr]) -> list[str] | None:
    values = [value for value in map(folded, nodes) if value is not None]
    return values if len(values) == len(nodes) else None


def _joined(separator: str, nodes: list[ast.expr]) -> str | None:
    values = _known(nodes)
    return None if values is None else separator.join(values)


def _filled(template: ast.expr, nodes: list[ast.expr]) -> str | None:
    text, values = folded(template), _known(nodes)
    if text is None or values is None:
        return None
    try:
        return text % tuple(values)
    except (TypeError, ValueError):
        return None


def _formatted(template: ast.expr, nodes: list[ast.expr]) -> str | None:
    text, values = folded(template), _known(nodes)
    if text is None or values is None:
        return None
    try:
        return text.format(*values)
    except (IndexError, KeyError, ValueError, AttributeError):
        return None
