"""The web server: gunicorn with one worker process of threads, which it starts again if it dies.

A request holds a thread while it arrives, so there are many of them; idle ones cost little.
Clients that are slow on purpose are a proxy's task (docs/Phase_16/PHASE_16_ARCHITECTURE.md).
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import signal
import socket
import struct
from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string
from gunicorn.app.base import BaseApplication

SILENCE_S = 60  # a client that neither sends nor reads for so long is gone
GRACE_S = 10  # for the requests that are being answered when the server stops
MAX_CONNECTIONS = 1000
OPEN_FILES = 4096  # sockets, uploads and answers of so many connections
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class StartFailed(Exception):
    """The worker process could not start; the message says why."""


class Server(BaseApplication):  # type: ignore[misc]
    """Serves the WSGI application of a dotted path on a socket that listens already.

    The application is imported in the worker process. That one is forked, so the parent must not
    have imported libraries that start threads. `start` is called in the worker before the first
    request, `stop` at its end. If `start` raises one of `refusals`, `run` raises StartFailed with
    the message; otherwise it ends with SystemExit after SIGINT, SIGTERM or SIGHUP.
    """

    def __init__(
        self,
        application: str,
        listener: socket.socket,
        threads: int,
        start: Callable[[], None],
        stop: Callable[[], None],
        refusals: tuple[type[Exception], ...] = (),
    ) -> None:
        self._application, self._start, self._refusals = application, start, refusals
        self._refusal, self._refusal_writer = os.pipe()
        self._options = {
            "bind": f"fd://{listener.detach()}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": threads,
            "worker_connections": MAX_CONNECTIONS,
            "timeout": 0,  # a process that was suspended is not ended when it goes on
            "graceful_timeout": GRACE_S,
            "keepalive": SILENCE_S,
            "limit_request_line": 8190,
            "limit_request_field_size": 16 * 1024,  # a browser's cookies of all ports
            "forwarded_allow_ips": "",  # nobody's X-Forwarded-Proto counts
            "control_socket_disable": True,
            "loglevel": "warning",
            "when_ready": _stop_gracefully,
            "post_worker_init": self._start_worker,
            "worker_exit": lambda arbiter, worker: stop(),
        }
        logging.getLogger("gunicorn.error").addFilter(_is_not_silence)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_string(self._application)

    def run(self) -> None:
        parent = os.getpid()
        try:
            super().run()
        except SystemExit as end:
            os.close(self._refusal_writer)
            if end.code and os.getpid() == parent:  # the worker process ends this way, too
                told = os.read(self._refusal, 64 * 1024).decode()
                raise StartFailed(told or "The API could not start; its log says why.") from None
            raise

    def _start_worker(self, worker: Any) -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # however the parent ends
        for number in (signal.SIGINT, signal.SIGHUP):  # a terminal sends them to both
            signal.signal(number, signal.SIG_IGN)
        try:
            self._start()
        except self._refusals as refusal:
            os.write(self._refusal_writer, str(refusal).encode())
            raise SystemExit(4) from None  # gunicorn ends instead of trying again


def listen(host: str, port: int) -> socket.socket:
    """A socket for `Server`; raises OSError if the address cannot be used."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES:
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # connections inherit them
        listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", SILENCE_S, 0))
    return listener


def _stop_gracefully(arbiter: Any) -> None:
    """Ctrl-C and a closed terminal end the server as SIGTERM does."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda signum, frame: os.kill(os.getpid(), signal.SIGTERM))


def _is_not_silence(record: logging.LogRecord) -> bool:
    """Not the traceback of a connection that timed out."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))
