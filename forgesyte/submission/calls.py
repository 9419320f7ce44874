"""The calls of one submission, with bounded patience for a server that does not answer."""

from __future__ import annotations

import errno
import http.client
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from forgesyte.api_client import CHUNK_BYTES, FINAL, Answer, ApiClient
from forgesyte.submission.exceptions import JobFailed, Refused, SubmissionError, Unavailable

UPLOAD_TIMEOUT_S = 300.0
POLL_TIMEOUT_S = 10.0
ATTEMPTS = 5
# Between two questions for the status: short at first, for short videos.
FIRST_POLL_S, LAST_POLL_S, POLL_GROWTH = 0.1, 2.0, 1.3
# How long a server may be away while its job is followed.
PATIENCE_S = 60.0
RETRY_S, LONGEST_RETRY_S = 2.0, 10.0
DISK_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # of this machine's disk
BROKEN = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class State:
    """A job's status; `trouble` says why the server did not answer the last time, if so."""

    status: str
    error_message: str = ""
    trouble: str = ""


class Submission:
    """One video on its way through the API at `url`; every method raises SubmissionError."""

    def __init__(self, url: str) -> None:
        try:
            self._uploads = ApiClient.at(url, UPLOAD_TIMEOUT_S)
            self._polls = ApiClient.at(url, POLL_TIMEOUT_S)
        except ValueError as error:
            raise Refused(f"{url!r} is not the address of a server: {error}.") from None
        self.url = self._polls.url

    def upload(
        self,
        video: Path,
        pipeline_id: str | None,
        sent: Callable[[int], None],
        waiting: Callable[[str], None],
    ) -> str:
        """Send the file and return the job's id.

        `sent` hears how many bytes have been sent, `waiting` why the server does not take them yet.
        """
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._send(video, pipeline_id, sent)
            if answer.status != 503 or attempt == ATTEMPTS:
                break
            waiting(detail(answer))
            time.sleep(retry_after(answer))
        return self._job_id(answer)

    def follow(self, job_id: str) -> Iterator[State]:
        """Yield the job's state again and again; the last one is completed or failed."""
        status, pause = "pending", FIRST_POLL_S
        heard = time.monotonic()
        while True:
            state = self._state(job_id, status)
            yield state
            if state.status in FINAL:
                return
            status = state.status
            if not state.trouble:
                heard = time.monotonic()
            elif time.monotonic() - heard > PATIENCE_S:
                raise Unavailable(
                    f"{self.url} has not answered for {PATIENCE_S:g} seconds: "
                    f"{state.trouble} {self.goes_on(job_id)}"
                )
            time.sleep(pause)
            pause = min(pause * POLL_GROWTH, LAST_POLL_S)

    def fetch(self, job_id: str, file: BinaryIO) -> None:
        """Write the answer with the results to `file`, from its beginning."""
        for attempt in range(1, ATTEMPTS + 1):
            file.seek(0)
            file.truncate()
            try:
                answer = self._polls.save_results(job_id, file)
            except http.client.HTTPException as error:
                trouble = reason(error)
            except OSError as error:
                if error.errno in DISK_FAULTS:
                    raise Refused(f"The results cannot be saved: {error.strerror}.") from error
                trouble = reason(error)
            else:
                if answer.status == 200:
                    return
                if answer.status < 500:
                    raise JobFailed(detail(answer))
                trouble = detail(answer)
            if attempt < ATTEMPTS:
                time.sleep(RETRY_S)
        raise Unavailable(f"The results could not be fetched: {trouble} {self.goes_on(job_id)}")

    def goes_on(self, job_id: str) -> str:
        """Where a person sees what becomes of the job."""
        return (
            f"The server keeps the job {job_id}; its page: {self.url}/jobs/{job_id}, "
            f"its status: curl {self.url}/v1/video/status/{job_id}"
        )

    def _send(self, video: Path, pipeline_id: str | None, sent: Callable[[int], None]) -> Answer:
        try:
            self._uploads.connect()
        except OSError as error:
            raise Unavailable(
                f"No server answers at {self.url}: {reason(error)} "
                "Start one with `make run`, or name its address with --url."
            ) from error
        try:
            with video.open("rb") as file:
                size = video.stat().st_size
                pieces = _pieces(file, size, sent)
                return self._uploads.submit_pieces(pieces, size, video.name, pipeline_id)
        except BROKEN as error:
            raise Unavailable(
                f"The connection to {self.url} broke during the upload: {reason(error)} "
                f"If there is a job already, {self.url}/ lists it."
            ) from error

    def _job_id(self, answer: Answer) -> str:
        if answer.status == 202:
            try:
                return str(uuid.UUID(answer.json()["job_id"]))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise self._stranger(answer) from None
        said = detail(answer)
        if not said or answer.status in (404, 405) or answer.status < 400:
            raise self._stranger(answer)
        kind: type[SubmissionError] = Refused if answer.status < 500 else Unavailable
        raise kind(f"The server refused the video: {said}")

    def _state(self, job_id: str, status: str) -> State:
        try:
            answer = self._polls.status(job_id)
        except BROKEN as error:
            return State(status, trouble=reason(error))
        if answer.status == 404:
            raise JobFailed(f"The job {job_id} is gone: {detail(answer) or 'status 404'}")
        try:
            body: Any = answer.json()
            return State(str(body["status"]), str(body.get("error_message") or ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return State(status, trouble=detail(answer) or f"It answers {answer.status}.")

    def _stranger(self, answer: Answer) -> Refused:
        moved = answer.headers.get("location")
        hint = f" It points to {moved}." if moved and answer.status < 400 else ""
        return Refused(
            f"{self.url} answers {answer.status}, but not as ForgeSyte's API does.{hint} "
            "Check --url."
        )


def _pieces(file: BinaryIO, size: int, sent: Callable[[int], None]) -> Iterator[bytes]:
    """The first `size` bytes of a file; raises OSError if it has fewer."""
    done = 0
    while done < size:
        piece = file.read(min(CHUNK_BYTES, size - done))
        if not piece:
            raise OSError("the file became shorter meanwhile")
        yield piece
        done += len(piece)
        sent(done)


def detail(answer: Answer) -> str:
    """What an error of the API says; "" if it is not one."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return ""


def retry_after(answer: Answer) -> float:
    """Seconds to wait before asking again, never long."""
    try:
        return min(float(answer.headers["retry-after"]), LONGEST_RETRY_S)
    except (KeyError, ValueError):
        return RETRY_S


def reason(error: Exception) -> str:
    """What a connection suffered, as a sentence."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{text}."
