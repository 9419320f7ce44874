"""Finds forbidden terms in the identifiers, strings and comments of Python source."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from governance.literals import folded
from governance.problem import Problem
from governance.source import SourceFile
from governance.words import Vocabulary

_OPENING = re.compile(r"[A-Za-z]*(\"\"\"|'''|\"|')")
_LAYOUT = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
_READ = ("NAME", "STRING", "COMMENT", "ERRORTOKEN")
# What may stand between string pieces without parting them.
_STRING_GLUE = frozenset("+()")


class Piece(NamedTuple):
    """Part of the source; line from 1, column from 0, both of its first character."""

    kind: str
    text: str
    line: int
    column: int

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of the character at `offset`."""
        line = self.line + self.text.count("\n", 0, offset)
        newline = self.text.rfind("\n", 0, offset)
        column = offset - newline if newline >= 0 else self.column + offset + 1
        return line, column


def problems(source: SourceFile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """The terms in the tokens, then those that only an expression of several strings shows."""
    found: dict[str, list[int]] = {}
    for unit in _units(_pieces(source.text)):
        for piece, offset, name, why in _find(unit, vocabulary):
            line, column = piece.position(offset)
            found.setdefault(name, []).append(line)
            yield source.at(line, column, name, why)
    for node in source.nodes(ast.BinOp, ast.Call, ast.JoinedStr):
        for _, term in vocabulary.find(folded(node) or ""):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if not any(line in lines for line in found.get(term.name, ())):
                yield source.at_node(node, term.name, term.why)


def _find(unit: list[Piece], vocabulary: Vocabulary) -> Iterator[tuple[Piece, int, str, str]]:
    if not unit or unit[0].kind not in _READ:
        return
    for offset, term in vocabulary.find("".join(piece.text for piece in unit)):
        begin = 0
        for piece in unit:
            if offset < begin + len(piece.text):
                yield piece, offset - begin, term.name, term.why
                break
            begin += len(piece.text)


def _pieces(text: str) -> Iterator[Piece]:
    """Names, strings without their quotes, comments and operators, in order."""
    depth, start, lines = 0, (0, 0), text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        # From Python 3.12 on an f-string comes in parts; it is read as one, as before.
        if kind.endswith("STRING_START"):
            start = start if depth else token.start
            depth += 1
        elif kind.endswith("STRING_END"):
            depth -= 1
            if not depth:
                yield _string(_slice(lines, start, token.end), *start)
        elif depth == 0 and kind == "STRING":
            yield _string(token.string, *token.start)
        elif depth == 0 and token.type not in _LAYOUT:
            yield Piece(kind, token.string, *token.start)


def _string(literal: str, line: int, column: int) -> Piece:
    opening = _OPENING.match(literal)
    if opening is None:
        return Piece("STRING", literal, line, column)
    body = literal[opening.end() : len(literal) - len(opening.group(1))]
    return Piece("STRING", body, line, column + opening.end())


def _slice(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    between = lines[start[0] : end[0] - 1]
    return "\n".join([lines[start[0] - 1][start[1] :], *between, lines[end[0] - 1][: end[1]]])


def _units(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces that are read together: dotted names, neighbouring strings, runs of comments."""
    unit: list[Piece] = []
    for piece in pieces:
        kind = unit[0].kind if unit else ""
        if kind == "STRING" and piece.kind == "OP" and piece.text in _STRING_GLUE:
            continue
        if kind == "STRING" and piece.kind == "COMMENT":
            yield [piece]
            continue
        if kind == "NAME" and (piece.text == "." or unit[-1].text == "."):
            unit.append(piece)
            continue
        if unit and kind == piece.kind and kind != "NAME":
            unit.append(piece)
            continue
        yield unit
        unit = [piece]
    yield unit
