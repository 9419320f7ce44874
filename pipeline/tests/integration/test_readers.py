"""The contract of TesseractReader, for both ways to call the real Tesseract."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.exceptions import MissingLanguage, MissingReader
from pipeline.read.boxes import Picture
from pipeline.readers import in_process, program
from pipeline.readers.base import Gray, TesseractReader, reading_of
from pipeline.readers.tessdata import tessdata_folder
from pipeline.tools.engines import TESSERACT, make_tesseract
from pipeline.tools.registry import ExtractTextOptions

READERS: dict[str, type[TesseractReader]] = {
    "tesserocr": in_process.Reader,
    "pytesseract": program.Reader,
}
OPTIONS = ExtractTextOptions(reader="tesseract", min_confidence=50)


@pytest.fixture(scope="module", params=sorted(READERS))
def reader(request: pytest.FixtureRequest) -> TesseractReader:
    return made(request.param)


def made(name: str, language: str = "eng", min_confidence: int = 50) -> TesseractReader:
    return READERS[name](language, min_confidence)  # type: ignore[call-arg, arg-type]


def texts(reader: TesseractReader, *images: Picture) -> list[str]:
    return [reading.text for reading in reader.read(images)]


def written(line: str) -> Picture:
    image = np.full((60, 460, 3), 255, dtype=np.uint8)
    cv2.putText(image, line, (10, 40), cv2.FONT_HERSHEY_DUPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    return image


class InnerReader(TesseractReader):
    """Reads nothing at first."""

    def __init__(self) -> None:
        super().__init__(min_confidence=0)
        self.widths: list[int] = []

    def read_line(self, image: Gray) -> tuple[str, list[tuple[str, float]]]:
        self.widths.append(image.shape[1])
        return ("inner", [("inner", 90.0)]) if len(self.widths) == 2 else ("", [])


def test_a_line_that_gives_nothing_is_read_once_more_without_its_edge() -> None:
    reader = InnerReader()

    assert texts(reader, np.zeros((30, 200, 3), dtype=np.uint8)) == ["inner"]
    first, second = reader.widths
    assert second != first


def test_reads_a_line(reader: TesseractReader) -> None:
    (reading,) = reader.read([written("Kick off at  five")])

    assert reading.text == "Kick off at five"
    assert 0.5 < reading.confidence <= 1


def test_nothing_to_read(reader: TesseractReader) -> None:
    assert texts(reader, written("")) == [""]
    assert texts(reader) == []


def test_text_depends_on_the_image_alone(reader: TesseractReader) -> None:
    images = [written("Home 3 Away 1"), written("WINNER"), written("rn m cl d")]
    alone = [texts(reader, image)[0] for image in images]

    assert texts(reader, *images) == alone
    assert texts(reader, *images[::-1]) == alone[::-1]


def test_may_be_called_from_several_threads(reader: TesseractReader) -> None:
    words = ["Forge", "Goal", "Home", "Away"]
    with ThreadPoolExecutor(max_workers=2) as threads:
        assert list(threads.map(lambda word: texts(reader, written(word))[0], words)) == words


def test_edges_of_plates_are_no_text() -> None:
    assert reading_of("| Kick off _|", [("Kick", 90), ("off", 90)], 50).text == "Kick off"
    assert reading_of("a | b", [("a", 90), ("|", 90), ("b", 90)], 50).text == "a | b"
    assert reading_of("__", [("__", 90)], 50).text == ""


def test_words_keep_the_order_and_the_spaces_of_the_line() -> None:
    hebrew = [("\u05e2\u05d5\u05dc\u05dd", 90.0), ("\u05e9\u05dc\u05d5\u05dd", 90.0)]
    line = "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd"

    assert reading_of(line, hebrew, 50).text == line
    assert reading_of("\u6e2f\u53e3\u8857", [("\u6e2f\u53e3", 90), ("\u8857", 90)], 50).text == (
        "\u6e2f\u53e3\u8857"
    )


def test_words_below_the_confidence_are_left_out() -> None:
    assert reading_of("Goal ~x", [("Goal", 90), ("~x", 20)], 50).text == "Goal"
    for name in READERS:
        assert texts(made(name, min_confidence=100), written("Goal")) == [""]


@pytest.mark.parametrize("name", sorted(READERS))
def test_missing_language_names_the_package(name: str) -> None:
    with pytest.raises(MissingLanguage, match="apt install tesseract-ocr-kxx"):
        made(name, "eng+kxx")


def test_broken_language_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "eng.traineddata").write_bytes(b"not a model")
    monkeypatch.setattr("pipeline.readers.in_process.tessdata_folder", lambda language: tmp_path)

    with pytest.raises(MissingLanguage, match="Install it again"):
        texts(made("tesserocr"), written("Goal"))


def test_first_folder_with_every_language(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, languages in ((first, ("eng",)), (second, ("eng", "deu"))):
        folder.mkdir()
        for language in languages:
            (folder / f"{language}.traineddata").touch()

    assert tessdata_folder("eng", (first, second)) == first
    assert tessdata_folder("eng+deu", (first, second)) == second
    with pytest.raises(MissingLanguage, match="tesseract-ocr-chi-sim"):
        tessdata_folder("chi_sim", (first, second))


def test_takes_tesserocr_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(make_tesseract(OPTIONS), in_process.Reader)

    cannot_be_imported("tesserocr", monkeypatch)
    assert isinstance(make_tesseract(OPTIONS), program.Reader)


def test_reader_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TESSERACT:
        cannot_be_imported(name, monkeypatch)

    with pytest.raises(MissingReader, match="pip install tesserocr"):
        make_tesseract(OPTIONS)


def cannot_be_imported(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, TESSERACT[name])


def test_program_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", "no-such-tesseract")

    with pytest.raises(MissingReader, match="apt install tesseract-ocr"):
        made("pytesseract")
