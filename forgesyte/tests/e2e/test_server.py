"""The web server against clients that are slow, ambiguous or without bounds."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from forgesyte.benchmarks.figures import FTYP
from forgesyte.installation import Installation, is_free, wait_until
from forgesyte.tests.conftest import Manage, api_pid

LIMIT = 2_000_000
SUBMIT = b"POST /v1/video/submit HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
FORM = SUBMIT + b"Content-Type: multipart/form-data; boundary=b\r\n"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="v.mp4"\r\n\r\n'
BODY = PART + FTYP + b"\r\n--b--\r\n"
GET = b"GET /v1/video/status/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
SILENT = """
import sys
from forgesyte import server
server.IDLE_TIMEOUT_S = 1
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "serve", "--port", sys.argv[1]])
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    limit = {"FORGESYTE_MAX_UPLOAD_BYTES": str(LIMIT)}
    with Installation(tmp_path_factory.mktemp("data"), environment=limit) as installation:
        installation.start_api()
        yield installation


def connect(installation: Installation) -> socket.socket:
    return socket.create_connection(("127.0.0.1", installation.port), timeout=30)


def ask(installation: Installation, data: bytes) -> bytes:
    """Everything that the server answers until it closes the connection."""
    with connect(installation) as client:
        with suppress(OSError):  # refused before all was sent
            client.sendall(data)
        return b"".join(iter(lambda: client.recv(65536), b""))


def statuses(answer: bytes) -> list[int]:
    lines = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    return [int(line.split(b" ")[1]) for line in lines]


def detail(answer: bytes) -> str:
    told: dict[str, str] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return told["detail"]


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length : 5\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n",
    ],
)
def test_a_request_of_ambiguous_length_is_refused(api: Installation, fields: bytes) -> None:
    smuggled = b"0\r\n\r\n" + GET
    assert statuses(ask(api, FORM + fields + b"\r\n" + smuggled)) == [400]


@pytest.mark.parametrize("line", [b"PRI * HTTP/2.0", b"GET / HTTP/1.1 x", b"GET / HTTP/9.9", b"x"])
def test_a_first_line_that_is_not_http_1_is_refused(api: Installation, line: bytes) -> None:
    assert statuses(ask(api, line + b"\r\nHost: localhost\r\n\r\n")) == [400]


def test_a_chunked_upload_arrives(api: Installation) -> None:
    pieces = [BODY[start : start + 50] for start in range(0, len(BODY), 50)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    answer = ask(api, FORM + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert statuses(answer) == [202]


@pytest.mark.parametrize("chunk", [b"-1", b"x", b"0\r\n" + b"X: y\r\n" * 9000])
def test_malformed_chunks_are_refused(api: Installation, chunk: bytes) -> None:
    answer = ask(api, FORM + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"\r\n\r\n")
    assert statuses(answer) == [400]


def test_a_chunked_upload_is_bounded_while_it_arrives(api: Installation) -> None:
    chunks = b"%x\r\n" % len(PART) + PART + b"\r\n" + (b"10000\r\n" + bytes(0x10000) + b"\r\n") * 40
    answer = ask(api, FORM + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert statuses(answer) == [413]
    assert str(LIMIT) in detail(answer)
    assert list((api.data_dir / "tmp").iterdir()) == []


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_that_is_cut_off_is_refused(
    api: Installation, chunked: bool, share: float
) -> None:
    length = b"Content-Length: %d\r\n\r\n" % len(BODY)
    if chunked:
        length = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY)
    with connect(api) as client:
        client.sendall(FORM + length + BODY[: int(len(BODY) * share)])
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert statuses(answer) == [400]


def test_nobody_is_told_to_go_on_with_what_is_too_large(api: Installation) -> None:
    expect = b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (10 * LIMIT)
    assert statuses(ask(api, FORM + expect))[-1] == 413


def test_clients_refused_in_the_middle_of_an_upload_can_read_why(api: Installation) -> None:
    large = bytes(8 * LIMIT)
    length = b"Content-Length: %d\r\n\r\n" % len(large)
    for head, status in ((FORM, 413), (SUBMIT, 415), (FORM.replace(b"submit", b"x"), 404)):
        for _ in range(5):
            assert statuses(ask(api, head + length + large)) == [status]
    for size in (20_000, 3_000_000):
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * size
        assert statuses(ask(api, head + b"\r\n\r\n")) == [431]


@pytest.mark.parametrize("path", [b"/v1/schema", b"/static/jobs/pages.css", b"/v1/x", b"/"])
def test_an_answer_to_head_has_no_body(api: Installation, path: bytes) -> None:
    first = b"HEAD " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head, _, rest = ask(api, first + GET).partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert rest.startswith(b"HTTP/1.1 404")


def test_a_tls_client_is_refused_at_once(api: Installation) -> None:
    context = ssl.create_default_context()
    with connect(api) as client, pytest.raises(ssl.SSLError):
        context.wrap_socket(client, server_hostname="localhost")


def test_slow_clients_do_not_delay_others(api: Installation) -> None:
    with ExitStack() as stack:
        for number in range(200):
            client = stack.enter_context(connect(api))
            slow = FORM + b"Content-Length: 100000\r\n"
            client.sendall(slow if number % 2 else slow + b"\r\n" + PART)
        begun = time.monotonic()
        for _ in range(20):
            assert statuses(ask(api, GET)) == [404]
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize("request_", [b"malformed\r\n\r\n", GET], ids=["malformed", "close"])
def test_clients_that_do_not_close_delay_nobody(api: Installation, request_: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connect(api)).sendall(request_)
        time.sleep(0.2)  # all are answered and wait for their clients
        begun = time.monotonic()
        assert statuses(ask(api, GET)) == [404]
        assert time.monotonic() - begun < 0.5


def test_clients_that_fall_silent_are_let_go(api: Installation, tmp_path: Path) -> None:
    with Installation(tmp_path) as silent:
        environment = {**os.environ, "FORGESYTE_DATA_DIR": str(tmp_path)}
        log = tmp_path / "log"
        with log.open("wb") as output:
            command = [sys.executable, "-c", SILENT, str(silent.port)]
            server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            wait_until(lambda: "Serving" in log.read_text(), 60, "not ready")
            stalled = FORM + b"Content-Length: 100000\r\n\r\n" + PART
            answer = ask(silent, stalled)
            assert statuses(answer) == [400]
            assert "Send it again" in detail(answer)
            assert ask(silent, GET[:30]) == b""
            assert list((tmp_path / "tmp").iterdir()) == []
            assert "Traceback" not in log.read_text()
        finally:
            server.terminate()
            assert server.wait(30) == 0


def test_serve_and_the_process_that_answers(installation: Installation) -> None:
    """That one is started again, and is gone once `serve` is."""
    api = installation.start_api()
    assert f"Data folder: {installation.data_dir}\nServing on" in api.output()
    assert len(list(Path(f"/proc/{api.pid}/task").iterdir())) == 1, "a fork would break threads"
    os.kill(api_pid(installation), signal.SIGKILL)
    wait_until(lambda: installation.log().count("Serving on") == 2, 60, "not started again")
    assert statuses(ask(installation, GET)) == [404]
    worker = api_pid(installation)
    assert worker != api.pid
    api.kill()
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), 5, "it still runs")
    assert is_free(installation.port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_running_upload_is_finished_before_the_server_stops(
    installation: Installation, number: signal.Signals
) -> None:
    api = installation.start_api()
    with connect(installation) as client:
        client.sendall(FORM + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:100])
        time.sleep(0.5)
        os.kill(api.pid, number)
        time.sleep(0.5)
        client.sendall(BODY[100:])
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert statuses(answer) == [202]
    assert api.wait_end() == 0
    assert "SIG" not in installation.log()


def test_a_port_in_use_is_told(api: Installation, manage: Manage) -> None:
    done = manage("serve", "--port", str(api.port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: Cannot listen on 127.0.0.1:{api.port}: ")


def test_why_the_server_cannot_start_is_told_in_the_last_line(
    manage: Manage, data_dir: Path
) -> None:
    (data_dir / "foregsyte.duckdb").write_bytes(b"not a database" * 1000)
    done = manage("serve", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("CommandError: ")
    assert "database" in done.stderr.splitlines()[-1]
    assert done.stderr.endswith(f" Data folder: {data_dir}\n")
