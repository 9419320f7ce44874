"""What waitress's parser lets pass, and what a server should not (RFC 9112).

A request that two programs on its way could cut differently is refused: with it somebody could
put words into another client's mouth. Nothing is kept without a bound, and nobody takes for ever.
"""

from __future__ import annotations

import re
import time

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

# As Apache's RequestReadTimeout: the head has so long, and a body has to come at this rate on
# average, counted once this time is over.
PATIENCE_S = 60.0
LEAST_BYTES_A_SECOND = 500
# The line that says how long a chunk is, and the fields after the last chunk. waitress searches
# them anew with each piece that arrives, so long ones would stop the server for everybody.
MAX_CHUNK_LINE_BYTES = 1024
MAX_TRAILER_BYTES = 8 * 1024

_VERSIONS = ("", "1.0", "1.1")
_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:[ \t]*(.*?)[ \t]*\r$", re.I | re.M)


class RequestTimeout(Error):  # type: ignore[misc]
    """The request came too slowly (RFC 9110, 15.5.9)."""

    code = 408
    reason = "Request Timeout"


class StrictParser(HTTPRequestParser):  # type: ignore[misc]
    """Reads one request, from the moment of its first bytes."""

    def __init__(self, adj: object) -> None:
        super().__init__(adj)
        self.begun = time.monotonic()

    def overdue(self, now: float) -> bool:
        """Whether it comes more slowly than this server waits; `now` as time.monotonic()."""
        age = now - self.begun
        if self.completed or age <= PATIENCE_S:
            return False
        received: int = self.body_bytes_received
        return self.body_rcv is None or received < age * LEAST_BYTES_A_SECOND

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if not self.completed and isinstance(self.body_rcv, ChunkedReceiver):
            self._bound(self.body_rcv)
        if self.completed:
            # Refused or without a body: to ask for more would make both sides wait.
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address or a length that Python cannot read
            raise ParsingError(str(error)) from error
        if self.version not in _VERSIONS:
            raise ParsingError("Unknown version of HTTP")
        codings = [coding.lower() for coding in _TRANSFER_ENCODING.findall(header_plus)]
        if codings and (codings != [b"chunked"] or not self._may_be_chunked()):
            raise ParsingError("The length of the request is ambiguous")

    def _may_be_chunked(self) -> bool:
        """RFC 9112, 6.1: not before HTTP/1.1, and never beside a Content-Length."""
        return self.version == "1.1" and "CONTENT_LENGTH" not in self.headers

    def _bound(self, receiver: ChunkedReceiver) -> None:
        line, trailer = len(receiver.control_line), len(receiver.trailer)
        if line > MAX_CHUNK_LINE_BYTES or trailer > MAX_TRAILER_BYTES:
            self.error = BadRequest("A chunk's head or the trailer is too long")
            self.completed = True
        elif self.body_bytes_received + receiver.chunk_remainder >= self.adj.max_request_body_size:
            self.error = RequestEntityTooLarge("A chunk is too long")
            self.completed = True
