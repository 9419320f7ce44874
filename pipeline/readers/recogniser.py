"""The recogniser of RapidOCR (PP-OCRv6 small), which reads lettering on photographs.

Its package carries the model, so nothing is fetched; its own code, its detector and its classifier
are not loaded. The model runs on OpenVINO, as the detector does, with one thread for each call, so
that several threads may call.
"""

import math
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import openvino
import rapidocr

from pipeline.exceptions import MissingReader
from pipeline.openvino_runtime import compiled
from pipeline.readers.base import TextReader, join_words
from pipeline.regions import Picture

MODEL = "PP-OCRv6_rec_small.onnx"
HEIGHT = 48  # pixels; the model was trained with this
MAX_WIDTH = 3200
# Lines are filled up to a multiple of it, never to the longest of their batch: so a text does not
# depend on its neighbours, and OpenVINO compiles few shapes.
WIDTH_STEP = 160
BATCH_WIDTH = 1280  # pixels of all lines of a batch; larger ones are not faster on a CPU
# Probability from which a space is one although a blank is likelier; of 0.2, 0.1, 0.05, 0.02 and
# 0.01 the best for recall and precision together on generated pictures.
LEAST_SPACE = 0.1

Line = npt.NDArray[np.float32]  # 3 x HEIGHT x width, -1 to 1


class Reader(TextReader):
    """language is of no use here: the one model reads Latin, Chinese and Japanese letters."""

    def __init__(self, language: str, min_confidence: int) -> None:
        self._least = min_confidence / 100
        model = _read_model()
        self._compiled = compiled(model)
        letters: str = model.get_rt_info(["framework", "character"]).value
        self._letters = ("", *letters.splitlines(), " ")  # the first is CTC's blank
        self._local = threading.local()

    def read_lines(self, crops: Sequence[Picture]) -> list[str]:
        texts = [""] * len(crops)
        for places, batch in _batches([normalised(crop) for crop in crops]):
            for place, probabilities in zip(places, self._infer(batch), strict=True):
                words = words_of(self._decoded(probabilities))
                read = [word for word, confidence in words if confidence >= self._least]
                texts[place] = join_words([read])
        return texts

    def _infer(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities, lines x steps x letters; valid until the next call of the thread."""
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        self._local.request.infer([batch])
        output: npt.NDArray[np.float32] = self._local.request.get_output_tensor().data
        return output

    def _decoded(self, probabilities: npt.NDArray[np.float32]) -> list[tuple[str, float]]:
        """The letters and their probabilities: the best of each step, repeats and blanks left out.

        This is best path decoding (Graves et al., Connectionist Temporal Classification, 2006),
        but for the spaces: the model saw few in training and often gives blank the edge.
        """
        best = probabilities.argmax(axis=1)
        kept = (best != 0) & (best != np.concatenate([[0], best[:-1]]))
        spaces = probabilities[:, -1] >= LEAST_SPACE
        decoded: list[tuple[str, float]] = []
        last = len(best)
        for step, letter in zip(np.flatnonzero(kept).tolist(), best[kept].tolist(), strict=True):
            if spaces[last + 1 : step].any():
                decoded.append((" ", 0.0))
            decoded.append((self._letters[letter], float(probabilities[step, letter])))
            last = step
        return decoded


def normalised(crop: Picture) -> Line:
    """The crop as the model was trained with: 48 pixels high, BGR, filled up with grey."""
    height, width = crop.shape[:2]
    wide = min(max(1, math.ceil(width * HEIGHT / height)), MAX_WIDTH)
    method = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
    resized = cv2.resize(crop, (wide, HEIGHT), interpolation=method)
    line = np.zeros((3, HEIGHT, math.ceil(wide / WIDTH_STEP) * WIDTH_STEP), dtype=np.float32)
    line[:, :, :wide] = resized.transpose(2, 0, 1) / np.float32(127.5) - 1
    return line


def words_of(letters: list[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Yield each word and the mean probability of its letters."""
    word: list[tuple[str, float]] = []
    for letter, probability in [*letters, (" ", 0.0)]:
        if not letter.isspace():
            word.append((letter, probability))
        elif word:
            yield "".join(text for text, _ in word), sum(p for _, p in word) / len(word)
            word = []


def _batches(lines: list[Line]) -> Iterator[tuple[list[int], npt.NDArray[np.float32]]]:
    """Lines of one width, several at a time, with their places in the list."""
    places = defaultdict(list)
    for place, line in enumerate(lines):
        places[line.shape[2]].append(place)
    for width in sorted(places):
        size = max(1, BATCH_WIDTH // width)
        for start in range(0, len(places[width]), size):
            batch = places[width][start : start + size]
            yield batch, np.stack([lines[place] for place in batch])


def _read_model() -> Any:
    path = files(rapidocr) / "models" / MODEL
    if not path.is_file():
        raise MissingReader("RapidOCR's model is not there. Install the package rapidocr again.")
    return openvino.Core().read_model(str(path))
