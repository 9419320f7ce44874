"""Tesseract in this process, through tesserocr."""

import threading
from collections.abc import Iterator
from typing import Any

import tesserocr
from tesserocr import OEM, PSM, RIL

from pipeline.exceptions import MissingLanguage
from pipeline.readers.base import Gray, TesseractReader
from pipeline.readers.tessdata import tessdata_folder

# The engine has not seen the scan, so it would guess a resolution and print that it did.
VARIABLES = {"user_defined_dpi": "150", "debug_file": "/dev/null"}


class Reader(TesseractReader):
    """One Tesseract API for each thread: an API must not be shared, and making one is slow."""

    def __init__(self, language: str, min_confidence: int) -> None:
        super().__init__(min_confidence)
        self._language = language
        self._folder = str(tessdata_folder(language))
        self._local = threading.local()

    def read_line(self, image: Gray) -> tuple[str, list[tuple[str, float]]]:
        api = self._api()
        height, width = image.shape
        api.SetImageBytes(image.tobytes(), width, height, 1, width)
        try:
            if not api.Recognize():
                return "", []
            return api.GetUTF8Text(), list(_words(api.GetIterator()))
        finally:
            api.Clear()

    def _api(self) -> "tesserocr.PyTessBaseAPI":
        if not hasattr(self._local, "api"):
            try:
                self._local.api = tesserocr.PyTessBaseAPI(
                    path=self._folder,
                    lang=self._language,
                    oem=OEM.LSTM_ONLY,
                    psm=PSM.SINGLE_LINE,
                    variables=VARIABLES,
                )
            except RuntimeError as error:
                raise MissingLanguage(
                    f"Tesseract cannot load its language data for {self._language!r}. "
                    "Install it again."
                ) from error
        return self._local.api


def _words(found: Any) -> Iterator[tuple[str, float]]:
    """found: Tesseract's iterator, None if it read nothing."""
    for word in tesserocr.iterate_level(found, RIL.WORD) if found else ():
        if not word.Empty(RIL.WORD):
            yield word.GetUTF8Text(RIL.WORD), word.Confidence(RIL.WORD)
