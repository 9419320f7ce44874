import contextlib
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.config import DEFAULT_PIPELINE_ID, PipelineConfig
from pipeline.definitions import load_definition
from pipeline.exceptions import PipelineError
from pipeline.process import PipelineProcess


class Command(BaseCommand):
    help = "Run a pipeline over a video and write the JSON array of its results."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("video", type=Path, help="an MP4")
        parser.add_argument("--pipeline", default=DEFAULT_PIPELINE_ID, help="default: %(default)s")
        parser.add_argument(
            "--frame-stride", type=_count, default=1, metavar="N", help="every N-th frame only"
        )
        parser.add_argument("--max-frames", type=_count, metavar="N", help="at most N frames")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        config: PipelineConfig = settings.PIPELINE
        video, output = options["video"], options["output"]
        if not video.is_file():
            raise CommandError(f"{video} is not a file")
        try:
            load_definition(options["pipeline"], config.definitions_dir)
            with _scratch_file(output) as results, PipelineProcess(config) as child:
                child.run(
                    video,
                    options["pipeline"],
                    results,
                    frame_stride=options["frame_stride"],
                    max_frames=options["max_frames"],
                )
                self._deliver(results, output)
        except PipelineError as error:
            raise CommandError(str(error)) from error

    def _deliver(self, results: Path, output: Path | None) -> None:
        if output is not None:
            try:
                results.replace(output)
            except OSError as error:
                raise CommandError(f"cannot write {output}: {error.strerror}") from error
            return
        with results.open(encoding="utf-8") as file:
            for line in file:  # one frame
                self.stdout.write(line, ending="")


@contextlib.contextmanager
def _scratch_file(output: Path | None) -> Iterator[Path]:
    """A name that is free, in the folder of `output`, so that a rename puts it in place."""
    if output is not None and output.is_dir():
        raise CommandError(f"{output} is a folder")
    folder = output.parent if output else Path(tempfile.gettempdir())
    try:
        scratch = tempfile.TemporaryDirectory(dir=folder, prefix=".run_pipeline-")
    except OSError as error:
        raise CommandError(f"cannot write to {folder}: {error.strerror}") from error
    with scratch:
        yield Path(scratch.name) / "results.json"


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value
