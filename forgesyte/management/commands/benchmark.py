"""`manage.py benchmark`: measure this version on this machine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte.answer_checks import UnexpectedAnswer
from forgesyte.benchmarks.figures import Measurement, cores
from forgesyte.managed_process import ProcessFailed
from pipeline.config import DEFAULT_PIPELINE_ID
from pipeline.exceptions import PipelineError

API_SCENARIOS = ("start", "status", "submit", "busy", "growth", "results")
ACCURACY_SCENARIOS = (
    "news",
    "score",
    "subtitles",
    "caption",
    "camera",
    "stopwatch",
    "slide",
    "terminal",
    "credits",
    "ticker",
    "sign",
    "nothing",
)
SCENARIOS = ("two-lines", "slide", "duplicates", "long")
TINY_MP4 = settings.BASE_DIR / "pipeline" / "tests" / "fixtures" / "tiny.mp4"


class Command(BaseCommand):
    """Each measurement has a temporary data folder and its own API and worker."""

    help = "Measure; prints one JSON object for each measurement, exit status 1 beyond a limit."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
        _pipeline_arguments(kinds.add_parser("pipeline", help="frames a second of a video"))
        _accuracy_arguments(
            kinds.add_parser("accuracy", help="lines read of videos and words of pictures")
        )
        _api_arguments(kinds.add_parser("api", help="requests a second, and what growth costs"))
        queue = kinds.add_parser("queue", help="from the answer 202 to a running job")
        _counts(queue, jobs=200)
        memory = kinds.add_parser("memory", help="memory with a large upload and a long video")
        _counts(memory, upload_mib=1024, frames=100)

    def handle(self, *args: Any, **options: Any) -> None:
        ok = True
        measure: Callable[[dict[str, Any], Path], Iterable[Measurement]] = getattr(
            self, f"_{options['kind']}"
        )
        try:
            with tempfile.TemporaryDirectory(prefix="forgesyte-benchmark-") as folder:
                for measurement in measure(options, Path(folder)):
                    self.stdout.write(json.dumps({**measurement, "cores": cores()}))
                    self.stdout.flush()
                    ok = ok and measurement.get("ok", True)
        except (ProcessFailed, UnexpectedAnswer, TimeoutError, PipelineError) as error:
            raise CommandError(str(error)) from error
        if not ok:
            raise CommandError("A limit was exceeded, or something was lost.")

    # Imported where they are used: some bring OpenCV or more.

    def _pipeline(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.benchmarks import pipeline, videos

        scenario, frames = options["scenario"], options["frames"]
        video = options["video"] or videos.make(scenario, folder / "video.mp4", frames)
        measure = pipeline.measure_memory if scenario == "long" else pipeline.measure
        return measure(video, options["pipeline"], settings.PIPELINE, folder, frames)

    def _accuracy(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.benchmarks import accuracy

        images, scenarios = options["images"], options["scenario"]
        if not images and not scenarios:
            images, scenarios = accuracy.OWN_PICTURES, list(accuracy.SCENARIOS)
        material = accuracy.make(
            folder, images, scenarios or [], options["seed"], options["frames"]
        )
        return accuracy.measure(
            material,
            options["pipeline"] or [DEFAULT_PIPELINE_ID],
            settings.PIPELINE,
            folder,
            options["alone"],
            options["verbose"],
        )

    def _api(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.benchmarks import api

        sizes = api.Sizes(options["seconds"], options["jobs"], options["results_mib"])
        return api.measure(folder, options["scenario"] or list(API_SCENARIOS), sizes)

    def _queue(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.benchmarks import queue

        return [queue.measure(folder, options["jobs"])]

    def _memory(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.benchmarks import memory

        return memory.measure(folder, options["upload_mib"], options["frames"])


def _pipeline_arguments(parser: CommandParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("video", type=Path, nargs="?", metavar="VIDEO")
    source.add_argument("--scenario", choices=SCENARIOS, help="a video that is made for it")
    parser.add_argument("--pipeline", default=DEFAULT_PIPELINE_ID, metavar="ID")
    _counts(parser, frames=100)


def _api_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--scenario",
        action="append",
        choices=API_SCENARIOS,
        help="may be given more than once; default all",
    )
    _counts(parser, seconds=10, jobs=1_000_000, results_mib=500)


def _accuracy_arguments(parser: CommandParser) -> None:
    parser.description = (
        "Without --images and --scenario: the pictures that come along, and every scenario."
    )
    parser.add_argument(
        "--pipeline",
        action="append",
        metavar="ID",
        help=f"may be given more than once; default {DEFAULT_PIPELINE_ID}",
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="pictures, with their words in words.json or each beside a text file",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        choices=ACCURACY_SCENARIOS,
        help="a video that is drawn; may be given more than once",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the drawn videos; default 1")
    parser.add_argument("--alone", action="store_true", help="without RapidOCR beside it")
    parser.add_argument(
        "--verbose", action="store_true", help="also what was missed, and what was read instead"
    )
    _counts(parser, frames=120)


def _counts(parser: CommandParser, **defaults: int) -> None:
    for name, default in defaults.items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=_positive, default=default, help=f"default {default}")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value
