"""Tesseract in this process, through tesserocr."""

import threading

import tesserocr
from tesserocr import OEM, PSM, RIL

from pipeline.exceptions import MissingLanguage
from pipeline.readers.base import PageReader, join_words
from pipeline.readers.tessdata import tessdata_folder
from pipeline.regions import Gray, Picture, prepare_page

# The engine has not seen the scan, so it would guess a resolution and print that it did.
VARIABLES = {"user_defined_dpi": "150", "debug_file": "/dev/null"}


class Reader(PageReader):
    """One Tesseract API for each thread: an API must not be shared, and making one is slow."""

    def __init__(self, language: str, min_confidence: int) -> None:
        self._language = language
        self._min_confidence = min_confidence
        self._folder = str(tessdata_folder(language))
        self._local = threading.local()

    def read_line(self, image: Gray) -> str:
        return self._read(image, PSM.SINGLE_LINE)

    def read_page(self, frame: Picture) -> str:
        return self._read(prepare_page(frame), PSM.AUTO)

    def _read(self, image: Gray, mode: int) -> str:
        api = self._api()
        api.SetPageSegMode(mode)
        height, width = image.shape
        api.SetImageBytes(image.tobytes(), width, height, 1, width)
        try:
            if not api.Recognize():
                return ""
            return join_words(self._lines(api))
        finally:
            api.Clear()

    def _lines(self, api: "tesserocr.PyTessBaseAPI") -> list[list[str]]:
        lines: list[list[str]] = []
        found = api.GetIterator()
        for word in tesserocr.iterate_level(found, RIL.WORD) if found else ():
            if word.Empty(RIL.WORD):
                continue
            if not lines or word.IsAtBeginningOf(RIL.TEXTLINE):
                lines.append([])
            if word.Confidence(RIL.WORD) >= self._min_confidence:
                lines[-1].append(word.GetUTF8Text(RIL.WORD))
        return lines

    def _api(self) -> "tesserocr.PyTessBaseAPI":
        if not hasattr(self._local, "api"):
            try:
                self._local.api = tesserocr.PyTessBaseAPI(
                    path=self._folder, lang=self._language, oem=OEM.LSTM_ONLY, variables=VARIABLES
                )
            except RuntimeError as error:
                raise MissingLanguage(
                    f"Tesseract cannot load its language data for {self._language!r}. "
                    "Install it again."
                ) from error
        return self._local.api
