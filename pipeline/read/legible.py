"""What of a reading is text: icons and scripts that the model does not know are read, too."""

from dataclasses import replace

from pipeline.read.alphabet import capitalised, is_foreign, is_ideograph
from pipeline.read.reading import Reading

LEAST_LEGIBLE = 0.5  # of the letters of a line; where fewer are certain, it is no text, or foreign


def legible(reading: Reading, least_confidence: float) -> Reading:
    """The words of at least that confidence, 0 to 1; none if the line is likely to be no text.

    - Most letters are doubtful: a script that the model does not know.
    - Greek letters within a word: it knows them as mathematical symbols only, without accents.
    - An ideograph alone, or nothing but punctuation: an icon.
    """
    kept = reading.at_least(least_confidence)
    if any(map(is_foreign, (word.text for word in reading.words))):
        return Reading()
    if _letters(kept) < LEAST_LEGIBLE * _letters(reading):
        return Reading()
    ideographs = sum(map(is_ideograph, kept.text))
    words = tuple(
        replace(word, text=capitalised(word.text))
        for word in kept.words
        if ideographs > 1 or not any(map(is_ideograph, word.text))
    )
    return Reading(words) if any(c.isalnum() for word in words for c in word.text) else Reading()


def _letters(reading: Reading) -> int:
    return sum(len(word.text) for word in reading.words)
