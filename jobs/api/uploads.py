"""Writes uploads to the disk as `.part` files, in chunks, with a limit on their size."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from rest_framework.parsers import MultiPartParser

from jobs.composition import temp_folder
from jobs.exceptions import StorageFull, UploadTooLarge
from jobs.storage.local import disk_errors, make_folder, remove_parts

FIELD = "file"
UPLOAD_PREFIX = "upload-"
# Allowance for multipart framing and the other form fields.
FRAMING_BYTES = 1024**2
# Disk space reserved for the database.
RESERVED_BYTES = 4 * 1024**2
# The headers of the form's first parts lie within these.
HEADERS_BYTES = 16 * 1024
DISPOSITION = re.compile(rb"^content-disposition:[^\r\n]*", re.IGNORECASE | re.MULTILINE)


class UploadParser(MultiPartParser):
    """Accepts file names in any encoding; Django ignores a part whose headers are not UTF-8."""

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        form: Any = _WithUtf8Headers(stream)
        return super().parse(form, *args, **kwargs)


class _WithUtf8Headers:
    """A form body whose file names are UTF-8; others are decoded as Latin-1."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._started = stream, False

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        if not self._started:
            self._started = True
            data = DISPOSITION.sub(_as_utf8, data[:HEADERS_BYTES]) + data[HEADERS_BYTES:]
        return data


def _as_utf8(header: re.Match[bytes]) -> bytes:
    try:
        header[0].decode()
    except UnicodeDecodeError:
        return header[0].decode("latin-1").encode()
    return header[0]


class PartFile(UploadedFile):  # type: ignore[type-arg]
    """An upload on the disk; closing deletes it unless it was moved to the storage."""

    @property
    def path(self) -> Path:
        return Path(self.file.name)  # type: ignore[union-attr]

    def close(self) -> None:
        with suppress(FileNotFoundError):
            self.file.close()  # type: ignore[union-attr]


class PartFileUploadHandler(FileUploadHandler):
    """Writes the field `file` to the data folder; raises UploadTooLarge and StorageFull.

    skipped: other fields with files.
    """

    chunk_size = 256 * 1024
    _part: PartFile | None = None

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.skipped: list[str] = []

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any
    ) -> None:
        if content_length > settings.MAX_UPLOAD_BYTES + FRAMING_BYTES:
            raise _too_large()
        # The length of a chunked body is unknown.
        require_space(0 if "HTTP_TRANSFER_ENCODING" in META else content_length)

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        self._part = None
        if field_name != FIELD:
            self.skipped.append(field_name)
            raise SkipFile
        super().new_file(field_name, *args, **kwargs)
        with disk_errors():
            named = tempfile.NamedTemporaryFile(  # noqa: SIM115
                dir=temp_folder(), prefix=UPLOAD_PREFIX, suffix=".part"
            )
        self._part = PartFile(named, self.file_name, self.content_type, 0, self.charset)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._writing() as part:
            if start + len(raw_data) > settings.MAX_UPLOAD_BYTES:
                raise _too_large()
            require_space(len(raw_data))
            part.write(raw_data)

    def file_complete(self, file_size: int) -> PartFile | None:
        if self._part is None:
            return None
        with self._writing() as part:
            part.flush()
            part.size = file_size
            return part

    def upload_interrupted(self) -> None:
        """Delete an incomplete upload; may be called at any time."""
        if self._part is not None:
            self._part.close()

    @contextmanager
    def _writing(self) -> Iterator[PartFile]:
        """The file being written, closed on errors: Django closes complete uploads only."""
        assert self._part is not None
        try:
            with disk_errors():
                yield self._part
        except BaseException:
            self._part.close()
            raise


def require_space(size: int) -> None:
    """Raise StorageFull unless `size` bytes fit on the disk beside the reserve."""
    with disk_errors():
        make_folder(temp_folder())  # in case it was removed
    disk = os.statvfs(temp_folder())
    if disk.f_bavail * disk.f_frsize < size + RESERVED_BYTES:
        raise StorageFull


def remove_leftovers() -> None:
    """Delete the incomplete uploads of an earlier server."""
    remove_parts(temp_folder(), UPLOAD_PREFIX)


def _too_large() -> UploadTooLarge:
    return UploadTooLarge(
        f"The upload is larger than this server accepts ({settings.MAX_UPLOAD_BYTES} bytes)."
    )
