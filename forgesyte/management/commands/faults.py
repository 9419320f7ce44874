"""`manage.py faults`: let things fail, and look at what is left."""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte.answer_checks import UnexpectedAnswer
from forgesyte.benchmarks.figures import Measurement
from forgesyte.managed_process import ProcessFailed

TINY_MP4 = settings.BASE_DIR / "pipeline" / "tests" / "fixtures" / "tiny.mp4"


class Command(BaseCommand):
    """Each kind has temporary data folders and processes of its own."""

    help = "Let things fail; prints JSON objects, exit status 1 if anything is lost or unclear."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
        damage = kinds.add_parser("damage", help="folders and files gone, damaged, read-only")
        damage.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
        kinds.add_parser("disk", help="no room at each step of a job")
        kills = kinds.add_parser("kills", help="processes killed, frozen and stopped at random")
        kills.add_argument("--kills", type=int, default=200, metavar="N", help="default 200")
        kills.add_argument("--jobs", type=int, default=500, metavar="N", help="default 500")
        kills.add_argument("--clients", type=int, default=4, metavar="N", help="default 4")
        kills.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
        kills.add_argument("--longest", type=float, default=2.0, metavar="S", help="default 2")
        power = kinds.add_parser("power", help="a power cut at random moments, simulated")
        power.add_argument("--jobs", type=int, default=30, metavar="N", help="default 30")
        power.add_argument("--cuts", type=int, default=50, metavar="N", help="default 50")
        power.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
        requests = kinds.add_parser("requests", help="hostile requests and slow clients")
        requests.add_argument(
            "--mutations", type=int, default=3000, metavar="N", help="default 3000"
        )
        requests.add_argument("--clients", type=int, default=200, metavar="N", help="default 200")
        requests.add_argument("--seconds", type=float, default=80.0, metavar="S", help="default 80")
        requests.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
        requests.add_argument("--longest", type=float, default=0.1, metavar="S", help="default 0.1")
        kinds.add_parser("surroundings", help="leftovers, a deep folder, a neighbour")
        videos = kinds.add_parser("videos", help="hostile files in the place of videos")
        videos.add_argument("--count", type=int, default=3000, metavar="N", help="default 3000")
        videos.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")

    def handle(self, *args: Any, **options: Any) -> None:
        ok = True
        signal.signal(signal.SIGTERM, _stop)  # what was started and mounted is cleared away
        try:
            with tempfile.TemporaryDirectory(prefix="forgesyte-faults-") as folder:
                _share_models(Path(folder))
                for measurement in getattr(self, f"_{options['kind']}")(options, Path(folder)):
                    self.stdout.write(json.dumps(measurement))
                    self.stdout.flush()
                    ok = ok and measurement["ok"]
        except (ProcessFailed, UnexpectedAnswer, TimeoutError) as error:
            raise CommandError(str(error)) from error
        if not ok:
            raise CommandError("Something was lost, left behind or not told clearly.")

    def _disk(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.faults import full_disk, full_tmpfs

        yield from full_disk.measure(folder, TINY_MP4)
        yield from full_tmpfs.measure(folder, TINY_MP4)

    def _damage(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.faults import damage

        return damage.measure(folder, TINY_MP4, options["seed"])

    def _surroundings(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.faults import surroundings

        return surroundings.measure(folder, TINY_MP4)

    def _power(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.faults import power

        return [power.measure(folder, options["jobs"], options["cuts"], options["seed"])]

    def _requests(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.faults.requests import stages

        return stages.measure(
            folder,
            TINY_MP4,
            seed=options["seed"],
            count=options["mutations"],
            slow_clients=options["clients"],
            seconds=options["seconds"],
            within_s=options["longest"],
        )

    def _kills(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.faults import kills

        counts = (options[name] for name in ("jobs", "kills", "seed", "clients", "longest"))
        return [kills.measure(folder, TINY_MP4, *counts)]

    def _videos(self, options: dict[str, Any], folder: Path) -> Iterable[Measurement]:
        from forgesyte.faults import videos

        return videos.measure(folder, TINY_MP4, options["count"], options["seed"])


def _share_models(folder: Path) -> None:
    """The exported models are this installation's: to make them anew takes a minute."""
    settings.PIPELINE.cache_dir.mkdir(parents=True, exist_ok=True)
    models, data = folder / "models", folder / "data"
    models.symlink_to(settings.PIPELINE.cache_dir, target_is_directory=True)
    data.mkdir()
    (data / "cache").symlink_to(models, target_is_directory=True)


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)
