"""What `faults power` records: jobs accepted and completed by the project's own functions.

Run as `python -m forgesyte.faults.power_workload JOBS ACKNOWLEDGED`. Each job that a client or a
worker was told of is a line in the file ACKNOWLEDGED, written when it was told.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from pathlib import Path

CLOSINGS = 3


def video_of(number: int) -> bytes:
    """The upload of the job with this number."""
    return b"\0\0\0\x18ftypisom\0\0\2\0isomiso2mp41" + bytes([number % 256]) * (2000 + 997 * number)


def results_of(job_id: str) -> bytes:
    """The results of a job."""
    return json.dumps([job_id] * 300).encode()


def main(jobs: int, acknowledged: int) -> None:
    from jobs import composition, services

    for number in range(jobs):
        upload = composition.temp_folder() / f"upload-{number}.part"
        upload.write_bytes(video_of(number))
        job_id = services.submit_video(upload, services.DEFAULT_PIPELINE)
        os.write(acknowledged, f"accepted {job_id} {number}\n".encode())
        if number % 2:
            _complete(acknowledged)
        if number % (jobs // CLOSINGS + 1) == jobs // CLOSINGS:
            composition.job_store().close()  # brings the log into the database
            composition.job_store.cache_clear()


def _complete(acknowledged: int) -> None:
    from jobs import composition
    from jobs.storage.names import results_name

    job = composition.job_store().claim()
    assert job is not None
    results = composition.temp_folder() / f"results-{uuid.uuid4()}.part"
    results.write_bytes(results_of(str(job.job_id)))
    stored = composition.storage().save_file(results, results_name(job.job_id))
    composition.job_store().complete(job.job_id, stored)
    os.write(acknowledged, f"completed {job.job_id}\n".encode())


if __name__ == "__main__":
    import django

    django.setup()
    target = os.open(Path(sys.argv[2]), os.O_WRONLY | os.O_CREAT, 0o600)
    main(int(sys.argv[1]), target)
