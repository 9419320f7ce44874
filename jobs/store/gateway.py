"""The job store in any process: calls the owner, or becomes the owner."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from jobs.exceptions import DatabaseLocked, JobsError, StoreClosed, StoreUnavailable
from jobs.locks import ProcessLock
from jobs.models import JobRecord
from jobs.storage.local import disk_error
from jobs.store.base import DEADLINE, JobStore, OwnedStore
from jobs.store.server import StoreServer
from jobs.store.wire import NEVER, Wire, WireBroken

LOCK_NAME = "store.lock"
WATCH_PAUSE_S = 0.2
# `start_worker` reads the IDs of all pending jobs: 1 to 2 s for 500,000.
START_WORKER_S = 60.0

P = ParamSpec("P")
T = TypeVar("T")


def _forwarded(
    operation: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[JobStoreGateway, P], T]:
    """Forward an operation of the contract to the owner."""
    name = operation.__name__

    def call(gateway: JobStoreGateway, /, *args: P.args, **options: P.kwargs) -> T:
        result: T = gateway._call(name, args, options)
        return result

    call.__name__, call.__doc__ = name, operation.__doc__
    return call


class JobStoreGateway(JobStore):
    """Calls the owner of the store, or becomes the owner when there is none. Thread-safe.

    `folder` holds lock, socket and key. `open_store` opens the database; it is called while the
    lock is held, at the first call or later. A call takes at most `timeout` seconds, plus the wait
    it requests, then raises StoreUnavailable; it may still take effect. A forked child must
    `abandon` its copy and make a new one.
    """

    def __init__(
        self, folder: Path, open_store: Callable[[], OwnedStore], timeout: float = 5.0
    ) -> None:
        self._folder = folder
        self._open_store = open_store
        self._timeout = timeout
        self._closed = False
        self._lock = ProcessLock(self._folder / LOCK_NAME)
        self._guard = threading.Lock()
        self._election: Future[None] | None = None
        self._owned: tuple[OwnedStore, StoreServer] | None = None
        self._local = threading.local()

    submit = _forwarded(JobStore.submit)
    exists = _forwarded(JobStore.exists)
    _get = _forwarded(JobStore.get)
    list_jobs = _forwarded(JobStore.list_jobs)
    start_worker = _forwarded(JobStore.start_worker)
    claim = _forwarded(JobStore.claim)
    complete = _forwarded(JobStore.complete)
    fail = _forwarded(JobStore.fail)
    give_back = _forwarded(JobStore.give_back)
    remove = _forwarded(JobStore.remove)
    select = _forwarded(JobStore.select)
    size = _forwarded(JobStore.size)

    def get(self, job_id: UUID) -> JobRecord:
        """Skips the socket if this process owns the store, which is twice as fast."""
        owned = self._owned
        if self._closed or owned is None:
            return self._get(job_id)
        token = DEADLINE.set(time.monotonic() + self._seconds())
        try:
            return owned[0].get(job_id)
        finally:
            DEADLINE.reset(token)

    @property
    def owns_store(self) -> bool:
        return self._owned is not None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Override `timeout` for the calls of this thread."""
        self._local.timeout = seconds
        try:
            yield
        finally:
            del self._local.timeout

    def join(self) -> None:
        """Connect or become the owner now, without a deadline for opening the database, so that
        errors appear at start-up and not at the first request."""
        with suppress(DatabaseLocked):
            if not (self._closed or self.owns_store):
                self._elect(NEVER)
        self.size()

    def stand_by(self) -> None:
        """Fail over as soon as the owner dies, even if this process makes no calls."""
        threading.Thread(target=self._watch, name="job-store-watch", daemon=True).start()

    def close(self) -> None:
        """Hand the store over to another process. Further calls raise StoreClosed."""
        self._closed = True
        with self._guard:
            owned, self._owned = self._owned, None
            election = self._election
        if election is not None:
            wait([election], self._timeout)  # it closes what it has opened
        if owned is not None:
            store, server = owned
            store.close()
            server.shut_down()
            self._lock.release()  # the next owner does not wait for calls that hang here
            server.join()
        self._drop_wire()

    def abandon(self) -> None:
        """In a forked child: let go of the parent's database, lock and connections."""
        self._closed = True
        self._lock.release()
        if self._owned is not None:
            self._owned[1].abandon()

    def _call(self, operation: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        timeout = self._seconds()
        if operation == "claim":
            timeout += args[0] if args else options.get("timeout", 0.0)
        elif operation == "start_worker":
            timeout += START_WORKER_S
        deadline = time.monotonic() + timeout
        pause, locked = 0.002, None
        while True:
            try:
                wire = self._wire(deadline)
                wire.send((operation, args, options, deadline), deadline)
                succeeded, answer = wire.receive(deadline)
                break
            except (WireBroken, DatabaseLocked) as error:
                self._drop_wire()
                locked = error if isinstance(error, DatabaseLocked) else locked
                left = deadline - time.monotonic()
                if left <= 0:  # no owner starts a call past its deadline
                    raise locked or StoreUnavailable() from error
            # The loser of an election retries until the winner has bound its socket. Jitter keeps
            # the callers of a dead owner from retrying at the same time.
            jitter = random.uniform(0.5, 1.5)  # noqa: S311  # nosec B311 # no secret
            time.sleep(min(left, pause * jitter))
            pause = min(pause * 2, 0.1)
        try:
            if succeeded:
                return answer
            raise answer
        finally:
            del answer  # its traceback would keep this frame and the connection alive

    def _seconds(self) -> float:
        """The timeout for calls of this thread."""
        seconds: float = getattr(self._local, "timeout", self._timeout)
        return seconds

    def _wire(self, deadline: float) -> Wire:
        """This thread's connection to the owner, which may be this process."""
        if self._closed:
            raise StoreClosed
        wire: Wire | None = getattr(self._local, "wire", None)
        if wire is None:
            if not self.owns_store:
                self._elect(deadline)
            wire = self._local.wire = Wire.connect(self._folder, deadline)
        return wire

    def _drop_wire(self) -> None:
        wire: Wire | None = getattr(self._local, "wire", None)
        if wire is not None:
            wire.close()
            self._local.wire = None

    def _elect(self, deadline: float) -> None:
        """Become the owner if there is none. Opening the database may outlast the deadline."""
        with self._guard:
            if self._election is None:
                self._election = Future()
                threading.Thread(
                    target=self._run_election, name="job-store-election", daemon=True
                ).start()
            election = self._election
        try:
            election.result(None if deadline == NEVER else max(0.0, deadline - time.monotonic()))
        except TimeoutError as error:
            raise WireBroken from error

    def _run_election(self) -> None:
        """Become the owner if the lock is free; runs in its own thread."""
        outcome: BaseException | None = None
        try:
            if self._lock.acquire():
                self._become_owner()
        except OSError as error:
            outcome = disk_error(error)
            outcome.__cause__ = error
        except BaseException as error:
            outcome = error
        with self._guard:
            election, self._election = self._election, None
        assert election is not None
        if outcome is None:
            election.set_result(None)
        else:
            election.set_exception(outcome)

    def _become_owner(self) -> None:
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            store = self._open_store()
            undo.callback(store.close)
            server = StoreServer(store, self._folder)
            undo.pop_all()
        with self._guard:
            self._owned = store, server
        if self._closed:  # closed while the database was opened
            self.close()

    def _watch(self) -> None:
        while not self._closed and not self.owns_store:
            with suppress(WireBroken):
                wire = Wire.connect(self._folder, time.monotonic() + self._timeout)
                wire.wait_for_end()
                wire.close()
            try:
                self.join()
            except JobsError:
                time.sleep(WATCH_PAUSE_S)
