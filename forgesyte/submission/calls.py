"""The calls of one submission: repeated while that helps, and explained when they fail."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import httpx

from forgesyte.api_client import (
    FAILURES,
    ApiClient,
    JobFailed,
    Refused,
    State,
    Unavailable,
    detail,
    reason,
)

POLL_TIMEOUT_S, UPLOAD_TIMEOUT_S = 10.0, 300.0
ATTEMPTS = 5
PATIENCE_S = 60.0  # how long a server may be away while its job is followed
RETRY_S, LONGEST_RETRY_S = 2.0, 10.0
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
    Raises Refused or Unavailable.
    """
    for attempt in range(1, ATTEMPTS + 1):
        answer = _send(api, video, pipeline_id, sent)
        if answer.status_code != 503 or attempt == ATTEMPTS:
            break
        waiting(detail(answer) or "it answers 503.")
        time.sleep(_retry_after(answer))
    if answer.status_code == 202:
        try:
            return str(uuid.UUID(answer.json()["job_id"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
    raise _refusal(api.url, answer)


def follow(api: ApiClient, job_id: str) -> Iterator[State]:
    """The job's states, as `ApiClient.states`; raises Unavailable for a server that stays away."""
    heard = time.monotonic()
    for state in api.states(job_id):
        yield state
        if not state.trouble:
            heard = time.monotonic()
        elif time.monotonic() - heard > PATIENCE_S:
            raise Unavailable(
                f"{api.url} has not answered for {PATIENCE_S:g} seconds: "
                f"{state.trouble} {goes_on(api, job_id)}"
            )


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
            raise Refused(f"The results cannot be saved: {error.strerror}.") from error
        else:
            if answer.status_code == 200:
                file.seek(0)
                return
            trouble = detail(answer) or f"It answers {answer.status_code}."
            if answer.status_code < 500:
                raise JobFailed(trouble)
        time.sleep(RETRY_S if attempt < ATTEMPTS else 0)
    raise Unavailable(f"The results could not be fetched: {trouble} {goes_on(api, job_id)}")


def goes_on(api: ApiClient, job_id: str) -> str:
    """Where a person sees what becomes of the job."""
    return (
        f"The server keeps the job {job_id}; its page: {api.url}/jobs/{job_id}, "
        f"its status: curl {api.url}/v1/video/status/{job_id}"
    )


def _send(api: ApiClient, video: Path, pipeline_id: str | None, sent: Sent) -> httpx.Response:
    try:
        with Watched(video) as file:
            file.sent = sent
            return api.submit_file(file, video.name, pipeline_id)
    except httpx.ConnectError as error:
        if found := UNTRUSTED.search(str(error)):
            raise Refused(
                f"The certificate of {api.url} is not trusted: {found[1]}. "
                "Name the file of its authority with --cacert."
            ) from error
        if "[SSL" in str(error):
            raise Refused(f"There is no TLS at {api.url}. Try http:// in --url.") from error
        raise Unavailable(
            f"No server answers at {api.url}: {reason(error)} "
            "Start one with `make run`, or name its address with --url."
        ) from error
    except httpx.ProxyError as error:
        raise Unavailable(f"The proxy that the environment names fails: {reason(error)}") from error
    except FAILURES as error:
        raise Unavailable(
            f"The connection to {api.url} broke during the upload: {reason(error)} "
            f"If there is a job already, {api.url}/ lists it."
        ) from error


def _refusal(url: str, answer: httpx.Response) -> Refused | Unavailable:
    said, code = detail(answer), answer.status_code
    if code == 401 and "Authorization" in answer.request.headers:
        return Refused(f"{url} does not accept this user and password (401).")
    if code == 401:
        return Refused(
            f"{url} asks for a user and password (401). Put them into --url "
            "(https://USER:PASSWORD@HOST) or ~/.netrc, or send a --header."
        )
    if said and code >= 400 and code not in (404, 405):
        kind = Refused if code < 500 else Unavailable
        return kind(f"The server refused the video: {said}")
    if code == 413:
        return Refused(f"A proxy at {url} refuses a file of this size (413). Raise its limit.")
    if code >= 500:
        return Unavailable(f"A proxy at {url} answers {code}: ForgeSyte behind it does not.")
    moved = answer.headers.get("location") if code < 400 else None
    hint = f" It points to {moved}." if moved else ""
    return Refused(f"{url} answers {code}, but not as ForgeSyte's API does.{hint} Check --url.")


def _retry_after(answer: httpx.Response) -> float:
    """Seconds to wait before asking again, never long."""
    try:
        return min(float(answer.headers["retry-after"]), LONGEST_RETRY_S)
    except (KeyError, ValueError):
        return RETRY_S
