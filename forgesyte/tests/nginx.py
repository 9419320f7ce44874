"""A real nginx in front of installations."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forgesyte.installation import HOST, free_port, wait_until

CONFIGURATION = """
daemon off;
pid pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    {paths}
    {http}
    server {{
        listen {host}:{port} {tls};
        {server}
    }}
}}
"""
TLS = "ssl_certificate cert.pem; ssl_certificate_key key.pem;"
PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
SELF_SIGNED = (
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
    "-addext subjectAltName=DNS:localhost,IP:127.0.0.1"
)


@contextmanager
def nginx(folder: Path, server: str, http: str = "", *, tls: bool = False) -> Iterator[int]:
    """Its port on this machine. server, http: what these blocks of its configuration hold."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.fail("There is no nginx. Run `make setup`, or install the package nginx-light.")
    folder.mkdir()
    if tls:
        pair = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
        made = ["openssl", *SELF_SIGNED.split(), *pair]
        subprocess.run(made, check=True, capture_output=True)
        server = TLS + server
    port = free_port()
    paths = "".join(f"{name}_temp_path {name};" for name in PATHS)
    text = CONFIGURATION.format(
        paths=paths,
        http=http,
        host=HOST,
        port=port,
        tls="ssl" if tls else "",
        server=server,
    )
    (folder / "nginx.conf").write_text(text)
    with (folder / "log").open("wb") as log:
        command = [program, "-p", str(folder), "-e", "stderr", "-c", "nginx.conf"]
        process = subprocess.Popen(command, stderr=log)
    try:
        wait_until((folder / "pid").exists, 30, (folder / "log").read_text())
        yield port
    finally:
        process.terminate()
        process.wait()
