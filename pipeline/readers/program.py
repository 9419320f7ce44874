"""Tesseract as a program of its own, through pytesseract. One process a call, so it is slow."""

import shutil

import pytesseract

from pipeline.exceptions import MissingReader, PipelineError
from pipeline.readers.base import Gray, TesseractReader
from pipeline.readers.tessdata import tessdata_folder

SINGLE_LINE = 7  # page segmentation mode of tesseract --help-psm


class Reader(TesseractReader):
    def __init__(self, language: str, min_confidence: int) -> None:
        if shutil.which(pytesseract.pytesseract.tesseract_cmd) is None:
            raise MissingReader(
                "The program tesseract is not installed. "
                "On Debian and Ubuntu: apt install tesseract-ocr"
            )
        super().__init__(min_confidence)
        self._language = language
        folder = tessdata_folder(language)
        self._options = f'--tessdata-dir "{folder}" --oem 1 --psm {SINGLE_LINE} --dpi 150'

    def read_line(self, image: Gray) -> tuple[str, list[tuple[str, float]]]:
        try:
            data = pytesseract.image_to_data(
                image,
                lang=self._language,
                config=self._options,
                output_type=pytesseract.Output.DICT,
            )
            text = pytesseract.image_to_string(image, lang=self._language, config=self._options)
        except pytesseract.TesseractError as error:
            raise PipelineError("Tesseract could not read a frame. See the log.") from error
        found = zip(data["text"], data["conf"], strict=True)
        return text, [(word, float(confidence)) for word, confidence in found if word.strip()]
