"""A process of its own on a job store, driven by lines on its standard input.

Run as `python -m jobs.tests.store_process DATA_FOLDER`. Each line is a JSON list: an operation
of the store and its arguments; each answer is one JSON line.
"""

from __future__ import annotations

import json
import socket
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from jobs.database import open_engine
from jobs.exceptions import JobsError
from jobs.models import JobRecord
from jobs.queue.memory import MemoryQueueService
from jobs.store.gateway import JobStoreGateway
from jobs.store.owner import OwnedJobStore
from jobs.store.wire import SOCKET_NAME, Wire


def gateway(folder: Path, timeout: float = 10.0) -> JobStoreGateway:
    """A gateway on the database file in `folder`."""
    database = folder / "jobs.duckdb"
    return JobStoreGateway(
        folder / "run",
        lambda: OwnedJobStore(open_engine(database), MemoryQueueService),
        timeout=timeout,
    )


def connected(folder: Path) -> Wire:
    """A connection to the owner whose socket is in `folder`."""
    return Wire.connect(folder, time.monotonic() + 30.0)


def stranger(folder: Path) -> socket.socket:
    """A connection without the handshake."""
    end = socket.socket(socket.AF_UNIX)
    end.settimeout(30.0)
    end.connect(str(folder / SOCKET_NAME))
    return end


def call(wire: Wire, operation: str, *args: Any, within: float = 30.0) -> tuple[bool, Any]:
    """Whether the call succeeded, and its value or what it raised."""
    deadline = time.monotonic() + within
    wire.send((operation, args, {}, deadline), deadline)
    answer: tuple[bool, Any] = wire.receive(deadline)
    return answer


def plain(value: Any) -> Any:
    """An answer as JSON can carry it."""
    if isinstance(value, JobRecord):
        return {"job_id": str(value.job_id), "status": value.status.value}
    return value if isinstance(value, int | str | bool | None) else str(value)


def answer(store: JobStoreGateway, operation: str, args: list[Any]) -> Any:
    if operation == "owns":
        return store.owns_store
    if operation == "new_job":
        return plain(store.submit(uuid.UUID(args[0]), "yolo_ocr", f"video_jobs/{args[0]}.mp4"))
    if operation in ("get", "give_back", "complete", "fail"):
        args = [uuid.UUID(args[0]), *args[1:]]
    return plain(getattr(store, operation)(*args))


def main() -> None:
    store = gateway(Path(sys.argv[1]))
    for line in sys.stdin:
        operation, *args = json.loads(line)
        try:
            result = {"value": answer(store, operation, args)}
        except JobsError as error:
            result = {"error": type(error).__name__}
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main()
