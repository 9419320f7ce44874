"""The job store as every process sees it: become the owner, or connect to it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from jobs.disk import refused
from jobs.exceptions import DatabaseLocked, JobsError, StoreClosed, StoreUnavailable
from jobs.listing import JobPage, JobQuery
from jobs.locks import ProcessLock
from jobs.models import JobRecord
from jobs.store.base import JobStore, Table
from jobs.store.link import LinkBroken, StoreLink
from jobs.store.owner import OwnedJobStore
from jobs.store.server import StoreServer

LOCK_NAME = "store.lock"
WATCH_PAUSE_S = 0.2


class JobStoreGateway(JobStore):
    """Calls the owner, wherever it is, and takes its place when it is gone.

    `folder` holds lock, socket and key. `open_store` opens the database and is called only
    while the lock is held. A call waits up to `timeout` seconds (beside the wait that it asks
    for) and then raises StoreUnavailable. Safe to use from several threads; nothing is opened
    before the first call. A forked child has to `abandon` it and make another.
    """

    def __init__(
        self, folder: Path, open_store: Callable[[], OwnedJobStore], timeout: float = 5.0
    ) -> None:
        self._folder = folder
        self._open_store = open_store
        self._timeout = timeout
        self._closed = False
        self._lock = ProcessLock(self._folder / LOCK_NAME)
        self._electing = threading.Lock()
        self._owned: tuple[OwnedJobStore, StoreServer] | None = None
        self._links = threading.local()

    @property
    def owns_store(self) -> bool:
        return self._owned is not None

    def owner_pid(self) -> str:
        """The owner's process id, for messages."""
        return self._lock.holder()

    def join(self) -> None:
        """Reach the store now: a start-up fails here and not at the first request."""
        self.size()

    def stand_by(self) -> None:
        """Take the owner's place as soon as it dies, also while nothing here calls the store."""
        threading.Thread(target=self._watch, name="job-store-watch", daemon=True).start()

    def close(self) -> None:
        """Hand the store over to whoever asks next. Calls raise StoreClosed from now on."""
        with self._electing:
            self._closed = True
            if self._owned is not None:
                store, server = self._owned
                store.close()
                server.hang_up()
                self._owned = None
                self._lock.release()  # the next owner need not wait for calls that hang here
                server.join()
            self._lock.release()
        self._drop_link()

    def abandon(self) -> None:
        """In a forked child: keep off the parent's database and do not hold its lock."""
        self._closed = True
        self._lock.release()

    # Operations

    def submit(self, job_id: UUID, pipeline_id: str, input_path: str) -> JobRecord:
        job: JobRecord = self._call("submit", job_id, pipeline_id, input_path)
        return job

    def get(self, job_id: UUID) -> JobRecord:
        job: JobRecord = self._call("get", job_id)
        return job

    def list_jobs(self, query: JobQuery) -> JobPage:
        page: JobPage = self._call("list_jobs", query)
        return page

    def start_worker(self) -> list[JobRecord]:
        interrupted: list[JobRecord] = self._call("start_worker")
        return interrupted

    def claim(self, timeout: float = 0.0) -> JobRecord | None:
        job: JobRecord | None = self._call("claim", timeout, wait=timeout)
        return job

    def complete(self, job_id: UUID, output_path: str) -> JobRecord:
        job: JobRecord = self._call("complete", job_id, output_path)
        return job

    def fail(self, job_id: UUID, error_message: str) -> JobRecord:
        job: JobRecord = self._call("fail", job_id, error_message)
        return job

    def give_back(self, job_id: UUID) -> JobRecord:
        job: JobRecord = self._call("give_back", job_id)
        return job

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> Table:
        table: Table = self._call("select", sql, parameters)
        return table

    def enqueue(self, job_id: UUID) -> None:
        self._call("enqueue", job_id)

    def dequeue(self, timeout: float = 0.0) -> UUID | None:
        job_id: UUID | None = self._call("dequeue", timeout, wait=timeout)
        return job_id

    def size(self) -> int:
        number: int = self._call("size")
        return number

    # The way to the owner

    def _call(self, operation: str, *args: Any, wait: float = 0.0) -> Any:
        deadline = time.monotonic() + self._timeout + wait
        pause = 0.002
        while True:
            try:
                target = self._target(deadline)
                if isinstance(target, OwnedJobStore):
                    return getattr(target, operation)(*args)
                return target.call(operation, args, deadline)
            except (LinkBroken, DatabaseLocked) as error:
                self._drop_link()
                if time.monotonic() + pause >= deadline:
                    if isinstance(error, DatabaseLocked):
                        raise
                    raise StoreUnavailable from error
            # The election's loser asks again until the winner has bound its socket; the random
            # part keeps the callers of a dead owner from all asking at once.
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # nosec B311 # a pause
            pause = min(pause * 2, 0.1)

    def _target(self, deadline: float) -> OwnedJobStore | StoreLink:
        if self._closed:
            raise StoreClosed
        if self._owned is not None:
            return self._owned[0]
        link: StoreLink | None = getattr(self._links, "link", None)
        if link is not None:
            return link
        with self._electing:
            owned = self._own()
        if owned is not None:
            return owned
        link = StoreLink(self._folder, deadline)
        self._links.link = link
        return link

    def _own(self) -> OwnedJobStore | None:
        """Become the owner, if nobody is."""
        if self._closed:
            raise StoreClosed
        if self._owned is not None:
            return self._owned[0]
        try:
            if not self._lock.acquire():
                return None
            store = self._open_store()
            try:
                self._owned = (store, StoreServer(store, self._folder))
            except BaseException:
                store.close()
                raise
        except BaseException as error:
            self._lock.release()
            if isinstance(error, OSError):
                raise refused(error) from error
            raise
        return store

    def _watch(self) -> None:
        while not self._closed and not self.owns_store:
            with suppress(LinkBroken):
                link = StoreLink(self._folder, time.monotonic() + self._timeout)
                link.wait_for_end()
                link.close()
            try:
                self.join()
            except JobsError:
                time.sleep(WATCH_PAUSE_S)

    def _drop_link(self) -> None:
        link: StoreLink | None = getattr(self._links, "link", None)
        if link is not None:
            link.close()
            self._links.link = None
