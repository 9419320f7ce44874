"""The calls of one submission: repeated while that helps, and explained when they fail."""

from __future__ import annotations

import re
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import httpx

from forgesyte.api_client import (
    FAILURES,
    ApiClient,
    ClientError,
    JobFailed,
    Unavailable,
    detail,
    reason,
)
from pipeline.files import replacing

STANDARD_OUTPUT = Path("-")
POLL_TIMEOUT_S, UPLOAD_TIMEOUT_S = 10.0, 300.0
ATTEMPTS = 5
RETRY_S = 2.0  # as the API says in Retry-After
UNTRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED\] certificate verify failed: (.*?)(?: \(_ssl|$)")
Sent = Callable[[int], None]
Say = Callable[[str], None]


class Watched(FileIO):
    """A file that tells how far it has been read."""

    sent: Sent

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.sent(self.tell())
        return piece


def upload(api: ApiClient, video: Path, pipeline_id: str | None, sent: Sent, waiting: Say) -> str:
    """Send the file and return the job's id.

    `sent` hears how many bytes have been sent, `waiting` why the server does not take them yet.
    Raises ClientError.
    """
    for attempt in range(1, ATTEMPTS + 1):
        answer = _send(api, video, pipeline_id, sent)
        if answer.status_code != 503 or attempt == ATTEMPTS:
            break
        waiting(detail(answer) or "it answers 503.")
        time.sleep(RETRY_S)
    if answer.status_code == 202:
        try:
            return str(uuid.UUID(answer.json()["job_id"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
    raise _refusal(api.url, answer)


def fetch(api: ApiClient, job_id: str, file: BinaryIO) -> None:
    """Write the answer with the results to `file`, from its beginning."""
    for attempt in range(1, ATTEMPTS + 1):
        file.seek(0)
        file.truncate()
        try:
            answer = api.results(job_id, file)
        except httpx.RequestError as error:
            trouble = reason(error)
        except OSError as error:
            raise ClientError(f"The results cannot be saved: {error.strerror}.") from error
        else:
            if answer.status_code == 200:
                file.seek(0)
                return
            trouble = detail(answer) or f"It returned {answer.status_code}."
            if answer.status_code < 500:
                raise JobFailed(trouble)
        time.sleep(RETRY_S if attempt < ATTEMPTS else 0)
    raise Unavailable(f"The results could not be fetched: {trouble}")


@contextmanager
def results_file(output: Path | None) -> Iterator[BinaryIO]:
    """A file that goes to `output`, or to standard output, once it is whole."""
    if output is None or output == STANDARD_OUTPUT:
        with TemporaryFile() as file:
            yield file
            if output:
                file.seek(0)
                shutil.copyfileobj(file, sys.stdout.buffer)
    else:
        with replacing(output) as file:
            yield file


def _send(api: ApiClient, video: Path, pipeline_id: str | None, sent: Sent) -> httpx.Response:
    try:
        with Watched(video) as file:
            file.sent = sent
            return api.submit_file(file, video.name, pipeline_id)
    except httpx.ConnectError as error:
        if found := UNTRUSTED.search(str(error)):
            raise ClientError(
                f"The certificate of {api.url} is not trusted: {found[1]}. "
                "Give its CA certificate with --cacert."
            ) from error
        if "[SSL" in str(error):
            raise ClientError(f"There is no TLS at {api.url}. Try http:// in --url.") from error
        raise Unavailable(
            f"No server is responding at {api.url}: {reason(error)} "
            "Start one with `make run`, or give its address with --url."
        ) from error
    except httpx.ProxyError as error:
        raise Unavailable(f"The proxy set in the environment failed: {reason(error)}") from error
    except FAILURES as error:
        raise Unavailable(
            f"The connection to {api.url} broke during the upload: {reason(error)} "
            f"If the job was created, it is listed at {api.url}/"
        ) from error


def _refusal(url: str, answer: httpx.Response) -> ClientError:
    said, code = detail(answer), answer.status_code
    if code == 401 and "Authorization" in answer.request.headers:
        return ClientError(f"{url} rejected this user and password (401).")
    if code == 401:
        return ClientError(
            f"{url} requires a user and password (401). Put them in --url "
            "(https://USER:PASSWORD@HOST) or ~/.netrc, or send a --header."
        )
    if said and code >= 400 and code not in (404, 405):
        kind = ClientError if code < 500 else Unavailable
        return kind(f"The server refused the video: {said}")
    if code == 413:
        return ClientError(f"The proxy at {url} rejects files of this size (413). Raise its limit.")
    if code >= 500:
        return Unavailable(f"The proxy at {url} returned {code}; ForgeSyte may be down.")
    if code == 400 and "HTTPS" in answer.text:
        return ClientError(f"{url} speaks TLS. Try https:// in --url.")
    moved = answer.headers.get("location") if code < 400 else None
    hint = f" It points to {moved}." if moved else ""
    return ClientError(f"{url} returned {code} but is not ForgeSyte's API.{hint} Check --url.")
