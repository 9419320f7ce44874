"""What test_power.py records: jobs accepted and completed by the project's own functions.

    python -m forgesyte.tests.e2e.faults.power_workload JOBS LOG

Each job that a client or a worker was told of is a line in the file LOG, written at that moment.
"""

from __future__ import annotations

import json
import os
import sys

import django

CLOSINGS = 3


def video_of(number: int) -> bytes:
    return b"\0\0\0\x18ftypisom\0\0\2\0isomiso2mp41" + bytes([number % 256]) * (2000 + 997 * number)


def results_of(job_id: str) -> bytes:
    return json.dumps([job_id] * 300).encode()


def main(jobs: int, log: int) -> None:
    """Submit `jobs` jobs, complete every second one, and close the store now and then."""
    from jobs import composition  # they need the settings
    from jobs.api import services
    from jobs.storage.names import results_name
    from pipeline.config import DEFAULT_PIPELINE_ID

    for number in range(jobs):
        upload = composition.temp_folder() / f"upload-{number}.part"
        upload.write_bytes(video_of(number))
        job_id = services.submit_video(upload, DEFAULT_PIPELINE_ID)
        os.write(log, f"accepted {job_id} {number}\n".encode())
        if number % 2:
            job = composition.job_store().claim()
            assert job is not None
            results = composition.temp_folder() / f"results-{number}.part"
            results.write_bytes(results_of(str(job.job_id)))
            stored = composition.storage().save_file(results, results_name(job.job_id))
            composition.job_store().complete(job.job_id, stored)
            os.write(log, f"completed {job.job_id} {number}\n".encode())
        if number % (jobs // CLOSINGS + 1) == jobs // CLOSINGS:
            composition.job_store().close()  # brings the log into the database
            composition.job_store.cache_clear()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "forgesyte.settings"
    django.setup()
    main(int(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT, 0o600))
