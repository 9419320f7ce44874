"""Whether a reading and the known text of a line are the same."""

from difflib import SequenceMatcher

SURE = 0.9
MOST_LACKING = 2
SIMILAR = 0.6  # texts that are less similar are different texts

MARKS = str.maketrans(":;,", "...")  # they differ by a few pixels only


def normalized(text: str) -> str:
    """In lower case, without spaces."""
    return "".join(text.split()).lower()


def contains(text: str, part: str) -> bool:
    """Ignores case and spaces."""
    return normalized(part) in normalized(text)


def similarity(first: str, second: str) -> float:
    """0 to 1, ignoring case and spaces."""
    first, second = normalized(first), normalized(second)
    if first == second:
        return 1.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _without_marks(text: str) -> str:
    return normalized(text.translate(MARKS))


def is_same_text(text: str, known: str, confidence: float) -> bool:
    """A nearly equal reading counts as the same if its confidence is low, if it lacks a letter or
    two, or if only punctuation differs."""
    like = similarity(_without_marks(text), _without_marks(known))
    is_near = like >= 0.8 and len(known) >= 5
    return like == 1.0 or (is_near and (confidence < SURE or _lacks_letters(text, known)))


def _lacks_letters(text: str, known: str) -> bool:
    """Whether the text is the known one without one or two letters; a missing digit is a change."""
    rest, lacking = normalized(text), []
    for letter in normalized(known):
        if rest.startswith(letter):
            rest = rest[1:]
        else:
            lacking.append(letter)
    return not rest and 0 < len(lacking) <= MOST_LACKING and all(map(str.isalpha, lacking))
