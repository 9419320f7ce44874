"""Consoles: colours and bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

from functools import partial
from typing import TextIO

from rich.console import Console
from rich.progress import Progress, ProgressColumn

# Wide enough that nothing is wrapped where no terminal says how wide it is.
PLAIN_WIDTH = 1000


def console(stream: TextIO, *, no_color: bool = False) -> Console:
    """Writes to a stream: with colours on a terminal, unless NO_COLOR is set."""
    as_given = partial(Console, file=stream, highlight=False, markup=False, emoji=False)
    found = as_given(no_color=True if no_color else None)
    if found.is_terminal and not found.is_dumb_terminal:
        return found
    return as_given(force_terminal=False, color_system=None, width=PLAIN_WIDTH)


def progress(on: Console, *columns: ProgressColumn) -> Progress:
    """Bars that are gone in the end; none where there is no terminal."""
    off = on.quiet or not on.is_terminal
    return Progress(*columns, console=on, transient=True, disable=off)


def printable(text: str) -> str:
    """Without what a terminal would take as a command: text from a video can hold anything."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
