"""What of a reading is text: icons and scripts that the model does not know are read, too."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.read.alphabet import ROUND, capitalised, is_foreign, is_ideograph
from pipeline.read.reading import Reading, Word

# Between two numbers, as in a score or a time, small dots are likely although hard to see.
SEPARATORS, LEAST_SEPARATOR = (":", "-"), 0.25
LEAST_LEGIBLE = 0.5  # of the letters of a line; where fewer are certain, it is no text, or foreign
# Confidence of an O or 0 alone; of 60 rings and wheels the most certain had 0.92.
LEAST_ROUND = 0.93


def legible(reading: Reading, least_confidence: float) -> Reading:
    """The words of at least that confidence, 0 to 1; none if the line is likely to be no text.

    - Most letters are doubtful: a script that the model does not know.
    - Greek letters within a word: it knows them as mathematical symbols only, without accents.
    - An O or 0 alone that is not certain: a ball or a wheel.
    - An ideograph alone, or nothing but punctuation: an icon.
    """
    kept = Reading(tuple(_certain(reading.words, least_confidence)))
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


def _certain(words: Sequence[Word], least: float) -> Iterator[Word]:
    for place, word in enumerate(words):
        beside = [*words[max(0, place - 1) : place], *words[place + 1 : place + 2]]
        is_separator = word.text in SEPARATORS and len(beside) == 2 and all(map(_is_number, beside))
        if word.confidence >= (LEAST_SEPARATOR if is_separator else least):
            yield word


def _is_number(word: Word) -> bool:
    return word.text.isdigit() or word.text in ROUND


def _with_zeros(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """An O alone among numbers or beside a colon is a 0, and so is one beside a 0, as in "O0"."""
    among_numbers = any(word.text.isdigit() or word.text == ":" for word in words)
    return tuple(_with_zero(word, among_numbers) for word in words)


def _with_zero(word: Word, among_numbers: bool) -> Word:
    is_number = "0" in word.text or (among_numbers and len(word.text) == 1)
    is_round = all(letter in ROUND for letter in word.text)
    return replace(word, text="0" * len(word.text)) if is_round and is_number else word


def _letters(reading: Reading) -> int:
    return sum(len(word.text) for word in reading.words)
