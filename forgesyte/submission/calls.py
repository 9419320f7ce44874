"""The API calls of one submission, with retries and explained errors."""

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


class ProgressFile(FileIO):
    """A file that reports how many bytes have been read."""

    sent: Sent

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.sent(self.tell())
        return piece


def upload(api: ApiClient, video: Path, pipeline_id: str | None, sent: Sent, waiting: Say) -> str:
    """Upload the file; returns the job ID.

    `sent` is called with the number of bytes sent, `waiting` with the reason for a retry. Raises
    ClientError.
    """
    for attempt in range(1, ATTEMPTS + 1):
        response = _send(api, video, pipeline_id, sent)
        if response.status_code != 503 or attempt == ATTEMPTS:
            break
        waiting(detail(response) or "it answers 503.")
        time.sleep(RETRY_S)
    if response.status_code == 202:
        try:
            return str(uuid.UUID(response.json()["job_id"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
    raise _refusal(api.url, response)


def fetch(api: ApiClient, job_id: str, file: BinaryIO) -> None:
    """Fetch the results into `file`, from its beginning."""
    for attempt in range(1, ATTEMPTS + 1):
        file.seek(0)
        file.truncate()
        try:
            response = api.results(job_id, file)
        except httpx.RequestError as error:
            trouble = reason(error)
        except OSError as error:
            raise ClientError(f"The results cannot be saved: {error.strerror}.") from error
        else:
            if response.status_code == 200:
                file.seek(0)
                return
            trouble = detail(response) or f"It returned {response.status_code}."
            if response.status_code < 500:
                raise JobFailed(trouble)
        time.sleep(RETRY_S if attempt < ATTEMPTS else 0)
    raise Unavailable(f"The results could not be fetched: {trouble}")


@contextmanager
def results_file(output: Path | None) -> Iterator[BinaryIO]:
    """A temporary file that is moved to `output`, or copied to standard output, when complete."""
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
        with ProgressFile(video) as file:
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


def _refusal(url: str, response: httpx.Response) -> ClientError:
    said, code = detail(response), response.status_code
    if code == 401 and "Authorization" in response.request.headers:
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
    if code == 400 and "HTTPS" in response.text:
        return ClientError(f"{url} speaks TLS. Try https:// in --url.")
    moved = response.headers.get("location") if code < 400 else None
    hint = f" It points to {moved}." if moved else ""
    return ClientError(f"{url} returned {code} but is not ForgeSyte's API.{hint} Check --url.")
