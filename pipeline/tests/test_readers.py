"""The contract of TextReader, for every reader, with the real Tesseract and RapidOCR."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.exceptions import MissingLanguage, MissingReader
from pipeline.readers import in_process, program
from pipeline.readers.base import PageReader, TextReader, join_words
from pipeline.readers.tessdata import tessdata_folder
from pipeline.regions import Gray, Picture
from pipeline.tools.ocr import AUTO, READERS, make_reader
from pipeline.tools.registry import ExtractTextOptions


@pytest.fixture(scope="module", params=sorted(READERS))
def reader(request: pytest.FixtureRequest) -> TextReader:
    return make_reader(ExtractTextOptions(reader=request.param))


@pytest.fixture(scope="module", params=AUTO)
def page_reader(request: pytest.FixtureRequest) -> PageReader:
    reader = make_reader(ExtractTextOptions(reader=request.param))
    assert isinstance(reader, PageReader)
    return reader


def written(*lines: str) -> Picture:
    image = np.full((60 * len(lines), 460, 3), 255, dtype=np.uint8)
    for number, line in enumerate(lines):
        place = (10, 40 + 60 * number)
        cv2.putText(image, line, place, cv2.FONT_HERSHEY_DUPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    return image


class InnerReader(PageReader):
    """Reads nothing at first."""

    def __init__(self) -> None:
        self.widths: list[int] = []

    def read_line(self, image: Gray) -> str:
        self.widths.append(image.shape[1])
        return "inner" if len(self.widths) == 2 else ""

    def read_page(self, frame: Picture) -> str:
        return ""


def test_a_line_that_gives_nothing_is_read_once_more_without_its_edge() -> None:
    reader = InnerReader()

    assert reader.read_lines([np.zeros((30, 200, 3), dtype=np.uint8)]) == ["inner"]
    first, second = reader.widths
    assert second != first


def test_reads_a_line(reader: TextReader) -> None:
    assert reader.read_lines([written("Kick off at  five")]) == ["Kick off at five"]


def test_reads_the_lines_of_a_page(page_reader: PageReader) -> None:
    page = written("Kick off at five", "", "Goal by number 7")

    assert page_reader.read_page(page) == "Kick off at five\nGoal by number 7"


def test_nothing_to_read(reader: TextReader) -> None:
    empty = written("")

    assert reader.read_lines([empty]) == [""]
    assert reader.read_lines([]) == []
    if isinstance(reader, PageReader):
        assert reader.read_page(empty) == ""


def test_text_depends_on_the_image_alone(reader: TextReader) -> None:
    images = [written("Home 3 Away 1"), written("WINNER"), written("rn m cl d")]
    alone = [reader.read_lines([image])[0] for image in images]

    assert reader.read_lines(images) == alone
    assert reader.read_lines(images[::-1]) == alone[::-1]


def test_may_be_called_from_several_threads(reader: TextReader) -> None:
    words = ["Forge", "Goal", "Home", "Away"]
    images = [written(word) for word in words]
    with ThreadPoolExecutor(max_workers=2) as threads:
        texts = threads.map(lambda image: reader.read_lines([image])[0], images)
        assert list(texts) == words


def test_edges_of_plates_are_no_text() -> None:
    assert join_words([["|", "Kick ", "off", "_|"], [" ", "__"], ["a", "|", "b"]]) == (
        "Kick off\na | b"
    )


def test_words_below_the_confidence_are_left_out() -> None:
    for name in READERS:
        reader = make_reader(ExtractTextOptions(reader=name, min_confidence=100))
        assert reader.read_lines([written("Goal")]) == [""]


@pytest.mark.parametrize("name", AUTO)
def test_missing_language_names_the_package(name: str) -> None:
    with pytest.raises(MissingLanguage, match="apt install tesseract-ocr-kxx"):
        make_reader(ExtractTextOptions(reader=name, language="eng+kxx"))


def test_broken_language_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "eng.traineddata").write_bytes(b"not a model")
    monkeypatch.setattr("pipeline.readers.in_process.tessdata_folder", lambda language: tmp_path)
    reader = in_process.Reader("eng", min_confidence=0)

    with pytest.raises(MissingLanguage, match="Install it again"):
        reader.read_lines([written("Goal")])


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


def test_auto_takes_tesserocr_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(make_reader(ExtractTextOptions()), in_process.Reader)

    cannot_be_imported("tesserocr", monkeypatch)
    assert isinstance(make_reader(ExtractTextOptions()), program.Reader)


@pytest.mark.parametrize("name", sorted(READERS))
def test_reader_that_is_not_installed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_be_imported(name, monkeypatch)

    with pytest.raises(MissingReader, match=f"pip install {name}"):
        make_reader(ExtractTextOptions(reader=name))


def cannot_be_imported(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, READERS[name])


def test_program_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", "no-such-tesseract")

    with pytest.raises(MissingReader, match="apt install tesseract-ocr"):
        make_reader(ExtractTextOptions(reader="pytesseract"))
