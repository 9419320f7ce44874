"""Whether a reading says the same as a line said before."""

from difflib import SequenceMatcher

SURE = 0.9
ALIKE = 0.6  # two texts that share less are two texts


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


def says_same(text: str, known: str, confidence: float) -> bool:
    """An unsure reading that is nearly the same is taken for the same."""
    like = likeness(text, known)
    return like == 1.0 or (like >= 0.8 and len(known) >= 5 and confidence < SURE)
