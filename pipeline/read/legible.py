"""What of a reading is text: icons and scripts that the model does not know are read, too."""

from dataclasses import replace

from pipeline.read.alphabet import ROUND, capitalised, is_foreign, is_ideograph
from pipeline.read.reading import Reading, Word

LEAST_LEGIBLE = 0.5  # of the letters of a line; where fewer are certain, it is no text, or foreign

LEAST_ROUND = (
    0.93  # confidence of an O or 0 alone; of 60 rings and wheels the most certain had 0.92
)


def legible(reading: Reading, least_confidence: float) -> Reading:
    """The words of at least that confidence, 0 to 1; none if the line is likely to be no text.

    - Most letters are doubtful: a script that the model does not know.
    - Greek letters within a word: it knows them as mathematical symbols only, without accents.
    - An O or 0 alone that is not certain: a ball or a wheel.
    - An ideograph alone, or nothing but punctuation: an icon.
    """
    kept = reading.at_least(least_confidence)
    if any(map(is_foreign, (word.text for word in reading.words))):
        return Reading()
    if _letters(kept) < LEAST_LEGIBLE * _letters(reading):
        return Reading()
    if kept.text in ROUND and kept.confidence < LEAST_ROUND:
        return Reading()
    ideographs = sum(map(is_ideograph, kept.text))
    words = tuple(
        replace(word, text=capitalised(word.text))
        for word in kept.words
        if ideographs > 1 or not any(map(is_ideograph, word.text))
    )
    has_text = any(character.isalnum() for word in words for character in word.text)
    return Reading(_with_zeros(words)) if has_text else Reading()


def _with_zeros(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """An O alone among numbers or beside a colon is a 0, as in a score."""
    if not any(word.text.isdigit() or word.text == ":" for word in words):
        return words
    return tuple(replace(word, text="0") if word.text in ROUND else word for word in words)


def _letters(reading: Reading) -> int:
    return sum(len(word.text) for word in reading.words)
