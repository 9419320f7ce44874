"""Tesseract as a program of its own, through pytesseract. One process a call, so it is slow."""

import shutil

import pytesseract

from pipeline.exceptions import MissingReader, PipelineError
from pipeline.readers.base import PageReader, join_words
from pipeline.readers.tessdata import tessdata_folder
from pipeline.regions import Gray, Picture, prepare_page

SINGLE_LINE, AUTO = 7, 3  # page segmentation modes of tesseract --help-psm


class Reader(PageReader):
    def __init__(self, language: str, min_confidence: int) -> None:
        if shutil.which(pytesseract.pytesseract.tesseract_cmd) is None:
            raise MissingReader(
                "The program tesseract is not installed. "
                "On Debian and Ubuntu: apt install tesseract-ocr"
            )
        self._language = language
        self._min_confidence = min_confidence
        folder = tessdata_folder(language)
        self._options = f'--tessdata-dir "{folder}" --oem 1 --dpi 150'

    def read_line(self, image: Gray) -> str:
        return self._read(image, SINGLE_LINE)

    def read_page(self, frame: Picture) -> str:
        return self._read(prepare_page(frame), AUTO)

    def _read(self, image: Gray, mode: int) -> str:
        try:
            data = pytesseract.image_to_data(
                image,
                lang=self._language,
                config=f"{self._options} --psm {mode}",
                output_type=pytesseract.Output.DICT,
            )
        except pytesseract.TesseractError as error:
            raise PipelineError("Tesseract could not read a frame. See the log.") from error
        lines: dict[tuple[int, int, int], list[str]] = {}
        places = zip(data["block_num"], data["par_num"], data["line_num"], strict=True)
        for place, word, confidence in zip(places, data["text"], data["conf"], strict=True):
            if float(confidence) >= self._min_confidence:
                lines.setdefault(place, []).append(word)
        return join_words(list(lines.values()))
