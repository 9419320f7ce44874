"""Consoles: colours and bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console

# Wide enough that nothing is wrapped where no terminal says how wide it is.
PLAIN_WIDTH = 1000


def console(stream: TextIO, *, no_color: bool = False) -> Console:
    """Writes to a stream: with colours on a terminal, unless NO_COLOR is set."""
    colours = True if no_color else None
    found = Console(file=stream, highlight=False, markup=False, emoji=False, no_color=colours)
    if found.is_terminal and not found.is_dumb_terminal:
        return found
    return Console(
        file=stream,
        force_terminal=False,
        color_system=None,
        width=PLAIN_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )


def printable(text: str) -> str:
    """Without what a terminal would take as a command: text from a video can hold anything."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
