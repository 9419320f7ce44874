"""The caller's side of the socket."""

from __future__ import annotations

import os
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Connection,
    answer_challenge,
    deliver_challenge,
    wait,
)
from pathlib import Path
from typing import Any

from jobs.store.key import KEY_NAME
from jobs.store.server import socket_address


class LinkBroken(Exception):
    """The owner cannot be reached, or died before it answered."""


class StoreLink:
    """One connection to the owner; used by one thread."""

    def __init__(self, folder: Path, deadline: float) -> None:
        try:
            key = (folder / KEY_NAME).read_bytes()
            self._connection = _connect(folder)
        except OSError as error:
            raise LinkBroken from error
        try:
            self._expect_answer(deadline)
            answer_challenge(self._connection, key)
            deliver_challenge(self._connection, key)
        except (AuthenticationError, EOFError, OSError) as error:
            self.close()
            raise LinkBroken from error

    def call(self, operation: str, args: tuple[Any, ...], deadline: float) -> Any:
        """The operation's value; raises what it raised, or LinkBroken if no answer came.

        `deadline` is on `time.monotonic`, which the processes of a machine share; the owner
        leaves a call undone once it has passed.
        """
        try:
            self._connection.send((operation, args, deadline))
            self._expect_answer(deadline)
            done, value = self._connection.recv()
        except (EOFError, OSError) as error:
            raise LinkBroken from error
        if not done:
            raise value
        return value

    def wait_for_end(self) -> None:
        """Return when the owner has closed its end or died; it says nothing unasked."""
        wait([self._connection])

    def close(self) -> None:
        self._connection.close()

    def _expect_answer(self, deadline: float) -> None:
        if not self._connection.poll(deadline - time.monotonic()):
            raise TimeoutError


def _connect(folder: Path) -> Connection[Any, Any]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return Client(socket_address(descriptor))
    finally:
        os.close(descriptor)
