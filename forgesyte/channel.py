"""How a connection ends: neither too late nor with its last answer lost."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

from waitress.channel import HTTPChannel

from forgesyte.strict_parser import RequestTimeout, StrictParser

# A client that is refused while it sends has so long to notice.
LINGER_S = 3.0


class PatientChannel(HTTPChannel):  # type: ignore[misc]
    """Ends requests that come too slowly, and lets clients read why they were refused.

    To close a socket that has unread bytes resets it, and a reset takes the answer with it
    (RFC 9112, 9.6). So the sending half is closed first, and what still comes is thrown away.
    """

    request: StrictParser | None
    refused = False
    head = b""  # of an answer, until the first piece of its body is written
    lingering_until: float | None = None

    def refuse_if_overdue(self, now: float) -> bool:
        """Answer a request that comes too slowly with 408, and close; in the server's thread."""
        if self.lingering_until is not None:
            if now > self.lingering_until:
                self.handle_close()
            return False
        with self.requests_lock:
            request = self.request
            if request is None or self.requests or not request.overdue(now):
                return False
            request.error = RequestTimeout("It came too slowly")
            request.completed = True
            self.request = None
            self.requests.append(request)
            self.server.add_task(self)
        return True

    def write_soon(self, data: Any) -> int:
        head, self.head = self.head, b""
        written: int = super().write_soon(head + data if head else data)
        return written

    def service(self) -> None:
        self.refused = self.requests[0].error is not None
        super().service()

    def readable(self) -> bool:
        return self.lingering_until is not None or super().readable()

    def writable(self) -> bool:
        return self.lingering_until is None and bool(super().writable())

    def received(self, data: bytes) -> bool:
        return self.lingering_until is None and bool(super().received(data))

    def handle_close(self) -> None:
        if self.refused and self.connected and self.lingering_until is None:
            with suppress(OSError):  # gone already
                self.socket.shutdown(socket.SHUT_WR)
                self.lingering_until = time.monotonic() + LINGER_S
                self.will_close = False
                return
        super().handle_close()
