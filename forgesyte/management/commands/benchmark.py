"""`manage.py benchmark`: measure speed and accuracy on this machine."""

from __future__ import annotations

import json
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte.benchmarks.figures import cores
from forgesyte.installation import ProcessFailed
from forgesyte.response_checks import UnexpectedResponse
from pipeline.config import DEFAULT_PIPELINE_ID
from pipeline.exceptions import PipelineError
from pipeline.samples import SAMPLE_MP4


class Command(BaseCommand):
    """Each benchmark uses a temporary data folder and its own processes."""

    help = "Run a benchmark; prints one JSON object per measurement."
    # System checks load DuckDB, whose binding reports leaks at exit if jsonschema is loaded, too.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
        pipeline = kinds.add_parser("pipeline", help="frames per second on a video")
        pipeline.add_argument("video", type=Path, nargs="?", default=SAMPLE_MP4, metavar="VIDEO")
        pipeline.add_argument("--pipeline", default=DEFAULT_PIPELINE_ID, metavar="ID")
        _count(pipeline, "--frames", 100)
        _accuracy_arguments(kinds.add_parser("accuracy", help="how well text is read"))
        _count(kinds.add_parser("api", help="requests per second"), "--seconds", 10)
        _count(kinds.add_parser("queue", help="delay from submission to start"), "--jobs", 200)

    def handle(self, *args: Any, **options: Any) -> None:
        ok = True
        try:
            with tempfile.TemporaryDirectory(prefix="forgesyte-benchmark-") as folder:
                # Imported here because some of them import OpenCV and more.
                kind = import_module(f"forgesyte.benchmarks.{options['kind']}")
                for measurement in kind.measure(options, Path(folder)):
                    self.stdout.write(json.dumps({**measurement, "cores": cores()}))
                    self.stdout.flush()
                    ok = ok and measurement.get("ok", True)
        except (ProcessFailed, UnexpectedResponse, TimeoutError, PipelineError) as error:
            raise CommandError(str(error)) from error
        if not ok:
            raise CommandError("Two runs gave different results.")


def _accuracy_arguments(parser: CommandParser) -> None:
    from pipeline.evaluation.drawn import SCENARIOS  # imports OpenCV

    parser.description = "Without --images or --scenario: the bundled pictures and every scenario."
    add = parser.add_argument
    add(
        "--pipeline",
        action="append",
        metavar="ID",
        help="repeatable; default yolo_ocr",
    )
    add(
        "--images",
        type=Path,
        metavar="FOLDER",
        help="pictures with words.json or text files",
    )
    add("--scenario", action="append", choices=list(SCENARIOS), help="generated video; repeatable")
    add("--seed", type=int, default=1, help="seed of the generated videos; default 1")
    add("--alone", action="store_true", help="do not compare with RapidOCR")
    add("--verbose", action="store_true", help="also print what was missed or misread")
    _count(parser, "--frames", 120)


def _count(parser: CommandParser, flag: str, default: int) -> None:
    def positive(text: str) -> int:
        if (value := int(text)) < 1:
            raise ValueError
        return value

    parser.add_argument(flag, type=positive, default=default, help=f"default {default}")
