"""Which of the recognizer's characters are text, and how they are written in results.

The model also knows pictographs (emoji, arrows, ballot boxes, circled numbers), and sees them in
icons.
"""

import re
import unicodedata

SIGNS = "°©®™\N{MULTIPLICATION SIGN}÷±≤≥"  # symbols that occur in text
# They look the same in most fonts, so the model splits its probability among them: next to other
# letters the probabilities are added. A doubtful one on its own is more likely a ball or a wheel.
ROUND = "0Oo"
UNITS = "μΩ"  # as in μm and kΩ
WIDE = ("FULLWIDTH", "HALFWIDTH", "DEGREE", "ROMAN")  # compatibility forms of plain letters
ENCLOSED = (*range(0x2460, 0x2500), *range(0x2776, 0x2794))  # circled numbers and letters
# Lower-case letters shaped like their capitals: in a crop of one line they are hard to tell apart.
LOOK_ALIKES = "cosvwxz"
CASES = tuple(small.upper() + small for small in LOOK_ALIKES)
LEAST_CAPITALS = 3


def shown(letter: str) -> str:
    """The character as written in results; a space for non-text such as icons and bullets."""
    if len(letter) != 1:
        return letter
    if unicodedata.name(letter, "").startswith(WIDE):
        letter = unicodedata.normalize("NFKC", letter)
    is_bullet = letter in "·•・" or ord(letter[0]) in ENCLOSED
    return " " if is_bullet or not all(map(_is_text, letter)) else letter


def capitalised(word: str) -> str:
    """Make look-alike letters, or a zero, capitals in a word whose other letters are capitals.

    The last letter may be lower case, as in "PCs" and "MHz".
    """
    if re.fullmatch("[A-Z]+0[A-Z]*", word) and len(word) > LEAST_CAPITALS:
        return word.replace("0", "O")
    inner = word[:-1]
    letters = [letter for letter in word if letter.isalpha()]
    others = [letter for letter in letters if not _may_be_capital(letter)]
    if all(letter.lower() in LOOK_ALIKES for letter in letters):
        is_mixed = any(map(str.isupper, word[1:])) and any(map(str.islower, word))
        return word.upper() if is_mixed else word
    if len(others) < LEAST_CAPITALS or not all(map(str.isupper, others)):
        return word
    return "".join(c.upper() if _may_be_capital(c) else c for c in inner) + word[-1]


def _may_be_capital(small: str) -> bool:
    """Whether a reading easily mixes it up with its capital."""
    is_accented = not small.isascii() and small.islower() and len(small.upper()) == 1
    return small in LOOK_ALIKES or is_accented


def is_ideograph(letter: str) -> bool:
    """Whether it is a Chinese character or Japanese kana."""
    return unicodedata.name(letter, "").startswith(("CJK", "HIRAGANA", "KATAKANA"))


def is_foreign(word: str) -> bool:
    """Whether a word contains Greek letters; on their own they are symbols, as in units."""
    return any(_is_greek(letter) for letter in word if letter not in UNITS) and len(word) > 1


def _is_greek(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("GREEK")


def _is_text(letter: str) -> bool:
    category = unicodedata.category(letter)
    return letter.isascii() or category[0] in "LNP" or category == "Sc" or letter in SIGNS
