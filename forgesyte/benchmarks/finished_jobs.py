"""An installation that has done many jobs, made at once: the rows alone, without their files."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Engine, text

from jobs.database import open_engine

DATABASE = "foregsyte.duckdb"
# One job in fifty failed; one was submitted every second, and took twenty.
FILL = text("""
    INSERT INTO jobs (job_id, status, pipeline_id, input_path, output_path, error_message,
                      created_at, updated_at)
    SELECT job_id,
           CASE WHEN failed THEN 'failed' ELSE 'completed' END,
           'yolo_ocr',
           'video_jobs/' || job_id || '.mp4',
           CASE WHEN NOT failed THEN 'video_jobs/' || job_id || '_results.json' END,
           CASE WHEN failed THEN 'The video has no frames that can be decoded.' END,
           created_at,
           created_at + INTERVAL 20 SECOND
    FROM (SELECT uuid() AS job_id,
                 n % 50 = 0 AS failed,
                 now()::TIMESTAMP - INTERVAL 1 SECOND * (:jobs - n) AS created_at
          FROM range(:jobs) numbers(n))
""")
LOOK_UP = "SELECT * FROM jobs WHERE job_id = ?"


def make(data: Path, jobs: int) -> Engine:
    """A database of that many finished jobs in the data folder; to be disposed of before a
    process runs on it."""
    data.mkdir(parents=True)
    engine = open_engine(data / DATABASE)
    with engine.begin() as connection:
        connection.execute(FILL, {"jobs": jobs})
    return engine


def completed(engine: Engine, jobs: int) -> list[str]:
    """The ids of `jobs` completed jobs, or of all if there are fewer, from all over the table."""
    statement = text(
        "SELECT job_id::VARCHAR FROM jobs WHERE status = 'completed' ORDER BY hash(job_id) LIMIT :n"
    )
    with engine.connect() as connection:
        return list(connection.execute(statement, {"n": jobs}).scalars())


def count(data: Path) -> int:
    """How many jobs the database of an installation holds whose processes have ended."""
    engine = open_engine(data / DATABASE)
    try:
        with engine.connect() as connection:
            number: int = connection.execute(text("SELECT count(*) FROM jobs")).scalar_one()
            return number
    finally:
        engine.dispose()


def look_ups_per_second(engine: Engine, job_ids: list[str], seconds: float) -> float:
    """DuckDB's own rate in this process, from a statement that is parsed once.

    One thread: its Python binding holds the interpreter's lock, so several are not faster.
    """
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        (statement,) = connection.extract_statements(LOOK_UP)  # type: ignore[union-attr]
        done, begun = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - begun) < seconds:
            job_id = job_ids[done % len(job_ids)]
            connection.execute(statement, [job_id]).fetchone()  # type: ignore[union-attr]
            done += 1
        return done / elapsed
    finally:
        pooled.close()
