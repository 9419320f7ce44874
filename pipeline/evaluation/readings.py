"""What is read of videos: by a pipeline, or by Tesseract that is given whole frames."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import pytesseract

from pipeline.config import PipelineConfig
from pipeline.evaluation.camera import write_mp4
from pipeline.evaluation.pictures import Picture
from pipeline.evaluation.words import Reading, words_of
from pipeline.exceptions import MissingReader
from pipeline.process import PipelineProcess
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader

FRAME_STRIDE = 6
"""Of each video every sixth frame is read, so five, at 1.7 a second."""

PAGE_MODES: Mapping[str, int] = {"auto": 3, "sparse": 11}
"""Tesseract's page segmentation modes (tesseract --help-psm) that may do for a whole frame."""


@dataclass(frozen=True)
class Film:
    """A picture and the video made of it."""

    picture: Picture
    video: Path

    def reading(self, texts: Iterable[str]) -> Reading:
        """Compare the picture's words with those of the texts of the frames."""
        return Reading(self.picture.name, self.picture.words, words_of(texts))


def make_films(pictures: Sequence[Picture], folder: Path) -> list[Film]:
    """Film each picture into the folder. Raises UnusablePictures, OSError."""
    return [
        Film(picture, write_mp4(picture.load(), picture.name, folder / f"{number}.mp4"))
        for number, picture in enumerate(pictures)
    ]


def read_with_pipeline(
    films: Sequence[Film], pipeline_id: str, process: PipelineProcess
) -> Iterator[Reading]:
    """Yield what the pipeline reads of each film, in order, run as the worker runs it.

    Raises PipelineError.
    """
    for film in films:
        results = film.video.with_suffix(".json")
        process.run(film.video, pipeline_id, results, frame_stride=FRAME_STRIDE)
        yield film.reading(item["result"]["text"] for item in json.loads(results.read_bytes()))


def read_whole_frames(
    films: Sequence[Film], page_mode: int, config: PipelineConfig
) -> Iterator[Reading]:
    """Yield what Tesseract makes of each frame as it is: what one would write without a detector.

    Raises PipelineError.
    """
    if shutil.which(pytesseract.pytesseract.tesseract_cmd) is None:
        raise MissingReader(
            "The program tesseract is not installed. "
            "On Debian and Ubuntu: apt install tesseract-ocr"
        )
    read = partial(_read_page, page_mode=page_mode)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for film in films:
            with closing(VideoReader(film.video, config).frames(FRAME_STRIDE)) as frames:
                texts = list(pool.map(read, (frame.image for frame in frames)))
            yield film.reading(texts)


def _read_page(image: Image, page_mode: int) -> str:
    text: str = pytesseract.image_to_string(
        cv2.cvtColor(image, cv2.COLOR_BGR2RGB), lang="eng", config=f"--psm {page_mode}"
    )
    return text
