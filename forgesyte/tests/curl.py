"""Does what the documents use of curl, for machines without it: `python curl.py -i ... URL`."""

from __future__ import annotations

import argparse
import mimetypes
import sys
import urllib.error
import urllib.request
from pathlib import Path

BOUNDARY = "----------------forgesyte"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    for flag in ("-i", "-s", "-S", "--fail-with-body"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-F", dest="form", action="append", default=[])
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-o", dest="output", type=Path)
    parser.add_argument("url")
    options = parser.parse_args(arguments)
    headers = dict(header.split(": ", 1) for header in options.headers)
    body = options.data.encode() if options.data else None
    if options.form:
        body = form_data(options.form)
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    # URLs are those of the documents.
    request = urllib.request.Request(options.url, body, {"Accept": "*/*", **headers})
    opener = urllib.request.build_opener(KeepRedirect)
    try:
        answer = opener.open(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{answer.headers}".replace(
        "\n\n", "\r\n\r\n"
    )
    content = (head.encode() if options.i else b"") + answer.read()
    if options.output:
        options.output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
    return 22 if options.fail_with_body and answer.status >= 400 else 0


def form_data(fields: list[str]) -> bytes:
    """multipart/form-data (RFC 7578) of `name=value` and `name=@file`."""
    parts = []
    for field in fields:
        name, _, value = field.partition("=")
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        content = value.encode()
        if value.startswith("@"):
            file = Path(value[1:])
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            head += f'; filename="{file.name}"\r\nContent-Type: {kind}'
            content = file.read_bytes()
        parts += [head.encode(), b"\r\n\r\n", content, b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


class KeepRedirect(urllib.request.HTTPRedirectHandler):
    """Shows a redirect as it is, as curl does."""

    def redirect_request(self, *args: object) -> None:
        return None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
