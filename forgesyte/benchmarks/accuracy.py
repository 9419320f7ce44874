"""How many of the words on pictures are read, and how many read words are there.

Each picture becomes a video in which the camera pans and zooms over it. The words of all its frames
together count, in lower case, letters and digits only. word_recall is the mean of the videos,
word_precision is over all reported words. Beside the pipelines stands what Tesseract makes of whole
frames, without any detector, in two page modes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from forgesyte.benchmarks.figures import Measurement
from pipeline.config import PipelineConfig
from pipeline.definitions import load_definition
from pipeline.evaluation.pictures import OWN_PICTURES, find_pictures
from pipeline.evaluation.readings import (
    PAGE_MODES,
    make_films,
    read_whole_frames,
    read_with_pipeline,
)
from pipeline.evaluation.words import Reading, mean_recall, precision
from pipeline.process import PipelineProcess

__all__ = ["OWN_PICTURES", "PIPELINE_IDS", "measure"]

PIPELINE_IDS = ("yolo_ocr", "yolo_ocr_scene")
"""Those that read text and need nothing but what comes along."""


def measure(
    pictures: Path, pipeline_ids: Sequence[str], config: PipelineConfig, folder: Path, verbose: bool
) -> Iterator[Measurement]:
    """Yield the figures of each pipeline, then those of Tesseract alone.

    pictures: a folder as pipeline.evaluation.pictures describes it. folder: for the videos.
    Pictures and names of pipelines are checked before anything runs. Raises PipelineError.
    """
    for pipeline_id in pipeline_ids:
        load_definition(pipeline_id, config.definitions_dir)
    films = make_films(find_pictures(pictures), folder)
    for pipeline_id in pipeline_ids:
        with PipelineProcess(config) as process:
            readings = list(read_with_pipeline(films, pipeline_id, process))
        yield {"benchmark": "accuracy", "pipeline_id": pipeline_id, **_figures(readings, verbose)}
    for name, page_mode in PAGE_MODES.items():
        readings = list(read_whole_frames(films, page_mode, config))
        yield {"benchmark": "accuracy", "tesseract_alone": name, **_figures(readings, verbose)}


def _figures(readings: Sequence[Reading], verbose: bool) -> Measurement:
    figures: Measurement = {
        "videos": len(readings),
        "word_recall": _rounded(mean_recall(readings)),
        "word_precision": _rounded(precision(readings)),
        "words_shown": sum(len(reading.shown) for reading in readings),
        "words_reported": sum(len(reading.reported) for reading in readings),
        "words_found": sum(len(reading.found) for reading in readings),
    }
    if verbose:
        figures["details"] = [
            {
                "picture": reading.name,
                "recall": _rounded(reading.recall),
                "missed": sorted(reading.shown - reading.reported),
                "wrong": sorted(reading.reported - reading.shown),
            }
            for reading in readings
        ]
    return figures


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)
