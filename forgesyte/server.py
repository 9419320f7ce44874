"""The web server: gunicorn with one multi-threaded worker process, restarted if it dies.

A request occupies a thread while it is received, so there are many threads; idle ones cost little.
Protection against clients that are slow on purpose is left to a proxy
(docs/Phase_16/PHASE_16_ARCHITECTURE.md).
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from jobs.exceptions import JobsError

IDLE_TIMEOUT_S = 60  # clients that neither send nor read for so long are disconnected
LINGER_S, LINGER_BYTES = 2.0, 64 * 1024  # limits of a lingering close
Task = Callable[[], None]


class StartFailed(Exception):
    """The worker process could not start; the message says why."""


class LingeringWorker(ThreadWorker):  # type: ignore[misc]
    """Performs the lingering close in the thread that handled the request.

    gunicorn does it in the thread that accepts connections, where one client delays all others.
    """

    def handle(self, conn: Any) -> Any:
        again = super().handle(conn)
        if again is False:
            deadline, received, client = time.monotonic() + LINGER_S, 0, conn.sock
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)
                while received < LINGER_BYTES and (left := deadline - time.monotonic()) > 0:
                    client.settimeout(left)
                    if not (data := client.recv(4096)):
                        break
                    received += len(data)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RD)  # ends gunicorn's own lingering close at once
        return again


class Server(BaseApplication):  # type: ignore[misc]
    """Serves the API on a listening socket, from a forked worker process.

    The parent must not have imported libraries that start threads. The worker calls `start` before
    the first request and `stop` at its end. If `start` raises JobsError, `run` raises StartFailed
    with its message; otherwise `run` raises SystemExit after SIGINT, SIGTERM or SIGHUP.
    """

    def __init__(self, listener: socket.socket, threads: int, start: Task, stop: Task) -> None:
        self._start, parent = start, os.getpid()
        self._refusal, self._refusal_writer = os.pipe()
        self._options = {
            "bind": f"fd://{listener.detach()}",
            "worker_class": LingeringWorker,
            "threads": threads,
            "timeout": 0,  # a process that was suspended must not be killed when it resumes
            "graceful_timeout": 10,  # for requests in progress
            "keepalive": IDLE_TIMEOUT_S,
            "limit_request_line": 8190,
            "limit_request_field_size": 16
            * 1024,  # browsers send the cookies of all ports of a host
            "forwarded_allow_ips": "",  # forgesyte.proxy handles X-Forwarded-Proto
            "control_socket_disable": True,
            "loglevel": "warning",
            "when_ready": lambda arbiter: _on_hangup(lambda *_: os.kill(parent, signal.SIGTERM)),
            "post_worker_init": self._start_worker,
            "worker_exit": lambda arbiter, worker: stop(),
        }
        # A connection that timed out is not an error.
        logging.getLogger("gunicorn.error").addFilter(
            lambda record: not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))
        )
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from forgesyte.wsgi import application

        return application

    def run(self) -> None:
        parent = os.getpid()
        try:
            super().run()
        except SystemExit as end:
            os.close(self._refusal_writer)
            if end.code and os.getpid() == parent:  # the worker process also ends with SystemExit
                told = os.read(self._refusal, 64 * 1024).decode()
                raise StartFailed(told or "The API could not start; its log says why.") from None
            raise

    def _start_worker(self, worker: Any) -> None:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: die with the parent
        _on_hangup(signal.SIG_IGN)  # a terminal sends it to both processes
        try:
            self._start()
        except JobsError as refusal:
            os.write(self._refusal_writer, str(refusal).encode())
            raise SystemExit(4) from None  # gunicorn exits instead of restarting the worker


def _on_hangup(handler: Any) -> None:
    for number in (signal.SIGINT, signal.SIGHUP):  # Ctrl-C, and a terminal that closes
        signal.signal(number, handler)
