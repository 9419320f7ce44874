"""Texts of crops that were read before, pixel for pixel, as in recordings of a screen."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
import xxhash

from pipeline.readers.base import TextReader
from pipeline.regions import Picture

TEXTS_KEPT = 4096  # about a megabyte; a page has some dozen lines


class RememberedReader(TextReader):
    """Reads through another reader and remembers the last texts: equal pixels have equal texts."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self._texts: OrderedDict[tuple[object, ...], str] = OrderedDict()
        self._lock = Lock()

    def read_lines(self, crops: Sequence[Picture]) -> list[str]:
        keys = [
            (crop.shape, xxhash.xxh3_128_digest(np.ascontiguousarray(crop).data)) for crop in crops
        ]
        with self._lock:
            known = {key: self._texts[key] for key in keys if key in self._texts}
        new = {key: crop for key, crop in zip(keys, crops, strict=True) if key not in known}
        if new:
            texts = self._reader.read_lines(list(new.values()))
            known.update(zip(new, texts, strict=True))
        with self._lock:
            for key in known:
                self._texts[key] = known[key]
                self._texts.move_to_end(key)
            while len(self._texts) > TEXTS_KEPT:
                self._texts.popitem(last=False)
        return [known[key] for key in keys]
