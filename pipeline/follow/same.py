"""Whether a reading says the same as a line said before."""

from difflib import SequenceMatcher

SURE = 0.9
MOST_LACKING = 2
ALIKE = 0.6  # two texts that share less are two texts

MARKS = str.maketrans(":;,", "...")  # a few pixels tell them apart


def squeezed(text: str) -> str:
    return "".join(text.split()).lower()


def contains(text: str, part: str) -> bool:
    """Without regard to case and spaces."""
    return squeezed(part) in squeezed(text)


def likeness(first: str, second: str) -> float:
    """0 to 1, without regard to case and spaces."""
    first, second = squeezed(first), squeezed(second)
    if first == second:
        return 1.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _without_marks(text: str) -> str:
    return squeezed(text.translate(MARKS))


def says_same(text: str, known: str, confidence: float) -> bool:
    """A reading that is nearly the same is taken for the same if it is unsure, lacks letters or has
    another mark in a place."""
    like = likeness(_without_marks(text), _without_marks(known))
    is_near = like >= 0.8 and len(known) >= 5
    return like == 1.0 or (is_near and (confidence < SURE or _lacks_letters(text, known)))


def _lacks_letters(text: str, known: str) -> bool:
    """Whether it is the known text but for one or two letters; a figure that is gone is news."""
    rest, lacking = squeezed(text), []
    for letter in squeezed(known):
        if rest.startswith(letter):
            rest = rest[1:]
        else:
            lacking.append(letter)
    return not rest and 0 < len(lacking) <= MOST_LACKING and all(map(str.isalpha, lacking))
