"""Filters readings: the model also reads icons, and scripts that it does not know."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.read.alphabet import ROUND, capitalised, is_foreign, is_ideograph
from pipeline.read.reading import Reading, Word

# Confidence required between two numbers, as in scores and times, where separators are small.
SEPARATORS, LEAST_SEPARATOR = (":", "-"), 0.25
LEAST_LEGIBLE = 0.5  # share of certain letters; lines with fewer are foreign or not text
# Confidence required of an O or 0 on its own; the highest of 60 rings and wheels was 0.92.
LEAST_ROUND = 0.93


def legible(reading: Reading, least_confidence: float) -> Reading:
    """The words of at least that confidence, 0 to 1. No words if the line is probably not text:

    - most letters are doubtful: a script that the model does not know;
    - Greek letters within a word: the model knows them as mathematical symbols only;
    - a single doubtful O or 0: a ball or a wheel;
    - a single ideograph, or only punctuation: an icon.
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
    """Make a single O a 0 where other words are numbers or a colon; the same in words like "O0"."""
    among_numbers = any(word.text.isdigit() or word.text == ":" for word in words)
    return tuple(_with_zero(word, among_numbers) for word in words)


def _with_zero(word: Word, among_numbers: bool) -> Word:
    is_number = "0" in word.text or (among_numbers and len(word.text) == 1)
    is_round = all(letter in ROUND for letter in word.text)
    return replace(word, text="0" * len(word.text)) if is_round and is_number else word


def _letters(reading: Reading) -> int:
    return sum(len(word.text) for word in reading.words)
