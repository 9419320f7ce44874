"""Folders that cannot be written, files that are gone or damaged: told, and not written over."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from forgesyte.benchmarks.figures import Measurement
from forgesyte.faults.place import DATABASE, Place
from forgesyte.installation import Installation

BLOCKS = 3 * 4096  # where DuckDB's data begins, behind its headers
# root may write anywhere, unless it gives that right up.
AS_OTHERS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
LEFT_AS_IT_IS = "left as it is"
Stage = Callable[[Place], dict[str, Any]]


def measure(
    folder: Path, video: Path, seed: int, stages: Sequence[str] = ()
) -> Iterator[Measurement]:
    """One figure for each stage, or for those of `stages`; after each, a job goes through."""
    under = AS_OTHERS if os.geteuid() == 0 else ()
    with Installation(folder / "data", under=under) as installation:
        installation.start()
        chance = random.Random(seed)  # noqa: S311  # nosec B311 # repeatable
        place = Place(installation, video, chance)
        for name in stages or STAGES:
            found = STAGES[name](place)
            recovered = place.ended(place.submit())["status"] == "completed"
            ok = bool(found.pop("ok")) and recovered
            yield {"fault": "damage", "stage": name, **found, "recovered": recovered, "ok": ok}


def _input_deleted(place: Place) -> dict[str, Any]:
    assert place.installation.worker is not None
    place.installation.worker.terminate()
    job_id = place.submit()
    (place.data / f"video_jobs/{job_id}.mp4").unlink()
    place.installation.start_worker()
    message = place.ended(job_id).get("error_message", "")
    return {"told": message, "ok": message == "The uploaded video is gone. Submit it again."}


def _results_deleted(place: Place) -> dict[str, Any]:
    place.ended(job_id := place.submit())
    _results(place, job_id).unlink()
    return place.results(job_id, 404, "has been removed from the data folder")


def _results_damaged(place: Place) -> dict[str, Any]:
    place.ended(job_id := place.submit())
    path = _results(place, job_id)
    os.truncate(path, path.stat().st_size - 2)
    return place.results(job_id, 404, "has been damaged")


def _read_only_while_running(place: Place) -> dict[str, Any]:
    with place.read_only():
        return place.refused(503, "cannot be written: Permission denied")


def _read_only_at_start(place: Place) -> dict[str, Any]:
    with place.stopped(), place.read_only():
        return place.do_not_start("cannot be written: Permission denied")


def _folder_gone(place: Place) -> dict[str, Any]:
    """Moved away while both run: told, and not begun anew in its place."""
    aside = place.data.with_name("moved away")
    place.data.rename(aside)
    found = place.refused(503, "")
    found["ok"] = found["ok"] and not (place.data / DATABASE).exists()
    shutil.rmtree(place.data, ignore_errors=True)
    aside.rename(place.data)
    return found


def _database_gone(place: Place) -> dict[str, Any]:
    aside = place.database.with_name("moved away")
    place.database.rename(aside)
    found = place.refused(503, "removed or replaced while it was in use")
    found["ok"] = found["ok"] and not place.database.exists()
    aside.rename(place.database)
    return found


def _database(damage: Callable[[Place], object], says: str = LEFT_AS_IT_IS) -> Stage:
    """Both are stopped; the database is damaged, they are started, it is put back."""

    def stage(place: Place) -> dict[str, Any]:
        with place.stopped():
            whole = place.data.with_name("whole.duckdb")
            shutil.copy(place.database, whole)
            damage(place)
            found = place.do_not_start(says)
            whole.replace(place.database)
            _log(place).unlink(missing_ok=True)
        return found

    return stage


def _database_removed(place: Place) -> dict[str, Any]:
    """While both are stopped, and its log with it: a new one is made, and that is told."""
    aside = place.data.with_name("moved away.duckdb")
    with place.stopped():
        place.database.rename(aside)
    told = "put the old foregsyte.duckdb back" in place.installation.log()
    with place.stopped():
        aside.replace(place.database)
    return {"told": "put the old foregsyte.duckdb back" if told else "", "ok": told}


def _flip(place: Place) -> None:
    """One bit of the table's rows."""
    content = bytearray(place.database.read_bytes())
    place_of_rows = content.index(b"yolo_ocr", BLOCKS)
    content[place_of_rows + place.chance.randrange(8)] ^= 1 << place.chance.randrange(8)
    place.database.write_bytes(content)


def _log(place: Place) -> Path:
    return place.database.with_name(f"{DATABASE}.wal")


def _lose_the_database(place: Place) -> None:
    _log(place).write_bytes(place.chance.randbytes(5000))
    place.database.unlink()


def _results(place: Place, job_id: str) -> Path:
    return place.data / f"video_jobs/{job_id}_results.json"


STAGES: dict[str, Stage] = {
    "input deleted": _input_deleted,
    "results deleted": _results_deleted,
    "results damaged": _results_damaged,
    "read-only while running": _read_only_while_running,
    "read-only at start": _read_only_at_start,
    "folder gone": _folder_gone,
    "database gone": _database_gone,
    "database empty": _database(lambda place: place.database.write_bytes(b"")),
    "database cut": _database(lambda place: os.truncate(place.database, BLOCKS)),
    "database overwritten": _database(
        lambda place: place.database.write_bytes(place.chance.randbytes(20_000))
    ),
    "bit of a row turned": _database(_flip),
    "database removed": _database_removed,
    "database lost, log left": _database(_lose_the_database, "is missing but its log"),
}
