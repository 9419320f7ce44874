"""`manage.py transcript`: the text of a video with times, from stored results."""

from __future__ import annotations

import csv
import html
import json
import os
import sys
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import ijson
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from jobs.composition import data_folder, storage
from jobs.exceptions import StoredFileMissing
from jobs.run_record import load_run_record, load_times
from jobs.storage.names import results_name, times_name
from pipeline.transcript import TextLine, clock, transcript, with_end

RESULTS = Path(results_name("")).name  # suffix of a results file's name
TIMES = Path(times_name("")).name


class Command(BaseCommand):
    """Needs neither server nor database. Results are parsed item by item, so any size works."""

    help = "Print the text of a video, each line with its start and end time."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="JOB_OR_RESULTS", help="a job ID or a results file")
        parser.add_argument("--format", choices=list(FORMATS), default="text")
        parser.add_argument(
            "--fps",
            type=float,
            metavar="N",
            help="frame rate, if frame times are not stored",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        results, times = _stored(options["source"])
        if not times and not options["fps"]:
            raise CommandError("The frame times are not stored. Give the frame rate with --fps.")
        if not times and not 0 < options["fps"] < 100_000:
            raise CommandError("--fps must be a number of frames per second.")

        def shown_at(frame: int) -> float:
            return times[min(frame, len(times) - 1)] if times else frame / options["fps"]

        try:
            with results.open("rb") as file:
                prefix = "results.item" if file.read(1) == b"{" else "item"
                file.seek(0)
                lines = transcript(ijson.items(file, prefix, use_float=True), shown_at)
                FORMATS[options["format"]](lines, self.stdout)
            self.stdout.flush()
        except BrokenPipeError:  # the reader has closed the pipe, as `| head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(f"{results} cannot be read: {error.strerror}") from error
        except (ijson.JSONError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise CommandError(f"{results} is not a results file.") from error


def _stored(source: str) -> tuple[Path, array[float]]:
    """The results file and the frame times; the last time is the end of the video."""
    try:
        job_id = UUID(source)
    except ValueError:
        path = Path(source)
        if not path.is_file():
            raise CommandError(f"{source} is neither a job ID nor a file.") from None
        beside = path.with_name(path.name.removesuffix(RESULTS) + TIMES)
        return path, with_end(load_times(beside), None)
    try:
        results = storage().load_file(results_name(job_id))
    except StoredFileMissing as error:
        where = f"Data folder: {data_folder()}"
        raise CommandError(f"Job {job_id} has no stored results. {where}") from error
    try:
        times = load_times(storage().load_file(times_name(job_id)))
    except StoredFileMissing:
        return results, array("d")
    record = load_run_record(storage(), job_id)
    return results, with_end(times, record.video.duration_s if record and record.video else None)


def _write_text(lines: Iterable[TextLine], out: OutputWrapper) -> None:
    for line in lines:
        out.write(f"{line}\n")


def _write_csv(lines: Iterable[TextLine], out: OutputWrapper) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("from", "to", "text"))
    writer.writerows((f"{line.start:.3f}", f"{line.end:.3f}", line.text) for line in lines)


def _write_json(lines: Iterable[TextLine], out: OutputWrapper) -> None:
    found = [
        {"from": round(line.start, 3), "to": round(line.end, 3), "text": line.text}
        for line in lines
    ]
    out.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def _write_srt(lines: Iterable[TextLine], out: OutputWrapper) -> None:
    for number, line in enumerate(lines, 1):
        times = f"{clock(line.start)} --> {clock(line.end)}".replace(".", ",")
        out.write(f"{number}\n{times}\n{line.text}\n\n")


def _write_vtt(lines: Iterable[TextLine], out: OutputWrapper) -> None:
    out.write("WEBVTT\n\n")
    for line in lines:
        text = html.escape(line.text, quote=False)
        out.write(f"{clock(line.start)} --> {clock(line.end)}\n{text}\n\n")


FORMATS: dict[str, Callable[[Iterable[TextLine], OutputWrapper], None]] = {
    "text": _write_text,
    "srt": _write_srt,
    "vtt": _write_vtt,
    "csv": _write_csv,
    "json": _write_json,
}
