"""Accuracy of reading and CPU time, compared with RapidOCR on every frame.

Pictures are read as videos of a few frames: word_recall is the mean over the pictures,
word_precision is over all reported words. For drawn videos see pipeline.evaluation.score.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings

from forgesyte.benchmarks.figures import Measurement, cpu_seconds
from pipeline.config import DEFAULT_PIPELINE_ID, PipelineConfig
from pipeline.definitions import load_definition
from pipeline.evaluation import pictures, rapid_ocr
from pipeline.evaluation.drawing import SIZE, Truth
from pipeline.evaluation.drawn import SCENARIOS, draw, write_mp4
from pipeline.evaluation.score import score
from pipeline.process import PipelineProcess

CRFS = (23, 26, 29, 32)  # of H.264, from its default to poor quality; the seed chooses
PICTURE_FRAMES, PICTURE_CRF = 3, 23
MEANS = ["exact", "readings_per_line", "right_in_first_frame", "right_in_second_frame"]
MEANS += ["false_lines_per_frame", "cpu_ms"]

Reader = Callable[[Path], tuple[list[dict[str, Any]], float]]  # a video's results, CPU seconds


class Material(NamedTuple):
    """The videos to read. videos: seed, scenario, CRF, file and ground truth of each."""

    pictures: Sequence[tuple[pictures.Picture, Path]]
    videos: Sequence[tuple[int, str, int, Path, Truth]]


def make(
    folder: Path, images: Path | None, scenarios: Sequence[str], seed: int, frames: int
) -> Material:
    """Write the videos to a folder. Raises UnusablePictures."""
    stills, videos = [], []
    for number, picture in enumerate(pictures.find_pictures(images) if images else []):
        still = [picture.load()] * PICTURE_FRAMES
        stills.append((picture, write_mp4(still, folder / f"{number}.mp4", PICTURE_CRF)))
    for scenario in scenarios:
        crf = CRFS[(seed + list(SCENARIOS).index(scenario)) % len(CRFS)]
        path = folder / f"{scenario}.mp4"
        videos.append((seed, scenario, crf, path, draw(scenario, seed, frames, crf, path)))
    return Material(stills, videos)


def measure(options: dict[str, Any], folder: Path) -> Iterator[Measurement]:
    """Yield the figures of RapidOCR, unless `alone`, then those of each pipeline.

    CPU time is that of the child process, with decoding but without loading the models. Raises
    PipelineError.
    """
    config: PipelineConfig = settings.PIPELINE
    ids, verbose = options["pipeline"] or [DEFAULT_PIPELINE_ID], options["verbose"]
    for pipeline_id in ids:
        load_definition(pipeline_id, config.definitions_dir)
    images, scenarios = options["images"], options["scenario"] or []
    if not images and not scenarios:
        images, scenarios = pictures.OWN_PICTURES, list(SCENARIOS)
    material = make(folder, images, scenarios, options["seed"], options["frames"])
    costs: dict[str, float] = {}
    if not options["alone"]:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, spawn, initializer=rapid_ocr.load) as child:
            for figures in _figures(
                material, lambda video: child.submit(rapid_ocr.read, video).result(), verbose
            ):
                costs[figures["of"]] = figures["cpu_ms"]
                yield {"benchmark": "accuracy", "reader": "rapidocr", **figures}
    for pipeline_id in ids:
        with PipelineProcess(config) as process:
            for figures in _figures(material, _pipeline(process, pipeline_id, folder), verbose):
                if cost := costs.get(figures["of"]):
                    figures["cpu_to_rapidocr"] = round(figures["cpu_ms"] / cost, 3)
                yield {"benchmark": "accuracy", "reader": pipeline_id, **figures}


def _pipeline(process: PipelineProcess, pipeline_id: str, folder: Path) -> Reader:
    output = folder / "results.json"

    def read(video: Path) -> tuple[list[dict[str, Any]], float]:
        assert process.pid is not None
        begun = cpu_seconds(process.pid)
        process.run(video, pipeline_id, output)
        return json.loads(output.read_bytes()), cpu_seconds(process.pid) - begun

    grey = [np.full((SIZE[1], SIZE[0], 3), 114, np.uint8)]
    process.run(write_mp4(grey, folder / "grey.mp4", PICTURE_CRF), pipeline_id, output)
    return read


def _figures(material: Material, read: Reader, verbose: bool) -> Iterator[Measurement]:
    if material.pictures:
        yield _figures_of_pictures(material.pictures, read, verbose)
    rows: list[Measurement] = []
    for seed, scenario, crf, video, truth in material.videos:
        results, seconds = read(video)
        scored = score(results, truth)
        rows.append({**scored.figures(), "cpu_ms": round(1000 * seconds / len(truth), 1)})
        details = {"details": scored.details()} if verbose else {}
        yield {"of": scenario, "seed": seed, "crf": crf, **rows[-1], **details}
    if len(rows) > 1:  # mean over the videos that have the figure
        found = {name: [row[name] for row in rows if row[name] is not None] for name in MEANS}
        means = {name: round(mean(them), 4) if them else None for name, them in found.items()}
        least = min(found["exact"], default=None)
        yield {"of": "all videos", "seed": seed, **means, "least_exact": least}


def _figures_of_pictures(
    shown: Sequence[tuple[pictures.Picture, Path]], read: Reader, verbose: bool
) -> Measurement:
    scores, spent = [], 0.0
    for picture, video in shown:
        results, seconds = read(video)
        spent += seconds
        scores.append(picture.compare(item["result"]["text"] for item in results))
    recall, precision = pictures.mean_recall(scores), pictures.precision(scores)
    details = [
        {"picture": of.picture, "missed": sorted(of.missed), "wrong": sorted(of.wrong)}
        for of in scores
    ]
    return {
        "of": "pictures",
        "pictures": len(scores),
        "word_recall": None if recall is None else round(recall, 3),
        "word_precision": None if precision is None else round(precision, 3),
        "words_where_there_are_none": sum(
            len(of.wrong) for of in scores if not of.found | of.missed
        ),
        "cpu_ms": round(1000 * spent / (len(scores) * PICTURE_FRAMES), 1),
        **({"details": details} if verbose else {}),
    }
