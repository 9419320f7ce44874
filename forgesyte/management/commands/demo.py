"""`manage.py demo`: run the sample video through a real API and worker."""

from __future__ import annotations

import re
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from forgesyte import response_checks
from forgesyte.api_client import FAILURES, ApiClient, ClientError, State
from forgesyte.findings import counted, summary
from forgesyte.installation import Installation, ProcessFailed, free_port, is_free
from forgesyte.response_checks import UnexpectedResponse
from pipeline import samples as sample

SERVE_PORT = 8000
JOB_S = 600.0


class Command(BaseCommand):
    """Uses the configured data folder, so the job remains afterwards."""

    help = "Start the API and the worker, submit the sample video and show its results."
    # System checks load DuckDB, whose binding reports leaks at exit if jsonschema is loaded, too.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        port = SERVE_PORT if is_free(SERVE_PORT) else free_port()
        try:
            with Installation(settings.DATA_DIR, port) as installation:
                self.stdout.write("Starting the API ...")
                installation.start_api()
                with installation.client() as client:
                    self._show(installation, client)
        except ProcessFailed as error:
            raise CommandError(f"{error} The demo starts both itself; stop yours first.") from error
        except (UnexpectedResponse, ClientError, *FAILURES) as error:
            raise CommandError(f"The demo failed: {error or type(error).__name__}") from error

    def _show(self, installation: Installation, client: ApiClient) -> None:
        self.stdout.write(f"The API is up at {client.url}; submitting {sample.SAMPLE_MP4.name}")
        job_id = response_checks.submitted(client.submit(sample.SAMPLE_MP4))
        status = response_checks.status(client.status(job_id), job_id)["status"]
        self.stdout.write(f"Job {job_id} is {status}; starting the worker ...")
        installation.start_worker()
        self._follow(client, job_id)
        items = response_checks.results(client.results(job_id), job_id, sample.FRAMES, sample.SIZE)
        for line in summary(items, *counted(items), lambda frame: frame / sample.FPS):
            self.stdout.write(line)
        read = {word for item in items for word in re.findall(r"\w+", item["result"]["text"])}
        if missing := [word for word in sample.WORDS if word not in read]:
            raise CommandError(f"These words of the sample were not read: {', '.join(missing)}")
        self.stdout.write(f"All {len(sample.WORDS)} words of the sample were read:")
        self.stdout.write(f"  {' '.join(sample.WORDS)}")
        page = client.get(f"/jobs/{job_id}", accept="text/html")
        if page.status_code != 200:
            raise UnexpectedResponse(f"the job's page answers {page.status_code} instead of a page")
        self.stdout.write("To see the job's page, start the server with `make run` and open:")
        self.stdout.write(f"  http://localhost:{SERVE_PORT}/jobs/{job_id}")

    def _follow(self, client: ApiClient, job_id: str) -> None:
        """Print each change of status; raises CommandError if the job fails."""
        begun, before, state = time.monotonic(), "", State("")
        for state in client.states(job_id):
            if state.status != before:
                before = state.status
                self.stdout.write(f"  {time.monotonic() - begun:5.1f} s  {state.status}")
            if time.monotonic() - begun > JOB_S:
                raise CommandError(f"The job did not end within {JOB_S:g} seconds.")
        if state.status == "failed":
            raise CommandError(f"The job failed: {state.error_message}")
