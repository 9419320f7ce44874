"""`manage.py serve`: the API on a real web server."""

from __future__ import annotations

import gc
import signal
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte import exposure
from forgesyte.server import Server, make_server
from forgesyte.wsgi import application
from jobs import unanswered
from jobs.composition import job_store, run_folder, temp_folder
from jobs.exceptions import JobsError
from jobs.locks import only_one
from jobs.uploads import FRAMING_BYTES, remove_leftovers


class Command(BaseCommand):
    """Serves the API until SIGINT or SIGTERM."""

    help = "Serve the API (waitress, one process, threads)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port (default 8000)")
        parser.add_argument("--threads", type=int, default=8, help="threads (default 8)")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, least, most in (("port", 0, 65535), ("threads", 1, 256)):
            if not least <= options[name] <= most:
                raise CommandError(f"--{name} must be between {least} and {most}.")
        exposed = exposure.refusal(options["host"], settings.ENVIRONMENT.secret_key)
        if exposed is not None:
            raise CommandError(exposed)
        refusal = "The API already runs on this data folder, as process {pid}."
        try:
            with only_one(run_folder() / "serve.lock", refusal):
                self._serve(options["host"], options["port"], options["threads"])
        except JobsError as error:
            raise CommandError(str(error)) from error

    def _serve(self, host: str, port: int, threads: int) -> None:
        signal.signal(signal.SIGTERM, _stop)
        try:
            server = self._listen(host, port, threads)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda signum, frame: server.stop())
            self.stdout.write(f"Serving on http://{_address(server)} (Ctrl-C stops)")
            self.stdout.flush()
            server.run()
        finally:
            gc.unfreeze()  # or DuckDB's binding reports leaks at the end
            job_store().close()

    def _listen(self, host: str, port: int, threads: int) -> Server:
        remove_leftovers()
        left = unanswered.marks()
        job_store().join()
        job_store().stand_by()
        unanswered.remove_later(left, settings.JOB_STORE_TIMEOUT_S)
        try:
            server = make_server(
                application,
                host=host,
                port=port,
                threads=threads,
                max_upload_bytes=settings.MAX_UPLOAD_BYTES,
                framing_bytes=FRAMING_BYTES,
                temp_folder=temp_folder(),
            )
        except OSError as error:
            reason = f"Cannot listen on {host}:{port}: {error.strerror}. Try another --port."
            raise CommandError(reason) from error
        gc.collect()
        gc.freeze()  # what is loaded by now stays: collections need not look through it
        return server


def _address(server: Any) -> str:
    host, port = server.socket.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
