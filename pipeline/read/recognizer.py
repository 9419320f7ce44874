"""Recognizes single lines of text with PP-OCR's recognition model (PP-OCRv6 small).

It knows Latin letters with all accents, Chinese and Japanese. OpenVINO uses one thread per call.
"""

import math
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.detect.openvino import compiled
from pipeline.read.alphabet import CASES, ROUND, shown
from pipeline.read.boxes import Picture
from pipeline.read.models import RECOGNITION, load_model
from pipeline.read.reading import Reading, Word
from pipeline.vendor import frames_at_once, reading_properties

HEIGHT = 48  # pixels; the model was trained with this
STEP = 8  # pixels of the model's input per step of its output
MAX_WIDTH = 3200
# Lines are padded to a multiple of it, not to the longest of their batch: a reading does not depend
# on its neighbours, and OpenVINO compiles few shapes.
WIDTH_STEP = 160
BATCH_WIDTH = 1280  # pixels of all lines of a batch; larger ones are not faster on a CPU
# Probability from which a space counts although a CTC blank is likelier. Of eight values from 0.3
# to 0.005 the best for recall and precision on 60 real pictures.
LEAST_SPACE = 0.05
# A less likely space counts where the gap is so many times wider than any other of the word, and at
# least that many steps. On those pictures it splits three of 2,189 words, two correctly; the third
# is noise.
LEAST_HINT, WIDE_GAP, LEAST_GAP = 0.002, 1.4, 5
# Where a 1 may be an l, and the probability of the l from which it is. In 13 monospaced typefaces a
# real 1 at the end of a word ("test1") has a median of 0.007 and reaches 0.1 in one case of six;
# before a vowel there is hardly ever a real 1.
ONES = (
    (re.compile(r"(?<![^\W_])1(?=[aeiou][a-z]{2})|(?<=[a-z]{2})1(?=[a-z]{2})"), 0.005),
    (re.compile(r"(?<=[a-z]{3})1(?![^\W_])"), 0.1),
)

Padded = npt.NDArray[np.float32]  # 3 x HEIGHT x width, -1 to 1


@dataclass(frozen=True)
class Letter:
    """step: index in the model's output. hint: probability of a space before the letter. as_l:
    probability of an l where a 1 was read."""

    text: str
    probability: float
    step: int
    hint: float = 0.0
    as_l: float = 0.0


class LineRecognizer:
    """Thread-safe. Raises MissingReader."""

    def __init__(self) -> None:
        model = load_model(RECOGNITION)
        self._compiled = compiled(model, reading_properties(frames_at_once()))
        letters: str = model.get_rt_info(["framework", "character"]).value
        # Index 0 is the CTC blank.
        self._letters = ("", *map(shown, letters.splitlines()), " ")
        self._alike = {
            self._letters.index(letter): [self._letters.index(other) for other in letters]
            for letters in (*CASES, ROUND)
            for letter in letters
        }
        self._l = self._letters.index("l")
        self._folded = np.arange(len(self._letters))
        for letters in CASES:
            first, *others = map(self._letters.index, letters)
            self._folded[others] = first
        self._local = threading.local()

    def read(self, crops: Sequence[Picture]) -> list[Reading]:
        """The reading of each crop (height x width x 3, BGR) of a single line, in their order.

        The reading of a crop does not depend on other crops.
        """
        readings = [Reading()] * len(crops)
        for places, batch in _batches([normalized(crop) for crop in crops]):
            for place, probabilities in zip(places, self._infer(batch), strict=True):
                height, width = crops[place].shape[:2]
                steps = min(width * HEIGHT / height, MAX_WIDTH) / STEP
                readings[place] = Reading(tuple(words_of(self._decoded(probabilities), steps)))
        return readings

    def _infer(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities, lines x steps x letters; overwritten by the thread's next call."""
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        self._local.request.infer([batch])
        output: npt.NDArray[np.float32] = self._local.request.get_output_tensor().data
        return output

    def _decoded(self, probabilities: npt.NDArray[np.float32]) -> list[Letter]:
        """The best letter of each step, without repeats and blanks.

        This is best path decoding (Graves et al., Connectionist Temporal Classification, 2006)
        except for spaces: the model saw few in training and often prefers a blank. The
        probabilities of letters that look alike are added.
        """
        best = probabilities.argmax(axis=1)
        folded = self._folded[best]
        kept = (best != 0) & (folded != np.concatenate([[0], folded[:-1]]))
        spaces = probabilities[:, -1] >= LEAST_SPACE
        decoded: list[Letter] = []
        last = len(best)
        for step, letter in zip(np.flatnonzero(kept).tolist(), best[kept].tolist(), strict=True):
            if spaces[last + 1 : step].any():
                decoded.append(Letter(" ", 0.0, step))
            alike = self._alike.get(letter, [letter]) if kept.sum() > 1 else [letter]
            probability = float(probabilities[step, alike].sum())
            hint = float(probabilities[last + 1 : step, -1].max(initial=0.0))
            text = self._letters[letter]
            as_l = float(probabilities[step, self._l]) if text == "1" else 0.0
            decoded.append(Letter(text, probability, step, hint, as_l))
            last = step
        return decoded


def normalized(crop: Picture) -> Padded:
    """The crop as the model expects it: 48 pixels high, BGR, -1 to 1, padded with grey."""
    height, width = crop.shape[:2]
    wide = min(max(1, math.ceil(width * HEIGHT / height)), MAX_WIDTH)
    method = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
    resized = cv2.resize(crop, (wide, HEIGHT), interpolation=method)
    line = np.zeros((3, HEIGHT, math.ceil(wide / WIDTH_STEP) * WIDTH_STEP), dtype=np.float32)
    line[:, :, :wide] = resized.transpose(2, 0, 1) / np.float32(127.5) - 1
    return line


def words_of(letters: Sequence[Letter], steps: float) -> Iterator[Word]:
    """Yield the words of a line. steps: its width in steps of the model's output."""
    for is_space, run in groupby(letters, key=lambda letter: letter.text.isspace()):
        for word in [] if is_space else map(_with_ls, _split(list(run))):
            mean = sum(each.probability for each in word) / len(word)
            start, end = word[0].step / steps, min(1.0, (word[-1].step + 1) / steps)
            weakest = min(each.probability for each in word)
            yield Word("".join(each.text for each in word), mean, start, end, weakest)


def _split(letters: list[Letter]) -> list[list[Letter]]:
    """The letters as one word, or as two if one gap is a space."""
    gaps = [after.step - before.step for before, after in pairwise(letters)]
    if len(gaps) < 3:
        return [letters]
    *_, second, widest = sorted(gaps)
    place = gaps.index(widest) + 1
    is_space = widest >= max(LEAST_GAP, WIDE_GAP * second) and letters[place].hint >= LEAST_HINT
    return [letters[:place], letters[place:]] if is_space else [letters]


def _with_ls(word: list[Letter]) -> list[Letter]:
    """Replace a 1 next to lower-case letters by an l if that is likely.

    In a monospaced typeface the model often prefers the 1 ("cur1", "1ibpng").
    """
    text = "".join(letter.text for letter in word)
    if len(text) != len(word):  # a few of the model's letters have two characters
        return word
    spelled = list(word)
    for pattern, least in ONES:
        for place in (found.start() for found in pattern.finditer(text)):
            letter = word[place]
            if letter.as_l >= least:
                both = letter.probability + letter.as_l
                spelled[place] = replace(letter, text="l", probability=both)
    return spelled


def _batches(lines: list[Padded]) -> Iterator[tuple[list[int], npt.NDArray[np.float32]]]:
    """Yield batches of lines of one width, with their indexes in the list."""
    places = defaultdict(list)
    for place, line in enumerate(lines):
        places[line.shape[2]].append(place)
    for width in sorted(places):
        size = max(1, BATCH_WIDTH // width)
        for start in range(0, len(places[width]), size):
            batch = places[width][start : start + size]
            yield batch, np.stack([lines[place] for place in batch])
