"""The fonts of the generated pictures: TrueType and OpenType files, split by family."""

import re
from collections import defaultdict
from pathlib import Path

import yaml
from PIL import ImageFont

_LISTS = yaml.safe_load(Path(__file__).with_name("fonts.yaml").read_text(encoding="utf-8"))
HELD_OUT, _PLAIN, _NOT_FOR_READING = (
    tuple(_LISTS[name].split()) for name in ("held_out", "plain", "not_for_reading")
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

    Raises FontsMissing when a share of the split is empty.
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
        raise FontsMissing(f"no {share} fonts below {root}; MODEL_CARD.md names the packages")
    return [families[name] for name in sorted(families)]


def plain_families(families: Families) -> Families:
    """Return the families for everyday reading, or all of them where there is none."""
    plain = [family for family in families if family_name(family[0]).startswith(_PLAIN)]
    return plain or families
