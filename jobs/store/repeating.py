"""Operations that are done once more when DuckDB gave the database up meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from jobs.database_errors import no_room
from jobs.exceptions import DatabaseInvalidated, StorageFull, StoreUnavailable

logger = logging.getLogger(__name__)


class Reopening(Protocol):
    """What can open its database again."""

    def reopen(self) -> None: ...


Store = TypeVar("Store", bound=Reopening)
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def repeated(
    operation: Callable[Concatenate[Store, Arguments], Answer],
) -> Callable[Concatenate[Store, Arguments], Answer]:
    """Open the database and try again, once: each operation of the store bears repeating.

    Then StorageFull is raised when it was for want of room, or StoreUnavailable.
    """

    @wraps(operation)
    def call(store: Store, /, *args: Arguments.args, **options: Arguments.kwargs) -> Answer:
        try:
            return operation(store, *args, **options)
        except DatabaseInvalidated as error:
            logger.error("The job database is opened again. %s", error.__cause__ or "")
            store.reopen()
        try:
            return operation(store, *args, **options)
        except DatabaseInvalidated as error:
            full = no_room(str(error.__cause__))
            raise (StorageFull() if full else StoreUnavailable()) from error

    return call
