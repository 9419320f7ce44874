"""The fonts of the generated pictures: TrueType and OpenType files, split by family."""

import re
from collections import defaultdict
from pathlib import Path

from PIL import ImageFont

FONT_PACKAGES = (
    "fonts-dejavu-extra fonts-liberation fonts-freefont-ttf fonts-roboto-unhinted fonts-open-sans "
    "fonts-lato fonts-hack fonts-cantarell fonts-inconsolata fonts-crosextra-carlito "
    "fonts-linuxlibertine fonts-bebas-neue fonts-firacode fonts-comfortaa "
    "fonts-league-spartan fonts-play"
)
"""The Debian packages that suffice for a small run; the model card names those of the weights."""

HELD_OUT = (
    "opensans",
    "carlito",
    "play",
    "inconsolata",
    "vollkorn",
    "dosis",
    "nationalpark",
    "comicneue",
    "courierprime",
    "texgyreadventor",
    "robotoslab",
    "lobster",
    "gillius",
    "oldstandard",
    "overpass",
    "yanonekaffeesatz",
)
"""How the names of families begin that only the held-out pictures use."""

_PLAIN = (
    "dejavusans",
    "dejavuserif",
    "liberation",
    "freesans",
    "freeserif",
    "roboto",
    "lato",
    "texgyreheros",
    "texgyretermes",
    "nimbus",
    "roadgeek",
    "rg2014",
    "opendin",
    "b612",
    "cabin",
    "inter",
    "cantarell",
    "manrope",
    "karla",
    "oxygen",
    "arimo",
    "ubuntu",
    "ptsans",
    "opensans",
    "carlito",
    "play",
    "ptserif",
    "stix",
    "universalis",
    "switzera",
    "c059",
    "p052",
    "urwgothic",
    "leaguegothic",
    "jetbrains",
)
"""How the names of families begin that signs and slides are mostly set in."""

_NOT_FOR_READING = (
    "initials",
    "keyboard",
    "math",
    "emoji",
    "symbol",
    "dingbat",
    "variable",
    "-vf",
    "barcode",
    "ornament",
    "standardsymbols",
    "d050000l",
    "7segment",
    "dseg7",
    "lignes",
    "fontawesome",
    "music",
    "braille",
    "swash",
    "libertine_i",
    "libertine_k",
    "pict",
)
_PROBE = "AgHR05zéü"

Families = list[list[Path]]


class FontsMissing(Exception):
    """No fonts were found."""


def family_name(path: Path) -> str:
    """Return the first part of a file's name, in small letters: `Lato-Bold.ttf` gives `lato`."""
    return re.split(r"[-_.]", path.stem.lower().replace(" ", ""))[0]


def _can_write(path: Path) -> bool:
    """Tell whether the font has Latin letters and figures of a sane size."""
    try:
        font = ImageFont.truetype(str(path), 40)
        missing = bytes(font.getmask("\U0010fffd"))
        glyphs = [font.getmask(letter) for letter in _PROBE]
    except OSError:
        return False
    sane = all(0 < glyph.size[1] < 90 and 0 < glyph.size[0] < 120 for glyph in glyphs)
    return sane and all(bytes(glyph) != missing for glyph in glyphs)


def find_families(root: Path, held_out: bool) -> Families:
    """Return the font files below `root`, one list for each family, in a fixed order.

    Raises FontsMissing, which names the packages to install, when a share of the split is empty.
    """
    families: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(root.rglob("*.[ot]tf")):
        name = family_name(path)
        if name.startswith(HELD_OUT) != held_out:
            continue
        if not any(part in path.name.lower() for part in _NOT_FOR_READING) and _can_write(path):
            families[name].append(path)
    if not families:
        share = "held-out" if held_out else "training"
        raise FontsMissing(
            f"no {share} fonts below {root}; install: apt-get install {FONT_PACKAGES}"
        )
    return [families[name] for name in sorted(families)]


def plain_families(families: Families) -> Families:
    """Return the families for everyday reading, or all of them where there is none."""
    plain = [family for family in families if family_name(family[0]).startswith(_PLAIN)]
    return plain or families
