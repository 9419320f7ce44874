"""`manage.py serve`: serve the API with gunicorn."""

from __future__ import annotations

import gc
import resource
import socket
import struct
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from forgesyte import exposure, server
from forgesyte.server import Server, StartFailed
from jobs.exceptions import JobsError
from jobs.locks import only_one


class Command(BaseCommand):
    """Serves the API until SIGINT, SIGTERM or SIGHUP."""

    help = "Serve the API and the status pages (gunicorn, one process with threads)."
    # System checks import the views, and libraries that start threads, which a fork would break.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        exposure.add_address(parser)
        parser.add_argument(
            "--threads", type=int, default=512, help="concurrent requests (default 512)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for name, least, most in (("port", 0, 65535), ("threads", 1, 1000)):
            if not least <= options[name] <= most:
                raise CommandError(f"--{name} must be between {least} and {most}.")
        if exposed := exposure.refusal(options["host"], settings.ENVIRONMENT.secret_key):
            raise CommandError(exposed)
        folder: Path = settings.DATA_DIR
        refusal = "The API (PID {pid}) is already running on this data folder."
        try:
            with only_one(folder / "run" / "serve.lock", refusal):
                self._serve(options["host"], options["port"], options["threads"])
        except (JobsError, StartFailed) as error:
            raise CommandError(f"{error} Data folder: {folder}") from error

    def _serve(self, host: str, port: int, threads: int) -> None:
        listener = _listen(host, port)
        name, port = listener.getsockname()[:2]
        address = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"

        def start() -> None:
            _start()
            self.stdout.write(f"Data folder: {settings.DATA_DIR}")
            self.stdout.write(f"Serving on http://{address} (Ctrl-C stops)")
            if settings_needed := exposure.advice(host, settings.ALLOWED_HOSTS):
                self.stdout.write(settings_needed)
            self.stdout.flush()

        Server(listener, threads, start, _stop).run()


def _listen(host: str, port: int) -> socket.socket:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for sockets, uploads and results
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = f"Cannot listen on {host}:{port}: {error.strerror}. Try another --port."
        raise CommandError(reason) from error
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # connections inherit them
        listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", server.IDLE_TIMEOUT_S, 0))
    return listener


def _start() -> None:
    """Runs in the worker process, the only one that may open the database."""
    from jobs.api.services import leftover_markers, reconcile_later
    from jobs.api.uploads import remove_leftovers
    from jobs.composition import job_store

    remove_leftovers()
    markers = leftover_markers()
    job_store().join()
    job_store().stand_by()
    reconcile_later(markers, settings.JOB_STORE_TIMEOUT_S)
    gc.collect()
    gc.freeze()  # loaded modules stay, so collections can skip them


def _stop() -> None:
    from jobs.composition import job_store

    gc.unfreeze()  # otherwise DuckDB's binding reports leaks at exit
    job_store().close()
