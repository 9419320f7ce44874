"""`manage.py smoke_test`: check an installation end to end."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from forgesyte import response_checks
from forgesyte.api_client import FAILURES, ApiClient, ClientError
from forgesyte.installation import Installation, ProcessFailed
from forgesyte.response_checks import UnexpectedResponse

VIDEO = settings.BASE_DIR / "pipeline" / "tests" / "fixtures" / "tiny.mp4"
FRAMES, RESOLUTION_WH, WORD = 12, (320, 240), "FORGE 42"
JOB_S = 120.0


class Command(BaseCommand):
    """Runs API and worker on a temporary data folder."""

    help = "Run a tiny video through a real API and worker and check every response."
    # System checks load DuckDB, whose binding reports leaks at exit if jsonschema is loaded, too.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="forgesyte-smoke-") as folder:
                self._run(Path(folder))
        except (UnexpectedResponse, ProcessFailed, ClientError, *FAILURES) as error:
            raise CommandError(f"Smoke test failed: {error or type(error).__name__}") from error
        self.stdout.write("Smoke test passed.")

    def _run(self, folder: Path) -> None:
        with Installation(folder) as installation:
            installation.start()
            self.stdout.write("API and worker are up")
            with installation.client() as client:
                self._check_refusals(client, folder)
                self._check_job(client)

    def _check_refusals(self, client: ApiClient, folder: Path) -> None:
        unknown = str(uuid.uuid4())
        response_checks.error(client.status(unknown), 404, "status of an unknown job")
        response_checks.error(client.results(unknown), 404, "results of an unknown job")
        text = folder / "text.mp4"
        text.write_text("This is not a video.")
        response_checks.error(client.submit(text), 400, "submit of a text file")
        self.stdout.write("unknown jobs and a file that is no MP4 are refused")

    def _check_job(self, client: ApiClient) -> None:
        job_id = response_checks.submitted(client.submit(VIDEO))
        self.stdout.write(f"submit: job {job_id}")
        first = response_checks.status(client.status(job_id), job_id)
        self.stdout.write(f"status: {first['status']}")
        last = client.wait_for_end(job_id, JOB_S)
        response_checks.status(client.status(job_id), job_id)
        if last.status != "completed":
            raise UnexpectedResponse(f"the job failed: {last.error_message}")
        self.stdout.write(f"status: {last.status}")
        items = response_checks.results(client.results(job_id), job_id, FRAMES, RESOLUTION_WH)
        texts = [item["result"]["text"] for item in items]
        if not any(WORD in text for text in texts):
            raise UnexpectedResponse(f"no frame's text holds {WORD!r}; the texts are {texts!r}")
        self.stdout.write(f"results: {len(items)} frames, text {texts[0]!r}")
