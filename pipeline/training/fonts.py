"""The fonts of the generated pictures: TrueType and OpenType files, split by family."""

from collections import defaultdict
from pathlib import Path

FONT_PACKAGES = (
    "fonts-dejavu-extra fonts-liberation fonts-freefont-ttf fonts-roboto-unhinted fonts-open-sans "
    "fonts-lato fonts-hack fonts-cantarell fonts-inconsolata fonts-crosextra-carlito "
    "fonts-linuxlibertine fonts-bebas-neue fonts-firacode fonts-comfortaa "
    "fonts-league-spartan fonts-play"
)
"""The Debian packages the committed weights were trained with."""

HELD_OUT_FOLDERS = frozenset({"open-sans", "crosextra", "play", "inconsolata"})
"""Font folders that only the held-out images use."""

_NOT_FOR_READING = (
    "_I.",
    "_K.",
    "_Initials",
    "Keyboard",
    "Math",
    "Emoji",
    "Symbol",
    "-VF",
    "Variable",
)

Families = list[list[Path]]


class FontsMissing(Exception):
    """No fonts were found."""


def find_families(root: Path, held_out: bool) -> Families:
    """Return the font files below `root`, one list for each folder (family), in a fixed order.

    Raises FontsMissing, which names the packages to install, when a share of the split is empty.
    """
    families: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(root.rglob("*.[ot]tf")):
        in_held_out = path.parent.name in HELD_OUT_FOLDERS
        if in_held_out == held_out and not any(part in path.name for part in _NOT_FOR_READING):
            families[path.parent.name].append(path)
    if not families:
        share = "held-out" if held_out else "training"
        raise FontsMissing(
            f"no {share} fonts below {root}; install: apt-get install {FONT_PACKAGES}"
        )
    return [families[name] for name in sorted(families)]
