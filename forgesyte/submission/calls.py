"""The calls of one submission, with bounded patience for a server that does not answer."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from forgesyte.api_client import FAILURES, FINAL, ApiClient

UPLOAD_TIMEOUT_S, POLL_TIMEOUT_S = 300.0, 10.0
ATTEMPTS = 5
# Between two questions for the status: short at first, for short videos.
FIRST_POLL_S, LAST_POLL_S, POLL_GROWTH = 0.1, 2.0, 1.3
PATIENCE_S = 60.0  # how long a server may be away while its job is followed
RETRY_S, LONGEST_RETRY_S = 2.0, 10.0
Sent = Callable[[int], None]
Say = Callable[[str], None]


class SubmissionError(Exception):
    """The video could not be submitted; `exit_code` is what the command exits with."""

    exit_code = 2


class JobFailed(SubmissionError):
    """The job failed, or is gone."""

    exit_code = 1


class Refused(SubmissionError):
    """The command is wrong, or the server refuses the video."""


class Unavailable(SubmissionError):
    """The server cannot be reached, or cannot do it now."""

    exit_code = 3


@dataclass(frozen=True)
class State:
    """A job's status; `trouble` says why the server did not answer the last time, if so."""

    status: str
    error_message: str = ""
    trouble: str = ""


class Watched(FileIO):
    """A file that tells how far it has been read."""

    sent: Sent

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.sent(self.tell())
        return piece


class Submission:
    """One video on its way through the API at `url`; every method raises SubmissionError."""

    def __init__(self, url: str) -> None:
        try:
            self._api = ApiClient(url, POLL_TIMEOUT_S, UPLOAD_TIMEOUT_S)
        except ValueError as error:
            raise Refused(f"{url!r} is not the address of a server: {error}.") from None
        self.url = self._api.url

    def close(self) -> None:
        self._api.close()

    def upload(self, video: Path, pipeline_id: str | None, sent: Sent, waiting: Say) -> str:
        """Send the file and return the job's id.

        `sent` hears how many bytes have been sent, `waiting` why the server does not take them yet.
        """
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._send(video, pipeline_id, sent)
            if answer.status_code != 503 or attempt == ATTEMPTS:
                break
            waiting(_detail(answer))
            time.sleep(_retry_after(answer))
        return self._job_id(answer)

    def follow(self, job_id: str) -> Iterator[State]:
        """Yield the job's state again and again; the last one is completed or failed."""
        status, pause, heard = "pending", FIRST_POLL_S, time.monotonic()
        while status not in FINAL:
            state = self._state(job_id, status)
            yield state
            status = state.status
            if not state.trouble:
                heard = time.monotonic()
            elif time.monotonic() - heard > PATIENCE_S:
                raise Unavailable(
                    f"{self.url} has not answered for {PATIENCE_S:g} seconds: "
                    f"{state.trouble} {self.goes_on(job_id)}"
                )
            time.sleep(0 if status in FINAL else pause)
            pause = min(pause * POLL_GROWTH, LAST_POLL_S)

    def fetch(self, job_id: str, file: BinaryIO) -> None:
        """Write the answer with the results to `file`, from its beginning."""
        for attempt in range(1, ATTEMPTS + 1):
            file.seek(0)
            file.truncate()
            try:
                answer = self._api.save_results(job_id, file)
            except httpx.TransportError as error:
                trouble = _reason(error)
            except OSError as error:
                raise Refused(f"The results cannot be saved: {error.strerror}.") from error
            else:
                if answer.status_code == 200:
                    return
                trouble = _detail(answer)
                if answer.status_code < 500:
                    raise JobFailed(trouble)
            time.sleep(RETRY_S if attempt < ATTEMPTS else 0)
        raise Unavailable(f"The results could not be fetched: {trouble} {self.goes_on(job_id)}")

    def goes_on(self, job_id: str) -> str:
        """Where a person sees what becomes of the job."""
        return (
            f"The server keeps the job {job_id}; its page: {self.url}/jobs/{job_id}, "
            f"its status: curl {self.url}/v1/video/status/{job_id}"
        )

    def _send(self, video: Path, pipeline_id: str | None, sent: Sent) -> httpx.Response:
        try:
            with Watched(video) as file:
                file.sent = sent
                return self._api.submit_file(file, video.name, pipeline_id)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable(
                f"No server answers at {self.url}: {_reason(error)} "
                "Start one with `make run`, or name its address with --url."
            ) from error
        except FAILURES as error:
            raise Unavailable(
                f"The connection to {self.url} broke during the upload: {_reason(error)} "
                f"If there is a job already, {self.url}/ lists it."
            ) from error

    def _job_id(self, answer: httpx.Response) -> str:
        said, code = _detail(answer), answer.status_code
        if code == 202:
            try:
                return str(uuid.UUID(answer.json()["job_id"]))
            except (ValueError, KeyError, TypeError, AttributeError):
                said = ""
        if not said or code in (404, 405) or code < 400:
            moved = answer.headers.get("location")
            hint = f" It points to {moved}." if moved and code < 400 else ""
            raise Refused(
                f"{self.url} answers {code}, but not as ForgeSyte's API does.{hint} Check --url."
            )
        kind: type[SubmissionError] = Refused if code < 500 else Unavailable
        raise kind(f"The server refused the video: {said}")

    def _state(self, job_id: str, status: str) -> State:
        try:
            answer = self._api.status(job_id)
        except FAILURES as error:
            return State(status, trouble=_reason(error))
        if answer.status_code == 404:
            raise JobFailed(f"The job {job_id} is gone: {_detail(answer) or 'status 404'}")
        try:
            body: Any = answer.json()
            return State(str(body["status"]), str(body.get("error_message") or ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return State(status, trouble=_detail(answer) or f"It answers {answer.status_code}.")


def _detail(answer: httpx.Response) -> str:
    """What an error of the API says; "" if it is not one."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return ""


def _retry_after(answer: httpx.Response) -> float:
    """Seconds to wait before asking again, never long."""
    try:
        return min(float(answer.headers["retry-after"]), LONGEST_RETRY_S)
    except (KeyError, ValueError):
        return RETRY_S


def _reason(error: Exception) -> str:
    """What a connection suffered, as a sentence."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error) or type(error).__name__).rstrip(".") + "."
