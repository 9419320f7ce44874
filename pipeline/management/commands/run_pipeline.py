import sys
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import ijson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize
from rich import progress as rich

from pipeline.config import DEFAULT_PIPELINE_ID, PipelineConfig
from pipeline.definitions import load_definition
from pipeline.exceptions import PipelineError, UnusableFile
from pipeline.files import outputs_of, replacing, require_video, videos_of
from pipeline.formats import duration, file_size
from pipeline.process import PipelineProcess
from pipeline.results import RunSummary
from pipeline.terminal import console, printable, progress

Advance = Callable[[int, int], None]


class Command(BaseCommand):
    """What is made goes to files or standard output, how it gets on to standard error."""

    help = "Run a pipeline on videos; write the results as JSON, or videos with boxes drawn."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("videos", type=Path, nargs="+", metavar="VIDEO", help="MP4 files, folders or patterns")
        add("--pipeline", default=DEFAULT_PIPELINE_ID, help="default: %(default)s")
        add("--frame-stride", type=_count, default=1, metavar="N", help="read only every Nth frame")
        add("--max-frames", type=_count, metavar="N", help="read at most N frames")
        several = "a folder for several videos"
        add("--output", type=Path, metavar="FILE", help=f"default: standard output; {several}")
        add(
            "--annotated",
            type=Path,
            metavar="MP4",
            help=f"the video with boxes, and the text below it, without sound; {several}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        config: PipelineConfig = settings.PIPELINE
        self._options, self._told = options, console(sys.stderr, no_color=options["no_color"])
        self._told.quiet = options["verbosity"] == 0
        try:
            videos = videos_of(options["videos"])
            for video in videos:
                require_video(video)
            outputs = self._targets(videos, "output", "_results.json")
            annotated = self._targets(videos, "annotated", "_annotated.mp4")
            load_definition(options["pipeline"], config.definitions_dir)
            failed = 0
            with PipelineProcess(config) as child:
                for video, *targets in zip(videos, outputs, annotated, strict=True):
                    try:
                        self._run(child, video, *targets)
                    except PipelineError as error:
                        if len(videos) == 1:
                            raise
                        failed += 1
                        self._told.print(f"{printable(str(video))}: {error}", style="red")
        except PipelineError as error:
            raise CommandError(printable(str(error))) from error
        if failed:
            raise CommandError(f"{failed} of {len(videos)} videos failed.")

    def _targets(self, videos: list[Path], option: str, ending: str) -> list[Path | None]:
        path: Path | None = self._options[option]
        if path is not None:
            return list(outputs_of(videos, path, ending))
        if len(videos) > 1 and option == "output" and self._options["annotated"] is None:
            raise UnusableFile("Several videos need a folder for their results: --output FOLDER.")
        return [None] * len(videos)

    def _run(
        self, child: PipelineProcess, video: Path, output: Path | None, annotated: Path | None
    ) -> None:
        options, begun = self._options, monotonic()
        with tempfile.TemporaryDirectory(prefix="run_pipeline-") as folder:
            results = Path(folder) / "results.json"
            with self._progress(f"Reading {video.name}") as advance:
                summary = child.run(
                    video,
                    options["pipeline"],
                    results,
                    frame_stride=options["frame_stride"],
                    max_frames=options["max_frames"],
                    progress=lambda reached: advance(reached.frames, reached.expected),
                )
            if annotated is not None:
                with self._progress(f"Drawing {video.name}") as advance:
                    _annotate(video, results, summary, annotated, advance)
            self._deliver(results, output, annotated)
        frames, detections = summary.frames, summary.detections
        self._told.print(
            f"{printable(video.name)} ({file_size(video.stat().st_size)}): "
            f"{frames} frame{pluralize(frames)} in {duration(monotonic() - begun)}, "
            f"{detections} detection{pluralize(detections)}",
            soft_wrap=True,
        )

    def _deliver(self, results: Path, output: Path | None, annotated: Path | None) -> None:
        if output is not None:
            with replacing(output) as file, results.open("rb") as source:
                for line in source:  # one frame
                    file.write(line)
        elif annotated is None:
            with results.open(encoding="utf-8") as text:
                for each in text:
                    self.stdout.write(each, ending="")

    @contextmanager
    def _progress(self, text: str) -> Iterator[Advance]:
        """Show a bar on a terminal; yields what hears of the frames done and expected."""
        columns = rich.TextColumn("{task.description}"), rich.BarColumn(), rich.MofNCompleteColumn()
        with progress(self._told, *columns, rich.TimeRemainingColumn()) as bar:
            task = bar.add_task(printable(text), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _annotate(
    video: Path, results: Path, summary: RunSummary, output: Path, advance: Advance
) -> None:
    from pipeline.annotate import MOST_LINES, annotate  # here, since it loads FFmpeg and OpenCV
    from pipeline.video.reader import VideoReader

    def items() -> Iterator[dict[str, Any]]:
        with results.open("rb") as file:
            yield from ijson.items(file, "item", use_float=True)

    most = max((item["result"]["text"].count("\n") + 1 for item in items()), default=0)
    done = iter(range(1, sys.maxsize))
    with replacing(output) as file:
        reader = VideoReader(video, settings.PIPELINE)
        frames = reader.facts.frames
        annotate(reader, items(), min(most, MOST_LINES), file, lambda: advance(next(done), frames))


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value
